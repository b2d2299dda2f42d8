"""HTTP that waits for no half request: uvicorn would keep one, and its connection, for as long as the sender likes."""

import asyncio
from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

#: Seconds within which more of a request has to come.
MORE_S: Final = 20.0


class ImpatientHttp(H11Protocol):
    """A connection that is cut where the rest of a request, or the first one, does not come."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Begin to wait."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(MORE_S, transport.abort)

    def data_received(self, data: bytes) -> None:
        """Take it, and wait for the rest if there is one; between two requests uvicorn itself waits."""
        self._deadline.cancel()
        super().data_received(data)
        is_ours = self.transport.get_protocol() is self  # and has not become a websocket
        if is_ours and self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self._deadline = self.loop.call_later(MORE_S, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._deadline.cancel()
        super().connection_lost(exc)
