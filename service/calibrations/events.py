"""What happens to a calibration, to all who watch it: every event, in order (of predictions, the newest win)."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pydantic import BaseModel

#: Events that wait for a slow listener; who is further behind is cut off, joins again and is told how things stand.
BACKLOG: Final = 256


class Listener:
    """The events that wait for one client."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.too_slow = False
        """Whether it missed something and therefore was cut off."""
        self._ended = False
        self._waiting: asyncio.Queue[str | None] = asyncio.Queue(BACKLOG + 1)

    def offer(self, text: str | None) -> None:
        """Add an event, on the loop; ``None`` ends it."""
        if self._ended:
            return
        self.too_slow = text is not None and self._waiting.qsize() == BACKLOG
        self._ended = text is None or self.too_slow
        self._waiting.put_nowait(None if self._ended else text)

    async def next(self) -> str | None:
        """The oldest event that waits, as JSON; ``None``: it is over, or the client was too slow."""
        return await self._waiting.get()


class Events:
    """Takes events from any thread, hands them to every listener on the event loop."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._closed = False
        self._left_s: float | None = None
        self._lock = threading.Lock()

    @property
    def deserted_s(self) -> float | None:
        """For how many seconds the last listener has been gone; ``None``: somebody listens, or nobody ever did."""
        left_s = self._left_s
        return None if left_s is None else time.monotonic() - left_s

    def forget_who_left(self) -> None:
        """Only who leaves from now on is missed."""
        self._left_s = None

    def post(self, event: BaseModel) -> None:
        """Tell everybody."""
        self._offer(event.model_dump_json())

    def close(self) -> None:
        """Nothing more will happen: who listens, now or later, hears what was posted and then the end."""
        with self._lock:
            self._closed = True
        self._offer(None)

    def _offer(self, text: str | None) -> None:
        with self._lock:
            for listener in self._listeners:
                listener.loop.call_soon_threadsafe(listener.offer, text)

    @contextmanager
    def subscribe(self) -> Iterator[Listener]:
        """A listener, on the running loop, to every event from now on until the block is left."""
        listener = Listener(asyncio.get_running_loop())
        with self._lock:
            self._listeners.add(listener)
            self._left_s = None
            if self._closed:
                listener.offer(None)
        try:
            yield listener
        finally:
            with self._lock:
                self._listeners.discard(listener)
                if not self._listeners:
                    self._left_s = time.monotonic()
