"""How large a request may be, whatever it says of itself; and what browsers are told."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from serving import PATIENCE_S

from service.security.exchange import MOST


def pieces(size: int) -> Iterator[bytes]:
    """A body that comes without its length."""
    for _ in range(size // 65536):
        yield b"x" * 65536
    yield b"x" * (size % 65536)


@pytest.mark.parametrize("size", [0, 1, MOST])
def test_what_fits_arrives(door: Any, size: int) -> None:
    assert door.ask("POST", "/v1/streams", content=b"x" * size).json() == size
    assert door.ask("POST", "/v1/streams", content=pieces(size)).json() == size


@pytest.mark.parametrize("path", ["/v1/streams", "/v1/users"])  # one reads the body itself, the other lets FastAPI
@pytest.mark.parametrize("size", [MOST + 1, 3 * MOST])
def test_what_is_too_large_does_not(door: Any, path: str, size: int) -> None:
    headers = {"content-type": "application/json"}
    for content in (b"x" * size, pieces(size)):
        answer = door.ask("POST", path, headers, content=content)
        assert answer.status_code == 413
        assert answer.json() == {"detail": "body: it is larger than 1 MiB: send less"}


def test_a_long_length_is_refused_before_anything_comes(door: Any) -> None:
    host, port = door.address.split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as connection:
        connection.sendall(b"POST /v1/streams HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_profile_may_be_larger(door: Any) -> None:
    assert door.ask("POST", "/v1/users/p-17/profile", content=pieces(3 * MOST)).json() == 3 * MOST
    assert door.ask("POST", "/v1/users/p-17/profile", content=b"x" * 3 * MOST).json() == 3 * MOST


def test_a_client_who_leaves_in_between_harms_nobody(door: Any, caplog: pytest.LogCaptureFixture) -> None:
    host, port = door.address.split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as connection:
        connection.sendall(b"POST /v1/users HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{")
    assert door.ask("GET", "/").status_code == 200
    assert "Traceback" not in caplog.text


def test_what_browsers_are_told(door: Any) -> None:
    page, data = door.ask("GET", "/").headers, door.ask("GET", "/v1/streams").headers
    for headers in (page, data):
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == "frame-ancestors 'none'"
        assert headers["referrer-policy"] == "no-referrer"
    assert data["cache-control"] == "no-store"
    assert "cache-control" not in page
