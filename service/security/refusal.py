"""What is said instead of an answer: the cause and the remedy, to HTTP clients and websockets alike."""

from collections.abc import Mapping

from fastapi.responses import JSONResponse
from starlette.types import Receive, Scope, Send


class Refusal(Exception):
    """The request goes no further."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self._response = JSONResponse({"detail": detail}, status, {"cache-control": "no-store", **(headers or {})})
        self.status = status

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; a websocket receives it in place of its handshake."""
        await self._response(scope, receive, send)
