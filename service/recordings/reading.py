"""Recordings are read in a process beside.

Going through an hour of signal takes Python seconds, and in our own process the predictions of every stream would
stand still meanwhile.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeVar

from drivers.errors import RecordingError
from drivers.recordings.recording import Recording
from service.errors import Busy, TooLong
from service.helper import Helper, HelperGone
from service.recordings.envelope import COLUMNS, envelope_of
from service.recordings.opened import Opened, Stamp, go_through

T = TypeVar("T")

#: How many may wait at once: each occupies a thread of those that answer everything else.
MOST_WAITING: Final = 8
#: How long going through a recording may take.
PATIENCE_S: Final = 120.0
#: Seconds of signal of which an envelope is made at a time: then others have their turn.
PART_S: Final = 60.0

DIED: Final = "the process that reads recordings died, perhaps for want of memory: try again"


class Reading:
    """Called from any thread."""

    def __init__(self) -> None:
        self._helper = Helper()
        self._waiting = 0
        self._lock = threading.Lock()

    def close(self) -> None:
        """End the process."""
        self._helper.close()

    def open(self, path: Path, stamp: Stamp) -> Opened:
        """The recording, with its words.

        Raises:
            RecordingError: it is damaged.
            Busy: too many wait already.
            TooLong: it was given up.
        """
        with self._queueing():
            work = self._submit(_open, path, stamp)
            try:
                return work.result(PATIENCE_S)
            except TimeoutError:
                self._helper.give_up()
                raise TooLong(f"{path.name} could not be read in {PATIENCE_S:g} s: take a shorter recording") from None
            except (BrokenProcessPool, CancelledError):
                raise RecordingError(DIED) from None

    async def envelope(self, opened: Opened, start: int, stop: int, column: int) -> bytes:
        """See ``recorded_envelope.py``. Who stops waiting for it ends it. Raises as ``open`` does."""
        step = column * max(COLUMNS, round(PART_S * opened.info.rate_hz / column))
        with self._queueing():
            parts = [await self._part(opened, at, min(at + step, stop), column) for at in range(start, stop, step)]
        return b"".join(parts)

    async def _part(self, opened: Opened, start: int, stop: int, column: int) -> bytes:
        work = self._submit(_envelope, opened.path, opened.stamp, start, stop, column)
        try:
            return await asyncio.wrap_future(work)
        except BrokenProcessPool:
            raise RecordingError(DIED) from None
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise  # nobody waits any more
            raise RecordingError(DIED) from None

    def forget(self) -> None:
        """Keep no recording open: one that was deleted would keep its space on the disk."""
        if self._helper.begun:
            self._submit(_recording.cache_clear)

    @contextmanager
    def _queueing(self) -> Iterator[None]:
        with self._lock:
            if self._waiting >= MOST_WAITING:
                raise Busy("other recordings are being read: try again in some seconds")
            self._waiting += 1
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1

    def _submit(self, work: Callable[..., T], *arguments: object) -> Future[T]:
        try:
            return self._helper.submit(work, *arguments)
        except HelperGone:
            raise RecordingError(DIED) from None


# In the process beside


def _open(path: Path, stamp: Stamp) -> Opened:
    return _recording(path, stamp)[1]


def _envelope(path: Path, stamp: Stamp, start: int, stop: int, column: int) -> bytes:
    return b"".join(envelope_of(*_recording(path, stamp), start, stop, column))


@lru_cache(maxsize=1)  # one is looked at again and again
def _recording(path: Path, stamp: Stamp) -> tuple[Recording, Opened]:
    return go_through(path, stamp)
