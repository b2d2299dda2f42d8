"""How the server listens, and how it stops."""

import asyncio
import socket
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from serving import PATIENCE_S
from starlette.types import Scope

from service.server import Server, listen
from service.streams import Streams


def test_small_answers_leave_at_once() -> None:
    """Else each answer on a kept connection, and each frame in a hurry, may wait 40 ms for the other side's thanks."""
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize(
    ("trusted", "scheme", "client"), [("", "http", "127.0.0.1"), ("127.0.0.1, ::1", "https", "203.0.113.9")]
)
async def test_only_a_proxy_that_is_named_is_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: str, scheme: str, client: str
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")  # uvicorn's own setting has no say
    config = Server(Streams(), tmp_path, trusted_proxies=trusted).config
    seen: list[Scope] = []

    async def app(scope: Scope, *_: object) -> None:
        seen.append(scope)

    config.app = app
    config.load()
    headers = [(b"x-forwarded-proto", b"https"), (b"x-forwarded-for", b"203.0.113.9")]
    scope = {"type": "http", "scheme": "http", "client": ("127.0.0.1", 5), "headers": headers}
    await config.loaded_app(scope, None, None)
    assert (seen[0]["scheme"], seen[0]["client"][0]) == (scheme, client)


@pytest.mark.parametrize("turns", range(6))
async def test_who_comes_in_just_as_it_stops_is_not_left_hanging(tmp_path: Path, turns: int) -> None:
    """So many turns of the loop after they knock: not yet accepted, half accepted, or connected."""
    server = Server(Streams(), tmp_path)
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    listener = listen("127.0.0.1", 0)
    await server.startup([listener])
    with ExitStack() as clients:
        late = [clients.enter_context(socket.create_connection(listener.getsockname())) for _ in range(3)]
        for _ in range(turns):
            await asyncio.sleep(0)
        await server.shutdown([listener])
        for client in late:
            client.settimeout(PATIENCE_S)
            with suppress(ConnectionResetError):
                assert client.recv(1) == b""
