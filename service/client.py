"""A client for controllers in Python: the newest decision, or speed, or the word that there is none."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import chain, repeat
from types import TracebackType
from typing import Final, Generic, Literal, Self, TypeVar

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from models.spec import REST
from service.connection import AnyFrame, Decisions, Order, Refused, broken, greeting, opened, other_reader, parsed
from service.errors import NoService
from service.messages import AnswerKind, HeadChanged, Hello, Movement, Prediction, Status, StreamState

ClientState = StreamState | Literal["unreachable"]
"""How the stream is; ``unreachable``: nothing is heard of it."""

GRACE_S: Final = 0.1
"""How late a prediction may be before that counts as silence. The service tells within the same time of a device that
is silent; this clock is for what it cannot tell: a pulled cable, a service that hangs."""
RETRY_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Pauses before a connection is made anew; the last one repeats."""


Answer = TypeVar("Answer", Prediction, Movement)


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing is current: let go.

    It reads like a prediction of the safe gesture, or like a movement that stands still, so that a loop which knows
    only those does the right thing.
    """

    state: ClientState
    message: str
    """What happened, and what to do about it."""
    gesture: str = REST
    """The safe gesture that the service is set to; rest where it is set to none."""
    confidence: float = 1.0
    accepted: bool = True
    """Letting go is always to be acted on."""
    intensity: float = 0.0
    active: bool = False
    speeds: tuple[float, ...] = ()
    """Of a stream of movement 0 for each of its labels."""


def predictions(
    address: str,
    token: str | None = None,
    decisions: Decisions = "smoothed",
    rate: float | None = None,
    missed: Callable[[Prediction], None] | None = None,
) -> "Stream[Prediction]":
    """The decisions of a stream, to be entered with ``async with`` and read with ``async for``.

    ``rate`` asks for at most so many predictions a second. ``missed`` hears of those that were made while the
    connection was broken, as far as the service remembers them. They are for a log, and never come out of the stream,
    where they would be taken for the present.

    Raises, when entered:
        SettingsError: the address is no websocket's.
        NoService: nothing answers there, or it does not want this client.
    """
    return Stream(Order(address, token, decisions, rate), Prediction, missed)


def movements(address: str, token: str | None = None, rate: float | None = None) -> "Stream[Movement]":
    """The speeds that a model of movement answers with, for proportional control; used as ``predictions`` are.

    ``rate`` asks for at most so many a second. Raises the same.
    """
    return Stream(Order(address, token, rate=rate), Movement, None)


KINDS: Final[dict[type, AnswerKind]] = {Prediction: "gestures", Movement: "movement"}


class Stream(Generic[Answer]):
    """Decisions as they become current: each ``Prediction``, or ``Movement``, and a ``Silence`` when there is none.

    Silence is part of the stream because a hand goes on with what it was told last. An exception, or just nothing,
    would leave it closed for a loop that looks no further than ``decision.gesture``; a ``Silence`` opens it on the way
    that every gesture takes. It comes when the service says that samples stopped, when the connection breaks, and when
    no prediction came in its time and ``GRACE_S``, for a pulled cable says nothing. Letting go once too often is safe.

    A loop that is slow gets the newest only: the numbers of its predictions jump. A broken connection is made anew for
    as long as it takes, except by a service that does not want this client: then, after the silence, iterating raises
    ``NoService``.
    """

    def __init__(self, order: Order, answer: type[Answer], missed: Callable[[Answer], None] | None) -> None:
        self.hello: Hello
        """What the stream is, with the labels of the head that answers now; known once entered."""
        self.state: ClientState = "unreachable"
        self._order = order
        self._answer: type[Answer] = answer
        self._missed: Callable[[Answer], None] | None = missed
        self._following: asyncio.Task[None]
        self._last: int | None = None  # number of the newest prediction
        self._due: float | None = None  # when the next one has to be here; None while nobody expects it
        self._safe_gesture = REST
        self._waiting: Answer | Silence | None = None
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._following = asyncio.create_task(self._follow(await self._join()))
        self._following.add_done_callback(lambda _: self._news.set())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._following.cancel()
        await asyncio.gather(self._following, return_exceptions=True)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Answer | Silence:
        """The newest decision, once. Raises ``NoService`` when the service does not want this client any more."""
        while (newest := self._take()) is None:
            if self._following.done():
                raise self._end()
            self._news.clear()
            await self._news.wait()
        return newest

    def _take(self) -> Answer | Silence | None:
        """What waits, unless it grew old while the loop that reads was busy: then newer or silence is on its way."""
        waiting, self._waiting = self._waiting, None
        return None if self._due is not None and _now() > self._due else waiting

    def _end(self) -> BaseException:
        if self._following.cancelled():
            return StopAsyncIteration()
        return self._following.exception() or StopAsyncIteration()

    # What happens meanwhile

    async def _follow(self, socket: ClientConnection) -> None:
        try:
            while True:
                await self._listen(socket)
                socket = await self._join_again()
        finally:
            if self.state != "unreachable":
                self._fall_silent("unreachable", "this client has stopped")

    async def _join_again(self) -> ClientConnection:
        """Raises ``Refused``."""
        pauses_s = chain(RETRY_S, repeat(RETRY_S[-1]))
        while True:
            await asyncio.sleep(next(pauses_s))
            try:
                return await self._join()
            except Refused:
                raise
            except NoService:
                continue  # what was said of the silence is still true

    async def _join(self) -> ClientConnection:
        """Raises ``NoService``."""
        async with AsyncExitStack() as stack:
            socket = await opened(self._order, self._last if self._missed is not None else None)
            stack.push_async_callback(socket.close)
            self._greet(await greeting(self._order, socket))
            stack.pop_all()
        return socket

    async def _listen(self, socket: ClientConnection) -> None:
        """Take frames until the connection breaks. Raises ``Refused``."""
        try:
            while True:
                await self._hear(socket)
        except ConnectionClosed as error:
            reason = broken(self._order, error)
            self._fall_silent("unreachable", str(reason))
            if isinstance(reason, Refused):
                raise reason from error
        finally:
            await socket.close()

    async def _hear(self, socket: ClientConnection) -> None:
        try:
            async with asyncio.timeout_at(self._due):
                text = await socket.recv()
        except TimeoutError:
            self._fall_silent("unreachable", "nothing came in time: check the network and the service")
        else:
            self._heed(parsed(self._order, text))

    def _greet(self, hello: Hello) -> None:
        self._require_answers(hello)
        self.hello, self.state = hello, hello.state
        self._last = hello.next_seq - 1
        self._safe_gesture = hello.safe_gesture or REST
        if hello.state == "live":
            self._expect_another()
        else:
            self._fall_silent(hello.state, f"the stream is {hello.state}: nothing is current yet")

    def _require_answers(self, hello: Hello) -> None:
        if hello.answers != KINDS[self._answer]:
            raise other_reader(self._order, hello)

    def _heed(self, frame: AnyFrame) -> None:
        if isinstance(frame, self._answer):
            self._heed_answer(frame)
            return
        match frame:
            case Status(state="live"):
                self.state = "live"  # the silence lasts until a whole window is there
            case Status():
                self._safe_gesture = frame.safe_gesture or self._safe_gesture
                self._fall_silent(frame.state, frame.message)
            case Hello():  # another model: its first window has to fill
                self._require_answers(frame)
                self.hello = frame
                self._fall_silent("live", f"the model {frame.model} answers from now on")
                self._due = _now() + frame.window / frame.rate_hz + self._patience_s
            case HeadChanged():
                self.hello = self.hello.model_copy(update={"head": frame.head, "labels": frame.labels})

    def _heed_answer(self, answer: Answer) -> None:
        if answer.seq >= self.hello.next_seq:
            self._last, self.state = answer.seq, "live"
            self._expect_another()
            self._tell(answer)
        elif self._missed is not None:
            self._missed(answer)

    @property
    def _patience_s(self) -> float:
        pause_s = 0 if self._order.rate is None else 1 / self._order.rate
        return self.hello.hop / self.hello.rate_hz + pause_s + GRACE_S

    def _expect_another(self) -> None:
        self._due = _now() + self._patience_s

    def _fall_silent(self, state: ClientState, message: str) -> None:
        self.state, self._due = state, None
        speeds = (0.0,) * len(self.hello.labels) if self._answer is Movement else ()
        self._tell(Silence(state, message, self._safe_gesture, speeds=speeds))

    def _tell(self, news: Answer | Silence) -> None:
        self._waiting = news
        self._news.set()


def _now() -> float:
    return asyncio.get_running_loop().time()
