"""One HTTP request and its answer: how large the one may be, and what browsers are told with the other."""

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from calibration.profile_archive import MOST_BYTES
from service.security.refusal import Refusal

#: Bytes that any request may bring, but those that bring a file.
MOST: Final = 1 << 20
_PROFILE: Final = compile_path("/v1/users/{user}/profile")[0]

_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "frame-ancestors 'none'",  # no page may put ours under its own buttons
    "referrer-policy": "no-referrer",
}


def most_bytes(scope: Scope) -> int:
    """The largest body. A profile's route itself says what a profile may be; this is its last resort."""
    return MOST_BYTES + MOST if scope["method"] == "POST" and _PROFILE.match(scope["path"]) else MOST


class Exchange:
    """Counts what comes in while it comes in: a request need not say, or tell the truth about, how long it is."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._most = most_bytes(scope)
        self._seen = 0
        self._answered = False

    async def run(self, app: ASGIApp) -> None:
        """Let the app answer, unless there is too much to read."""
        length = Headers(scope=self._scope).get("content-length", "")
        if length.isdecimal() and int(length[:20]) > self._most:  # the digits of more would be too many to convert
            await self._refuse()
            return
        try:
            await app(self._scope, self.receive, self.send)
        except ClientDisconnect:
            if not self._too_large:
                raise
        if self._too_large and not self._answered:
            await self._refuse()

    async def receive(self) -> Message:
        """The next piece; after too many, the client seems to be gone."""
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        return {"type": "http.disconnect"} if self._too_large else message

    async def send(self, message: Message) -> None:
        """Pass an answer on; one to half a request never leaves."""
        if self._too_large and not self._answered:
            return
        if message["type"] == "http.response.start":
            self._answered = True
            self._complete(MutableHeaders(scope=message))
        await self._send(message)

    @property
    def _too_large(self) -> bool:
        return self._seen > self._most

    def _complete(self, headers: MutableHeaders) -> None:
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
        if self._scope["path"].startswith("/v1/"):
            headers.setdefault("cache-control", "no-store")

    async def _refuse(self) -> None:
        detail = f"body: it is larger than {self._most >> 20} MiB: send less"
        await Refusal(413, detail, {"connection": "close"}).answer(self._scope, self._receive, self._send)
