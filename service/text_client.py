"""A client for programs in Python that read text or gesture events: every frame once, and the word of silence."""

import asyncio
from collections.abc import AsyncIterator
from itertools import chain, repeat
from typing import Final

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from service.client import RETRY_S, Silence
from service.connection import Order, Refused, broken, greeting, opened, other_reader, parsed
from service.errors import NoService
from service.messages import GestureEvent, Hello, Movement, Prediction, Status, Text

VOID: Final = frozenset({"stalled", "lost", "ended", "failed"})
"""States of a stream in which nothing comes, and no tail is true."""

News = Text | GestureEvent | Silence


async def answers(address: str, token: str | None = None) -> AsyncIterator[News]:
    """What a stream types or does, and a ``Silence`` after which a tail is void and nothing pressed.

    A broken connection is made anew for as long as it takes; texts of the meantime come then, as far as the service
    remembers them, also those of a service that was started again. Events of the meantime do not: they are over.

    Raises:
        SettingsError: the address is no websocket's.
        NoService: nothing answers there at first, it does not want this client, or it answers with something else.
    """
    order = Order(address, token)
    socket, hello = await _joined(order, None)
    seen = hello.next_seq - 1
    while True:
        try:
            async for news in _heard(order, socket, hello, seen):
                seen = max(seen, -1 if isinstance(news, Silence) else news.seq)
                yield news
        except ConnectionClosed as error:
            reason = broken(order, error)
            yield Silence("unreachable", str(reason))
            if isinstance(reason, Refused):
                raise reason from error
        finally:
            await socket.close()
        socket, hello, seen = await _joined_again(order, hello.run, seen)


async def _heard(order: Order, socket: ClientConnection, hello: Hello, seen: int) -> AsyncIterator[News]:
    """Frames until the connection breaks. Raises ``ConnectionClosed``, ``Refused``."""
    async for text in _missed(order, socket, hello, seen):
        yield text
    if hello.state in VOID:
        yield Silence(hello.state, f"the stream is {hello.state}: nothing is typed or done")
    while True:
        match parsed(order, await socket.recv()):
            case Text() | GestureEvent() as news:
                yield news
            case Status() as status if status.state != "live":
                yield Silence(status.state, status.message)
            case Hello() as other:
                _require_answers(order, other)
                yield Silence(other.state, f"the model {other.model} answers from now on")


async def _missed(order: Order, socket: ClientConnection, hello: Hello, seen: int) -> AsyncIterator[Text]:
    """Texts since number ``seen``, which the service sends at once after its greeting; raises as ``_heard`` does."""
    while seen < hello.next_seq - 1:
        match parsed(order, await socket.recv()):
            case Text() as text:
                seen = text.seq
                yield text
            case GestureEvent() | Prediction() | Movement() as past:
                seen = past.seq


async def _joined(order: Order, resume: int | None) -> tuple[ClientConnection, Hello]:
    socket = await opened(order, resume)
    try:
        hello = await greeting(order, socket)
        _require_answers(order, hello)
    except BaseException:
        await socket.close()
        raise
    return socket, hello


async def _joined_again(order: Order, run: str, seen: int) -> tuple[ClientConnection, Hello, int]:
    """After number ``seen`` of this run; of another one, with all that it remembers. Raises ``Refused``."""
    pauses_s = chain(RETRY_S, repeat(RETRY_S[-1]))
    while True:
        await asyncio.sleep(next(pauses_s))
        try:
            socket, hello = await _joined(order, seen)
        except Refused:
            raise
        except NoService:
            continue  # what was said of the silence is still true
        if hello.run == run:
            return socket, hello, seen
        await socket.close()
        run, seen = hello.run, -1  # another run counts from 0


def _require_answers(order: Order, hello: Hello) -> None:
    if hello.answers not in ("text", "events"):
        raise other_reader(order, hello)
