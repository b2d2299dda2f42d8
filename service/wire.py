"""Frames as bytes: serialised once for all subscribers, and written past ASGI straight to each socket."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Final, Literal, Protocol

import msgpack
from pydantic import BaseModel
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

Format = Literal["json", "msgpack"]

#: Key of a connection's ``Wire`` among the extensions of its ASGI scope.
EXTENSION: Final = "palmaris.wire"
#: Bytes of the kernel's buffer for a client. The hub's backlog decides what a slow one misses, not these buffers.
KERNEL_BUFFER: Final = 4096
#: Seconds between two pings, and within which each is answered.
PING_S: Final = 5.0
#: Seconds in which a client may still read what was sent, the close frame last, before its connection is cut.
LINGER_S: Final = 0.3
#: Bytes that may wait for a client who asks for answers by pings and does not read them.
MOST_WAITING: Final = 1 << 18
#: What a handshake hears whose lines are too long, or too many.
TOO_LARGE: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

TEXT: Final = 0x81
BINARY: Final = 0x82


def websocket_frame(message: BaseModel, form: Format) -> bytes:
    """A message as one whole websocket frame of a server: unmasked, uncompressed, in one piece (RFC 6455, 5.2)."""
    if form == "json":
        return _framed(TEXT, message.model_dump_json().encode())
    return _framed(BINARY, msgpack.packb(message.model_dump()))


def binary_frame(payload: bytes) -> bytes:
    """Bytes as one whole websocket frame of a server."""
    return _framed(BINARY, payload)


def _framed(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((opcode, size)) + payload
    if size < 65536:
        return struct.pack("!BBH", opcode, 126, size) + payload
    return struct.pack("!BBQ", opcode, 127, size) + payload


class Wire(Protocol):
    """Where a subscriber's frames are written."""

    on_clear: Callable[[], None]
    """Called when the wire takes frames again."""

    @property
    def clear(self) -> bool:
        """Whether everything written so far is on its way, so that a frame written now would go out at once."""
        ...

    def write(self, frames: bytes) -> None:
        """Write whole websocket frames."""
        ...


class PromptWebSocket(WebSocketsSansIOProtocol):
    """A websocket with the smallest buffers, as a ``Wire``: what waits in a large one cannot be replaced any more."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Shrink what lies between the hub and the wire."""
        super().connection_made(transport)
        self.on_clear: Callable[[], None] = lambda: None
        self._cut: asyncio.TimerHandle | None = None
        self._full = False
        transport.set_write_buffer_limits(high=0)  # type: ignore[attr-defined]  # uvicorn names its base class
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER)

    def data_received(self, data: bytes) -> None:
        """Answer a handshake that cannot be parsed, too: uvicorn would leave it waiting for ever."""
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self.transport.write(TOO_LARGE)
            self.transport.close()

    def handle_text(self, event: Frame) -> None:
        """Clients have nothing to say: it is neither kept, nor decoded, nor put together."""

    handle_bytes = handle_cont = handle_text

    def handle_ping(self) -> None:
        """Answer; cut off who asks on and on and reads no answer."""
        super().handle_ping()
        if self.transport.get_write_buffer_size() > MOST_WAITING:
            self.transport.abort()

    async def send(self, message: ASGISendEvent) -> None:
        """Send; a refusal completes a handshake as well, and is no bug to be logged."""
        await super().send(message)
        self.handshake_complete = self.handshake_complete or self.close_sent

    async def run_asgi(self) -> None:
        """Let the handler find the wire."""
        extensions: dict[str, object] = self.scope["extensions"]  # type: ignore[assignment]
        extensions[EXTENSION] = self
        await super().run_asgi()
        if not self.disconnected:  # closing alone waits for ever for one who does not read
            self._cut = self.loop.call_later(LINGER_S, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is left to be cut off."""
        super().connection_lost(exc)
        if self._cut is not None:
            self._cut.cancel()

    def keepalive_timeout(self) -> None:
        """Cut off who answers no ping: they do not read the close frame either."""
        super().keepalive_timeout()
        self.transport.abort()

    def pause_writing(self) -> None:
        """The transport could not send everything."""
        super().pause_writing()
        self._full = True

    def resume_writing(self) -> None:
        """The transport has sent everything."""
        super().resume_writing()
        self._full = False
        self.on_clear()

    @property
    def clear(self) -> bool:
        """See ``Wire.clear``; a connection that is closing takes nothing more."""
        return not (self._full or self.close_sent or self.disconnected or self.transport.is_closing())

    def write(self, frames: bytes) -> None:
        """See ``Wire.write``."""
        self.transport.write(frames)
