"""Text of clients that becomes a path, or might: names that climb, tried through the real API behind the door."""

import http.client
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from serving import PATIENCE_S

from service.app import create_app
from service.calibrations.register import Calibrations
from service.live import Live
from service.streams import Streams

CLIMBING = [
    "..",
    "../canary",
    "../../canary",
    "..\\canary",
    "/canary",
    "users/../../canary",
    "canary\0.x",
    ".",
    "~",
    "%2e%2e/canary",
    "a\n../canary",
]


@pytest.fixture
def house(
    guarding: Callable[..., AbstractContextManager[Any]], live: Live, tmp_path: Path
) -> Iterator[tuple[Any, Path]]:
    """The real service behind the door, and the folder around its data directory, with something to steal in it."""
    around = tmp_path / "around"
    (around / "data").mkdir(parents=True)
    (around / "canary").write_text('secret = "canary"')
    live.open()
    running = Streams([live])
    desk = Calibrations(running, around / "data")
    with guarding(create_app(desk, running, around / "data", lambda: None)) as door:
        yield door, around


@pytest.fixture
def unharmed(house: tuple[Any, Path]) -> Iterator[None]:
    """After the test, nothing was written outside of the data directory, and nothing new into its folders."""
    _, around = house
    yield
    assert (around / "canary").read_text() == 'secret = "canary"'
    assert {path.name for path in around.iterdir()} == {"data", "canary"}
    assert [path for path in (around / "data" / "users").rglob("*") if path.is_file()] == []
    assert list((around / "data").glob("recordings/*")) == []


def raw(door: Any, method: str, path: str, body: bytes = b"") -> tuple[int, str]:
    """Status and text of the answer to exactly this path: clients tidy theirs up before they send it."""
    connection = http.client.HTTPConnection(door.address, timeout=PATIENCE_S)
    connection.putrequest(method, path, skip_accept_encoding=True)
    connection.putheader("content-type", "application/json")
    connection.putheader("content-length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def profile(name: str) -> bytes:
    """A zip whose member is called so."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name.replace("\0", "")), b"{}")
    return file.getvalue()


def bodies(name: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Requests that name it in their body."""
    yield from (
        ("POST", "/v1/users", {"user": name}),
        ("POST", "/v1/calibrations", {"user": name}),
        ("PUT", "/v1/streams/default/user", {"user": name}),
        ("POST", "/v1/streams", {"name": name, "source": "sim://two-channel"}),
        ("POST", "/v1/streams", {"name": "x", "model": name}),
        ("POST", "/v1/streams", {"name": "x", "model": f"{name}.onnx"}),
        ("POST", "/v1/streams", {"name": "x", "user": name}),
        ("POST", "/v1/streams", {"name": "x", "source": f"replay://{name}"}),
        ("POST", "/v1/streams", {"name": "x", "source": f"replay:///{name}"}),
        ("POST", "/v1/streams", {"name": "x", "source": f"REPLAY://{quote(name)}?loop=true"}),
        ("PUT", "/v1/streams/default/model", {"model": name}),
    )


@pytest.mark.usefixtures("unharmed")
def test_names_in_bodies(house: tuple[Any, Path]) -> None:
    door, _ = house
    for method, path, body in (request for name in CLIMBING for request in bodies(name)):
        answer = door.ask(method, path, json=body)
        assert answer.is_client_error, f"{path} {body}: {answer.status_code} {answer.text}"
        assert len(answer.json()["detail"]) > 12
        assert "secret" not in answer.text


@pytest.mark.usefixtures("unharmed")
def test_names_in_addresses(house: tuple[Any, Path]) -> None:
    door, _ = house
    once = {quote(name, safe="") for name in CLIMBING}
    for spelled in once | {quote(name) for name in CLIMBING} | {quote(name, safe="") for name in once}:
        for method, path in (
            ("GET", f"/v1/users/{spelled}"),
            ("GET", f"/v1/users/{spelled}/profile?trials=true"),
            ("GET", f"/v1/users/{spelled}/heads"),
            ("DELETE", f"/v1/users/{spelled}"),
            ("POST", f"/v1/users/{spelled}/profile"),
            ("GET", f"/v1/calibrations/{spelled}"),
            ("POST", f"/v1/streams/{spelled}/recording"),
            ("DELETE", f"/v1/streams/{spelled}"),
            ("GET", f"/assets/{spelled}"),
            *(("GET", f"/v1/recordings/{spelled}{part}") for part in ("", "/file", "/envelope", "/bids")),
            ("DELETE", f"/v1/recordings/{spelled}"),
            ("PATCH", f"/v1/recordings/{spelled}/markers/0"),
        ):
            status, text = raw(door, method, path)
            assert 400 <= status < 500 or status == 307, f"{method} {path}: {status} {text}"
            assert "secret" not in text


@pytest.mark.usefixtures("unharmed")
def test_names_in_profiles(house: tuple[Any, Path]) -> None:
    door, _ = house
    for name in (*CLIMBING, "profile.json"):
        answer = door.ask("POST", "/v1/users/p-17/profile", content=profile(name))
        assert answer.status_code in (409, 422)  # 409 where onnx is not installed
    assert door.ask("GET", "/v1/users").json() == []


@pytest.mark.usefixtures("unharmed")
def test_the_canary_is_no_recording_or_model(house: tuple[Any, Path]) -> None:
    door, around = house
    for source in (f"replay://{around}/canary", f"replay://{around}/data/../canary", "replay://../../canary"):
        answer = door.ask("POST", "/v1/streams", json={"name": "x", "source": source})
        assert answer.is_client_error
        assert "no recording" in answer.json()["detail"]
    (around / "data" / "recordings").mkdir()
    (around / "data" / "recordings" / "up").symlink_to(around)
    answer = door.ask("POST", "/v1/streams", json={"name": "x", "source": "replay://up/canary"})
    assert "no recording" in answer.json()["detail"]
    (around / "data" / "recordings" / "up").unlink()


@pytest.mark.usefixtures("unharmed")
def test_a_body_that_names_a_field_of_ours_changes_nothing(house: tuple[Any, Path]) -> None:
    door, _ = house
    for body in ({"user": "p-17", "data_dir": "/"}, {"user": "p-17", "__class__": "x"}):
        assert door.ask("POST", "/v1/users", content=json.dumps(body)).status_code == 422
