"""Open websockets, which outlive the check at their door: each is looked at again until it is closed."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.security.identity import Identity
from service.security.refusal import Refusal

log = logging.getLogger(__name__)

#: Seconds between two looks.
LOOK_S: Final = 1.0
#: Websockets that one identity may have open: a hall of subscribers, and an end to what leaks.
MOST: Final = 1200

REVOKED: Final = {"type": "websocket.close", "code": 1008, "reason": "the token is no longer valid"}


class Connection:
    """One websocket. To its handler, a close from here looks like one by the client."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._open = False
        self._closing: asyncio.Task[None] | None = None

    async def send(self, message: Message) -> None:
        """Pass on what the handler sends, until it is closed from here; and see that it has accepted."""
        if self._closing is not None:
            return
        await self._send(message)
        self._open = self._open or message["type"] == "websocket.accept"

    def close(self) -> None:
        """Begin to close; a client that does not read keeps nobody waiting, and receives no more meanwhile."""
        if self._open and self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._close())

    async def _close(self) -> None:
        try:
            await self._send(REVOKED)
        except (OSError, RuntimeError) as error:  # the client or the handler was first
            log.debug("closing a websocket: %s", error)


class Connections:
    """All open websockets, and a timer while there are some."""

    def __init__(self, still: Callable[[Identity], bool]) -> None:
        self._still = still
        self._open: dict[Identity, set[Connection]] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def run(self, identity: Identity, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app handle a websocket for as long as its identity is valid."""
        theirs = self._open.setdefault(identity, set())
        if len(theirs) >= MOST:
            raise Refusal(503, f"{identity.name} has {MOST} websockets open: close some", {"retry-after": "5"})
        connection = Connection(send)
        theirs.add(connection)
        self._timer = self._timer or asyncio.get_running_loop().call_later(LOOK_S, self._look)
        try:
            await app(scope, receive, connection.send)
        finally:
            theirs.discard(connection)

    def _look(self) -> None:
        self._open = {identity: theirs for identity, theirs in self._open.items() if theirs}
        for identity, theirs in self._open.items():
            if not self._still(identity):
                for connection in theirs:
                    connection.close()
        self._timer = asyncio.get_running_loop().call_later(LOOK_S, self._look) if self._open else None
