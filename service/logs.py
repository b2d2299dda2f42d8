"""Log lines for people or for machines, each with the request that it belongs to.

The standard logging goes on being used everywhere; python-json-logger only writes it down differently, so that the
lines of the libraries come out alike. (structlog would want its own calls.)
"""

import logging
import re
import time
from asyncio import CancelledError
from contextvars import ContextVar
from typing import Final, Literal
from urllib.parse import quote
from uuid import uuid4

from pythonjsonlogger.json import JsonFormatter
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.security.refusal import Refusal

log = logging.getLogger(__name__)

HEADER: Final = "X-Request-ID"
#: What is taken over from a client: nothing that could break a line or fill a disk.
SANE: Final = re.compile(r"[\w.-]{1,64}", re.ASCII)
CHANGES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})

#: Below warnings they tell of every step, or of whole addresses and headers, in which tickets and tokens are.
QUIET: Final = ("alembic", "httpcore", "httpx", "uvicorn", "uvicorn.access", "uvicorn.error", "websockets")

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def setup(level: str, form: Literal["text", "json"]) -> None:
    """Write log lines of at least this level to standard error; who has set up logging before keeps it so."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Json() if form == "json" else _Text("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler])
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        known = request_id.get()
        return f"{line} [{known}]" if known else line


class _Json(JsonFormatter):
    def __init__(self) -> None:
        fields = ("levelname", "name", "message")
        super().__init__(fields, rename_fields={"levelname": "level", "name": "logger"}, timestamp="time")

    def process_log_record(self, log_data: dict[str, object]) -> dict[str, object]:
        return {**log_data, **({"request_id": known} if (known := request_id.get()) else {})}


class RequestLog:
    """Gives every request an id, and tells what became of it: changes as information, looks only for debugging.

    The id is the client's or the proxy's, if it is sane; it is in the answer, and in every line logged meanwhile.
    A crash is a warning; who still waits when the service ends is told so. It must be the outermost layer, for the
    answer to a crash to have its id, too.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        known = _id_for(scope)
        request_id.set(known)  # for good: a server has a task for each request, and logs its crash in it
        began, status = time.perf_counter(), 0  # nothing is answered yet

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"].endswith((".start", ".accept")):
                status = message.get("status", 101)
                message.setdefault("headers", [])
                MutableHeaders(scope=message)[HEADER] = known
            elif message["type"] == "websocket.close" and not status:
                status = 403  # as a server answers where nothing was accepted
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except CancelledError:  # only the end of the server cancels, which would call it an internal error
            if status or scope["type"] == "websocket":
                raise
            await Refusal(503, "the service ends: try again when it is back").answer(scope, receive, answer)
        finally:
            # 500 is what the client gets if the app dies
            _tell(scope, status or 500, 1000 * (time.perf_counter() - began))


def _id_for(scope: Scope) -> str:
    given = Headers(scope=scope).get(HEADER, "")
    return given if SANE.fullmatch(given) else uuid4().hex


def _tell(scope: Scope, status: int, ms: float) -> None:
    method = scope.get("method", "WEBSOCKET")
    level = logging.WARNING if status == 500 else logging.INFO if method in CHANGES else logging.DEBUG
    # the query may hold a ticket, so only the path; quoted, because a decoded one may break lines
    told = {"method": method, "path": quote(scope["path"]), "status": status, "ms": round(ms, 1)}
    log.log(level, "%(method)s %(path)s %(status)d in %(ms).1f ms", told, extra=told)
