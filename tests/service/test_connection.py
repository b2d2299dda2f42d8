"""One connection to a service, and the words for its failures."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus

import numpy as np
import pytest
from serving import END, HandFedSource, serving
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from service.connection import Order, Refused, greeting, opened, parsed, texts
from service.errors import NoService, SettingsError
from service.live import Live
from service.messages import Hello

PATH = "/v1/streams/default/predictions"


@asynccontextmanager
async def serving_words(
    *words: str, close: int = 1000, refuse: Callable[[ServerConnection, Request], Response | None] | None = None
) -> AsyncIterator[str]:
    """The address of a server that says these words and closes."""

    async def say(socket: ServerConnection) -> None:
        for word in words:
            await socket.send(word)
        await socket.close(close, "the token was revoked")

    async with serve(say, "127.0.0.1", 0, process_request=refuse) as server:
        yield "ws://{}:{}".format(*server.sockets[0].getsockname()) + PATH


async def test_the_frames_of_a_stream_are_read_as_they_come(
    live: Live, source: HandFedSource, signal: np.ndarray
) -> None:
    with serving(live) as address:
        order, frames = Order(f"ws://{address}{PATH}"), []
        source.feed(signal[:300])
        async for text in texts(order):
            frames.append(parsed(order, text))
            if len(frames) == 2:
                source.feed(END)
            if getattr(frames[-1], "state", None) == "ended":
                break
    assert isinstance(frames[0], Hello)
    assert frames[-1].message == "the recording is over"


async def test_a_service_that_takes_leave_ends_the_frames() -> None:
    async with serving_words("a", "b") as address:
        assert [text async for text in texts(Order(address))] == ["a", "b"]


@pytest.mark.parametrize(
    ("code", "kind", "message"), [(1012, NoService, "still running"), (1008, Refused, "the token was revoked")]
)
async def test_a_connection_that_breaks_is_an_error(code: int, kind: type[Exception], message: str) -> None:
    async with serving_words("a", close=code) as address:
        with pytest.raises(NoService, match=message) as caught:
            assert [text async for text in texts(Order(address))] == ["a"]
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("address", "kind", "message"),
    [
        ("ws://127.0.0.1:9" + PATH, NoService, "palmaris serve"),
        ("127.0.0.1:8765", SettingsError, "ws://HOST:PORT"),
        ("ws://127.0.0.1:99999" + PATH, SettingsError, "ws://HOST:PORT"),
        ("ws://[::1" + PATH, SettingsError, "ws://HOST:PORT"),
    ],
)
async def test_an_address_where_nothing_is(address: str, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        await opened(Order(address), None)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (HTTPStatus.UNAUTHORIZED, Refused),
        (HTTPStatus.FORBIDDEN, Refused),
        (HTTPStatus.TOO_MANY_REQUESTS, NoService),
        (HTTPStatus.SERVICE_UNAVAILABLE, NoService),
    ],
)
async def test_a_refusal_is_for_now_or_for_good(status: HTTPStatus, kind: type[Exception]) -> None:
    async with serving_words(refuse=lambda socket, _: socket.respond(status, "because")) as address:
        with pytest.raises(NoService, match=f"{status.value} because") as caught:
            await opened(Order(address), None)
    assert type(caught.value) is kind


async def test_an_unknown_stream_is_named_with_those_there_are(live: Live) -> None:
    with serving(live) as address, pytest.raises(Refused, match="404 .*running: default"):
        await opened(Order(f"ws://{address}/v1/streams/left-arm/predictions"), None)


@pytest.mark.parametrize(
    "word", ["{}", "no JSON", '{"type": "head", "head": {"user": null, "version": null}, "labels": []}']
)
async def test_what_does_not_greet_is_no_palmaris(word: str) -> None:
    async with serving_words(word) as address:
        order = Order(address)
        socket = await opened(order, None)
        with pytest.raises(Refused, match="same version"):
            await greeting(order, socket)
        await socket.close()


async def test_what_hangs_up_before_greeting_may_do_better_next_time() -> None:
    async with serving_words() as address:
        order = Order(address)
        with pytest.raises(NoService, match="does not greet") as caught:
            await greeting(order, await opened(order, None))
    assert type(caught.value) is NoService


async def test_the_token_is_shown_at_the_door() -> None:
    shown = []

    def look(_: ServerConnection, request: Request) -> None:
        shown.append(request.headers.get("Authorization"))

    async with serving_words(refuse=look) as address:
        for token in ("secret", None):
            await (await opened(Order(address, token), None)).close()
    assert shown == ["Bearer secret", None]


def test_what_is_asked_joins_what_the_address_asks() -> None:
    order = Order("ws://x/predictions?ticket=abc", decisions="raw", rate=12.5)
    assert order.uri(41) == "ws://x/predictions?ticket=abc&decisions=raw&rate=12.5&resume=41"
    assert Order("ws://x/predictions").uri(None) == "ws://x/predictions?decisions=smoothed"
