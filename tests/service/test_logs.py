"""What is written down about a request, and what never is."""

import asyncio
import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextvars import copy_context
from logging.handlers import BufferingHandler
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, WebSocket
from hypothesis import given
from hypothesis import strategies as st
from serving import serving, subscribed, wait_for
from starlette.types import Message
from websockets.sync.client import connect

from service.live import Live
from service.logs import HEADER, QUIET, SANE, RequestLog, setup

SECRET = "palm_this-must-never-be-written"  # noqa: S105

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def no_logging() -> Iterator[None]:
    """As in a program that begins: pytest's own handlers are put aside."""
    root = logging.getLogger()
    handlers, level, levels = root.handlers[:], root.level, {name: logging.getLogger(name).level for name in QUIET}
    root.handlers.clear()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


@pytest.fixture
def errors(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Standard error."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    return stream


@pytest.fixture
def lines(errors: io.StringIO) -> Lines:
    """Logs as JSON at level debug; gives all lines so far."""
    setup("debug", "json")
    return lambda: [line for line in map(json.loads, errors.getvalue().splitlines()) if line["logger"] != "asyncio"]


@pytest.fixture
def text(errors: io.StringIO) -> Callable[[], str]:
    """Logs for people at level info; gives all so far."""
    setup("info", "text")
    return errors.getvalue


def app() -> RequestLog:
    """An app that logs, crashes and refuses on request."""
    inner = FastAPI()

    @inner.api_route("/users/{name}", methods=["GET", "POST"])
    def user(name: str) -> str:
        logging.getLogger("app").info("in the handler")
        return name

    @inner.delete("/crash")
    def crash() -> None:
        raise ZeroDivisionError("a bug")

    @inner.websocket("/refused")
    async def refused(websocket: WebSocket) -> None:
        await websocket.close(1008)

    return RequestLog(inner)


async def ask(method: str, path: str, **headers: str | bytes) -> httpx.Response:
    transport = httpx.ASGITransport(app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.request(method, path, headers=headers)


async def test_a_sane_id_of_the_client_is_in_the_answer_and_in_every_line(lines: Lines) -> None:
    answer = await ask("POST", "/users/p-17", **{HEADER: "visit-3.a"})
    assert answer.headers[HEADER] == "visit-3.a"
    inside, access = lines()
    assert (inside["message"], inside["request_id"]) == ("in the handler", "visit-3.a")
    assert {key: access[key] for key in ("level", "method", "path", "status", "request_id")} == {
        "level": "INFO",
        "method": "POST",
        "path": "/users/p-17",
        "status": 200,
        "request_id": "visit-3.a",
    }
    assert access["ms"] >= 0


async def test_each_request_without_an_id_gets_one_of_its_own(lines: Lines) -> None:
    first, second = [(await ask("GET", "/users/p-17")).headers[HEADER] for _ in range(2)]
    assert first != second
    assert [line["request_id"] for line in lines()] == [first, first, second, second]


@pytest.mark.parametrize("given", ["", "x" * 65, 'a"b', "two words", "\u00fcber", "a\tb"])
async def test_an_id_that_is_not_sane_is_replaced(given: str) -> None:
    answer = await ask("GET", "/users/p-17", **{HEADER: given.encode()})
    assert answer.headers[HEADER] != given
    assert SANE.fullmatch(answer.headers[HEADER])


async def test_looks_are_for_debugging_and_a_crash_is_a_warning_with_its_id(lines: Lines) -> None:
    await ask("GET", "/users/p-17")
    answer = await ask("DELETE", "/crash", **{HEADER: "crash-1"})
    (*_, look), crash = ([line for line in lines() if line["logger"] == "service.logs"][:1], lines()[-1])
    assert look["level"] == "DEBUG"
    assert (crash["level"], crash["status"], crash["request_id"]) == ("WARNING", 500, "crash-1")
    assert (answer.status_code, answer.headers[HEADER]) == (500, "crash-1")


@given(st.text(st.characters(codec="utf-8")))
def test_no_path_breaks_a_line(path: str) -> None:
    handler = BufferingHandler(capacity=9)
    logger = logging.getLogger("service.logs")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        copy_context().run(
            drive, RequestLog(nothing), {"type": "http", "method": "GET", "path": f"/{path}", "headers": []}
        )
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    (line,) = (record.getMessage() for record in handler.buffer)
    assert line.isascii()
    assert line.isprintable()


async def nothing(*_: object) -> None:
    """An app that does not answer."""


def drive(layer: RequestLog, scope: dict[str, Any]) -> None:
    """Run a layer that never waits for anything."""

    async def send(_: Message) -> None:
        raise AssertionError("nothing is sent")

    running = layer(scope, nothing, send)  # type: ignore[arg-type]  # nobody receives
    with pytest.raises(StopIteration):
        running.send(None)


def test_tickets_and_tokens_never_appear(live: Live, lines: Lines) -> None:
    with serving(live) as address:
        head = {"Authorization": f"Bearer {SECRET}", HEADER: "visit-4"}
        httpx.post(f"http://{address}/v1/streams/default/nowhere?ticket={SECRET}", headers=head)
        with connect(
            f"ws://{address}/v1/streams/default/predictions?ticket={SECRET}", compression=None, additional_headers=head
        ) as client:
            client.recv()
            assert client.response is not None
            assert client.response.headers[HEADER] == "visit-4"
        wait_for(lambda: any(line.get("method") == "WEBSOCKET" for line in lines()))
    text = json.dumps(lines())
    assert "/v1/streams/default/nowhere" in text
    assert "/v1/streams/default/predictions" in text
    assert SECRET not in text


def test_a_websocket_is_told_of_when_it_is_over(live: Live, lines: Lines) -> None:
    def told() -> list[dict[str, Any]]:
        return [line for line in lines() if line.get("method") == "WEBSOCKET"]

    with serving(live) as address:
        with subscribed(address) as client:
            client.next()
            assert not told()
        wait_for(lambda: len(told()) == 1)
    assert {key: told()[0][key] for key in ("level", "path", "status")} == {
        "level": "DEBUG",
        "path": "/v1/streams/default/predictions",
        "status": 101,
    }


async def test_a_refused_websocket_is_no_failure_of_ours(lines: Lines) -> None:
    async def sent(_: Message) -> None:
        pass

    await app()({"type": "websocket", "path": "/refused", "headers": [], "query_string": b""}, connecting, sent)
    assert [(line["level"], line["status"]) for line in lines()] == [("DEBUG", 403)]


async def test_who_still_waits_when_the_server_ends_is_told_to_come_again(lines: Lines) -> None:
    begun, sent = asyncio.Event(), list[Message]()

    async def hangs(*_: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/streams", "headers": []}
    request = asyncio.create_task(RequestLog(hangs)(scope, connecting, send))
    await begun.wait()
    request.cancel()
    await request
    assert (sent[0]["status"], "try again" in json.loads(sent[1]["body"])["detail"]) == (503, True)
    assert [(line["level"], line["status"]) for line in lines()] == [("INFO", 503)]


async def connecting() -> Message:
    return {"type": "websocket.connect"}


def test_lines_for_people_are_short(text: Callable[[], str]) -> None:
    logging.getLogger("service.live").info("stream default: live")
    logging.getLogger("service.live").debug("not shown")
    assert text() == "INFO service.live: stream default: live\n"


async def test_a_line_for_people_ends_with_the_request(text: Callable[[], str]) -> None:
    await ask("POST", "/users/p-17", **{HEADER: "visit-5"})
    inside, access = text().splitlines()
    assert inside == "INFO app: in the handler [visit-5]"
    assert access.startswith("INFO service.logs: POST /users/p-17 200 in ")
    assert access.endswith(" ms [visit-5]")


def test_an_exception_is_one_line_for_machines(lines: Lines) -> None:
    logging.getLogger("service.live").error("stream failed", exc_info=ValueError("two\nlines"))
    (line,) = lines()
    assert (line["level"], line["logger"], line["message"]) == ("ERROR", "service.live", "stream failed")
    assert "ValueError: two\nlines" in line["exc_info"]
