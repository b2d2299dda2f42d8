"""Hosts and origins, good and hostile."""

import pytest
from starlette.datastructures import Headers

from service.security.address import is_loopback, require_our_host, require_our_page
from service.security.refusal import Refusal


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost", "LOCALHOST"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "192.168.1.5", "example.org", "localhost.example.org"])  # noqa: S104
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("bound", "host"),
    [
        ("127.0.0.1", "localhost"),
        ("127.0.0.1", "LocalHost:8765"),
        ("127.0.0.1", "127.0.0.1:1"),
        ("127.0.0.1", "[::1]:8765"),
        ("127.0.0.1", "clinic.example:443"),
        ("127.0.0.1", "Clinic.Example"),
        ("127.0.0.2", "127.0.0.2"),
        ("192.168.1.5", "192.168.1.5:8765"),
        ("192.168.1.5", "localhost"),
        ("box.local", "box.local:8765"),
        ("fd00::5", "[fd00:0::5]:8765"),
        ("0.0.0.0", "10.1.2.3:8765"),  # noqa: S104
        ("", "10.1.2.3"),
        ("::", "[fd00::7]"),
    ],
)
def test_our_hosts(bound: str, host: str) -> None:
    assert require_our_host(Headers({"host": host}), bound, ["Clinic.example"]) == host.lower()


@pytest.mark.parametrize(
    ("bound", "host"),
    [
        ("127.0.0.1", "evil.example"),
        ("127.0.0.1", "localhost.evil.example"),
        ("127.0.0.1", "127.0.0.1.evil.example"),
        ("127.0.0.1", "localhost."),
        ("127.0.0.1", "10.1.2.3"),
        ("127.0.0.1", "0.0.0.0:8765"),
        ("127.0.0.1", "user@localhost"),
        ("127.0.0.1", "localhost/evil.example"),
        ("127.0.0.1", "localhost:port"),
        ("127.0.0.1", "[::1].evil.example"),
        ("127.0.0.1", ""),
        ("0.0.0.0", "evil.example"),  # noqa: S104
        ("::", "evil.example"),
        ("192.168.1.5", "192.168.1.6"),
    ],
)
def test_hosts_of_others(bound: str, host: str) -> None:
    with pytest.raises(Refusal) as refused:
        require_our_host(Headers({"host": host}), bound, ["clinic.example"])
    assert refused.value.status == 421


@pytest.mark.parametrize("raw", [[], [(b"host", b"localhost"), (b"host", b"evil.example")]])
def test_none_or_two_hosts_are_refused(raw: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(Refusal, match="one name or address"):
        require_our_host(Headers(raw=raw), "127.0.0.1", [])


@pytest.mark.parametrize("origin", [None, "http://localhost:8765", "https://localhost:8765", "https://page.example"])
def test_our_pages(origin: str | None) -> None:
    headers = Headers({} if origin is None else {"origin": origin})
    require_our_page(headers, "localhost:8765", ["https://Page.example"], secure=False)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://localhost",
        "http://localhost:8766",
        "http://127.0.0.1:8765",
        "http://localhost:8765.evil.example",
        "http://localhost:8765/",
        "https://evil.example",
        "http://page.example",
        "https://page.example:444",
        "file://",
    ],
)
def test_pages_of_others(origin: str) -> None:
    with pytest.raises(Refusal, match="open the page of the service itself, or add that origin to allowed_origins"):
        require_our_page(Headers({"origin": origin}), "localhost:8765", ["https://page.example"], secure=False)


def test_a_page_without_tls_may_not_use_a_service_with_tls() -> None:
    with pytest.raises(Refusal):
        require_our_page(Headers({"origin": "http://localhost"}), "localhost", [], secure=True)


def test_a_second_origin_does_not_hide_behind_the_first() -> None:
    raw = [(b"origin", b"http://localhost"), (b"origin", b"https://evil.example")]
    with pytest.raises(Refusal):
        require_our_page(Headers(raw=raw), "localhost", [], secure=False)
