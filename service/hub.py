"""One stream to many clients: bounded everywhere, serialised once, the newest wins, drops are counted.

Predictions, movements and gesture events of the past mislead a hand: of those the oldest are dropped. What was typed
stays true: texts that cannot wait any longer are joined to one, so that no final symbol is lost to a slow client.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

from service.frames import joined
from service.messages import GestureEvent, HeadChanged, Hello, Movement, Prediction, Status, Text, Told
from service.wire import Format, websocket_frame

#: Frames that wait for a slow subscriber. At 40 predictions a second this is 0.2 s: what is older misleads a hand.
BACKLOG: Final = 8
#: Frames that may wait for the event loop.
INBOX: Final = 64
#: Predictions, texts or events that are kept for those who come back after a short break.
HISTORY: Final = 64
#: A prediction that comes early by this share of the period still counts as on time: devices do not tick evenly.
JITTER: Final = 0.1

#: States after which predictions that still wait are stale.
SILENT: Final = frozenset({"stalled", "lost", "failed"})

Event = Told | Status | HeadChanged | Hello
Decisions = Literal["smoothed", "raw"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a subscriber asked for."""

    decisions: Decisions = "smoothed"
    format: Format = "json"
    rate_hz: float | None = None
    """Most predictions or movements a second; ``None``: all of them. Texts and events all come."""


class Item:
    """One frame in every form that somebody asks for, each made once."""

    __slots__ = ("_bytes", "_raw", "fleeting", "frame", "silences")

    def __init__(self, frame: Event, raw: Callable[[], Event] | None = None) -> None:
        self.frame = frame
        """The frame of smoothed decisions; the only one there is of what is no prediction."""
        self.fleeting = isinstance(frame, Prediction | GestureEvent | Movement)
        """Whether it soon is no longer true."""
        self.silences = isinstance(frame, Status) and frame.state in SILENT
        """Whether predictions before it are no longer true."""
        self._raw = raw
        self._bytes: dict[tuple[Decisions, Format], bytes] = {}

    def bytes(self, wish: Wish) -> bytes:
        """The frame as it goes over the socket."""
        form = (wish.decisions, wish.format)
        if (known := self._bytes.get(form)) is None:
            frame = self._raw() if self._raw is not None and wish.decisions == "raw" else self.frame
            known = self._bytes[form] = websocket_frame(frame, wish.format)
        return known


class Subscriber:
    """The frames that wait for one client.

    ``send`` is called on the event loop with the oldest of them, and says whether it went out at once.
    """

    def __init__(self, wish: Wish, send: Callable[[Item], bool]) -> None:
        self.wish = wish
        self.dropped = 0
        self.gone = asyncio.Event()
        """Set when the stream is no longer served."""
        self._send = send
        self._waiting: deque[Item] = deque()
        self._due_ns = 0.0

    def offer(self, item: Item) -> None:
        """Send a frame, or let it wait; a full backlog loses what is oldest, silence outdates what does not last."""
        if self.wish.rate_hz and self._early(item.frame, self.wish.rate_hz):
            return
        if not self._waiting and self._send(item):
            return
        if item.silences:
            self._drop_fleeting()
        self.dropped += _append(self._waiting, item, BACKLOG)
        self.pump()

    def pump(self) -> None:
        """Send what waits, as long as it goes out at once."""
        while self._waiting and self._send(self._waiting[0]):
            self._waiting.popleft()

    def pop(self) -> Item | None:
        """Take the oldest frame that waits."""
        return self._waiting.popleft() if self._waiting else None

    def _early(self, frame: Event, rate_hz: float) -> bool:
        if not isinstance(frame, Prediction | Movement):
            return False
        period_ns = 1e9 / rate_hz
        if frame.arrived_ns < self._due_ns - JITTER * period_ns:
            return True
        on_time = frame.arrived_ns < self._due_ns + period_ns  # who is a little late does not shift the rest
        self._due_ns = period_ns + (self._due_ns if on_time else frame.arrived_ns)
        return False

    def _drop_fleeting(self) -> None:
        before = len(self._waiting)
        self._waiting = deque(item for item in self._waiting if not item.fleeting)
        self.dropped += before - len(self._waiting)


class Follower:
    """A subscriber inside the service, who awaits frames."""

    def __init__(self, subscriber: Subscriber, ready: asyncio.Event) -> None:
        self._subscriber, self._ready = subscriber, ready

    async def next(self) -> Event:
        """The oldest frame that waits."""
        while (item := self._subscriber.pop()) is None:
            self._ready.clear()
            await self._ready.wait()
        return item.frame


class Hub:
    """Takes frames from the reader's thread, hands them to every subscriber on the event loop."""

    def __init__(self) -> None:
        self.next_seq = 0
        """Number of the first prediction that new subscribers receive."""
        self._subscribers: set[Subscriber] = set()
        self._history: deque[Item] = deque(maxlen=HISTORY)
        self._gone = 0  # drops in the inbox, and of subscribers that have left
        self._inbox: deque[Item] = deque()
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    @property
    def dropped(self) -> int:
        """Frames that slow subscribers missed, over all of them."""
        return self._gone + sum(subscriber.dropped for subscriber in tuple(self._subscribers))

    @property
    def subscribers(self) -> int:
        """Clients that listen now."""
        return len(self._subscribers)

    @property
    def waiting(self) -> int:
        """Frames that the event loop has not yet taken over."""
        return len(self._inbox)

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Name the loop on which subscribers wait."""
        self._loop = loop

    def post(self, frame: Event, raw: Callable[[], Event] | None = None) -> None:
        """Hand over a frame from any thread; wakes the loop once for all frames that wait.

        ``raw`` makes the same prediction from its window alone, for those who want it so.
        """
        item = Item(frame, raw)
        with self._lock:
            idle = not self._inbox
            self._gone += _append(self._inbox, item, INBOX)
        if idle and self._loop is not None:
            self._loop.call_soon_threadsafe(self._deliver)

    @contextmanager
    def subscribe(self, wish: Wish, send: Callable[[Item], bool]) -> Iterator[Subscriber]:
        """A subscriber that receives every frame from now on, until the block is left."""
        subscriber = Subscriber(wish, send)
        if self._closed:
            subscriber.gone.set()
        self._subscribers.add(subscriber)
        try:
            yield subscriber
        finally:
            self._subscribers.discard(subscriber)
            self._gone += subscriber.dropped

    @contextmanager
    def follow(self) -> Iterator[Follower]:
        """A subscriber inside the service."""
        ready = asyncio.Event()

        def wake(_: Item) -> bool:
            ready.set()
            return False

        with self.subscribe(Wish(), wake) as subscriber:
            yield Follower(subscriber, ready)

    def since(self, seq: int) -> list[Item]:
        """The predictions, texts or events after number ``seq``, as far as they are remembered."""
        return [item for item in self._history if isinstance(item.frame, Told) and item.frame.seq > seq]

    def close(self) -> None:
        """Send every subscriber away: the stream is no longer served. On the event loop."""
        self._closed = True
        for subscriber in self._subscribers:
            subscriber.gone.set()

    def _deliver(self) -> None:
        with self._lock:
            items = tuple(self._inbox)
            self._inbox.clear()
        stale = _stale(items)
        self._gone += len(stale)
        for item in items:
            if isinstance(item.frame, Told):
                self._history.append(item)
                self.next_seq = item.frame.seq + 1
            if item not in stale:
                for subscriber in self._subscribers:
                    subscriber.offer(item)


def _append(waiting: deque[Item], item: Item, most: int) -> int:
    """Let it wait with the others, no more than ``most``; how many were dropped for it, which a text never is."""
    dropped = 0
    if len(waiting) >= most:
        oldest = next((other for other in waiting if other.fleeting), None)
        if oldest is None and not _join_oldest(waiting):
            oldest = next(other for other in waiting if not isinstance(other.frame, Text))
        if oldest is not None:
            waiting.remove(oldest)
            dropped = 1
    waiting.append(item)
    return dropped


def _join_oldest(waiting: deque[Item]) -> bool:
    """Make the two oldest texts one, in the place of the second; False if there are no two."""
    texts = [(item, item.frame) for item in waiting if isinstance(item.frame, Text)][:2]
    if len(texts) < 2:
        return False
    (first, earlier), (second, later) = texts
    waiting[waiting.index(second)] = Item(joined(earlier, later))
    waiting.remove(first)
    return True


def _stale(items: Sequence[Item]) -> Set[Item]:
    """Predictions and events that nobody shall hear any more, because the event loop was late with them."""
    if len(items) == 1:
        return frozenset()
    silence = max((place for place, item in enumerate(items) if item.silences), default=0)
    before = [item for item in items[:silence] if item.fleeting]
    after = [item for item in items[silence:] if item.fleeting]
    return {*before, *after[:-BACKLOG]}
