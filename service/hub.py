"""One stream to many clients: bounded everywhere, the newest wins, drops are counted."""

import asyncio
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from service.messages import HeadChanged, Prediction, Status

#: Frames that wait for a slow subscriber. At 40 predictions a second this is 0.2 s: what is older misleads a hand.
BACKLOG = 8

#: States after which predictions that still wait are stale.
SILENT = frozenset({"stalled", "lost", "failed"})

Event = Prediction | Status | HeadChanged


class Subscriber:
    """The frames that wait for one client."""

    def __init__(self) -> None:
        self.dropped = 0
        self._waiting: deque[tuple[Event, str]] = deque()
        self._ready = asyncio.Event()

    def offer(self, frame: Event, text: str) -> None:
        """Add a frame; a full backlog loses its oldest prediction, silence outdates them all."""
        if isinstance(frame, Status) and frame.state in SILENT:
            self._drop_predictions()
        if len(self._waiting) >= BACKLOG:
            self._drop_oldest()
        self._waiting.append((frame, text))
        self._ready.set()

    async def next(self) -> tuple[Event, str]:
        """The oldest frame that waits, and its JSON text."""
        while not self._waiting:
            self._ready.clear()
            await self._ready.wait()
        return self._waiting.popleft()

    def _drop_predictions(self) -> None:
        before = len(self._waiting)
        self._waiting = deque(item for item in self._waiting if not isinstance(item[0], Prediction))
        self.dropped += before - len(self._waiting)

    def _drop_oldest(self) -> None:
        oldest = next((item for item in self._waiting if isinstance(item[0], Prediction)), self._waiting[0])
        self._waiting.remove(oldest)
        self.dropped += 1


class Hub:
    """Takes frames from the reader's thread, hands them to every subscriber on the event loop."""

    def __init__(self) -> None:
        self._subscribers: set[Subscriber] = set()
        self._gone = 0  # drops in the inbox, and of subscribers that have left
        self._inbox: deque[Event] = deque(maxlen=64)
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def dropped(self) -> int:
        """Frames that slow subscribers missed, over all of them."""
        return self._gone + sum(subscriber.dropped for subscriber in tuple(self._subscribers))

    @property
    def subscribers(self) -> int:
        """Clients that listen now."""
        return len(self._subscribers)

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Name the loop on which subscribers wait."""
        self._loop = loop

    def post(self, frame: Event) -> None:
        """Hand over a frame from any thread; wakes the loop once for all frames that wait."""
        with self._lock:
            idle = not self._inbox
            self._gone += len(self._inbox) == self._inbox.maxlen
            self._inbox.append(frame)
        if idle and self._loop is not None:
            self._loop.call_soon_threadsafe(self._deliver)

    @contextmanager
    def subscribe(self) -> Iterator[Subscriber]:
        """A subscriber that receives every frame from now on, until the block is left."""
        subscriber = Subscriber()
        self._subscribers.add(subscriber)
        try:
            yield subscriber
        finally:
            self._subscribers.discard(subscriber)
            self._gone += subscriber.dropped

    def _deliver(self) -> None:
        with self._lock:
            frames = tuple(self._inbox)
            self._inbox.clear()
        for frame in frames:
            text = frame.model_dump_json()
            for subscriber in self._subscribers:
                subscriber.offer(frame, text)
