"""One connection to a running service: made, read, and named by cause and remedy where it fails."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlencode, urlsplit

from pydantic import TypeAdapter, ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from service.errors import NoService, SettingsError
from service.messages import AnswerKind, Frame, HeadChanged, Hello, Status, Told

AnyFrame = Hello | Told | Status | HeadChanged
Decisions = Literal["smoothed", "raw"]

FRAME: Final[TypeAdapter[AnyFrame]] = TypeAdapter(Frame)

ANSWER_S: Final = 3.0
"""How long a service may take to answer and to greet."""
PING_S: Final = 2.0
"""How often a connection is tried; without an answer for as long it counts as broken."""
CLOSE_S: Final = 0.5
NOT_WELCOME: Final = 1008
"""Close code of a service that revoked the token, or removed the stream."""
BUSY: Final = frozenset({408, 425, 429})
"""Refusals that may be none a moment later, like the service's own failures from 500 on."""

READERS: Final[dict[AnswerKind, str]] = {
    "gestures": "service.client.predictions",
    "movement": "service.client.movements",
    "text": "service.text_client",
    "events": "service.text_client",
}
"""Who reads a stream, by what it answers with."""


class Refused(NoService):
    """The service answers, but not this client: asking again is of no use."""


@dataclass(frozen=True, slots=True)
class Order:
    """Which stream, and how."""

    address: str
    """ws://HOST:PORT/v1/streams/NAME/predictions"""
    token: str | None = None
    decisions: Decisions = "smoothed"
    rate: float | None = None
    """At most so many predictions a second; ``None``: all."""

    def uri(self, resume: int | None) -> str:
        """The address with all that is asked; ``resume``: begin after this number."""
        asked = {"decisions": self.decisions, "rate": self.rate, "resume": resume}
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        return f"{self.address}{'&' if urlsplit(self.address).query else '?'}{query}"


async def texts(order: Order) -> AsyncIterator[str]:
    """The frames of one connection as they come, until the service ends it without complaint.

    Raises:
        SettingsError: the address is no websocket's.
        NoService: nothing answers there, it does not want this client, or the connection broke.
    """
    socket = await opened(order, None)
    try:
        async for text in socket:
            yield str(text)
    except ConnectionClosed as error:
        raise broken(order, error) from error
    finally:
        await socket.close()


async def opened(order: Order, resume: int | None) -> ClientConnection:
    """A connection; ``resume``: see ``Order.uri``. Raises ``SettingsError``, ``NoService``."""
    try:
        return await connect(
            order.uri(resume),
            additional_headers={} if order.token is None else {"Authorization": f"Bearer {order.token}"},
            compression=None,
            open_timeout=ANSWER_S,
            ping_interval=PING_S,
            ping_timeout=PING_S,
            close_timeout=CLOSE_S,
        )
    except (InvalidURI, ValueError) as error:
        message = f"{order.address} is no websocket: write ws://HOST:PORT/v1/streams/NAME/predictions"
        raise SettingsError(message) from error
    except InvalidStatus as error:
        raise _refusal(order, error) from error
    except (OSError, InvalidHandshake) as error:
        raise NoService(f"no Palmaris answers at {order.address}: start it with `palmaris serve`") from error


async def greeting(order: Order, socket: ClientConnection) -> Hello:
    """The first frame of a connection. Raises ``NoService``."""
    try:
        hello = parsed(order, await asyncio.wait_for(socket.recv(), ANSWER_S))
    except (TimeoutError, ConnectionClosed) as error:
        raise NoService(f"{order.address} does not greet: is it a stream of Palmaris?") from error
    if not isinstance(hello, Hello):
        raise _stranger(order)
    return hello


def broken(order: Order, error: ConnectionClosed) -> NoService:
    """Why a connection was closed."""
    if error.rcvd is not None and error.rcvd.code == NOT_WELCOME:
        return Refused(f"{order.address} sent this client away: {error.rcvd.reason or 'its token was revoked'}")
    return NoService(f"the connection to {order.address} broke: is the service still running?")


def other_reader(order: Order, hello: Hello) -> Refused:
    """That a stream answers with something else, and who reads that."""
    return Refused(f"{order.address} answers with {hello.answers}: read it with {READERS[hello.answers]}")


def parsed(order: Order, text: str | bytes) -> AnyFrame:
    """A frame from its text. Raises ``Refused``."""
    try:
        return FRAME.validate_json(text)
    except ValidationError as error:
        raise _stranger(order) from error


def _refusal(order: Order, error: InvalidStatus) -> NoService:
    status, body = error.response.status_code, error.response.body
    reason = body.decode(errors="replace") if body else ""
    kind = NoService if status in BUSY or status >= 500 else Refused
    return kind(f"{order.address} was refused with {status} {reason}".rstrip())


def _stranger(order: Order) -> Refused:
    return Refused(f"{order.address} speaks another language: is it a Palmaris of the same version?")
