"""Finds frames of a fixed size in a stream of bytes that may be lost, doubled or wrong.

Two states. *Locked*: the next frame is where the last one ended. *Hunting*: every byte is tried.

A frame is believed only when what comes after it is another: a frame with bytes lost in its middle can have all its
marks right, its checksum too by chance, but then nothing fits behind it. The price is that a sample waits for the next.
A wrong byte costs its own frame, never the lock. Locking asks for more: two frames in a row with consecutive counters,
and no second place among the same bytes where that holds as well.

What no parser can see without a checksum: a wrong bit in a value, and bytes lost or added inside a frame that are just
as many as a frame has.
"""

from bisect import bisect_left
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from drivers.boards.board import Counters, Packets
from drivers.source import Losses, Samples

Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


def cut(stream: Bytes, places: npt.NDArray[np.int64], size: int) -> Bytes:
    """The ``size`` bytes from each place: (n,), (m,) -> (m, size)."""
    frames: Bytes = stream[places[:, None] + np.arange(size)]
    return frames


class Wire(Protocol):
    """A wire format of frames that all have one size."""

    @property
    def size(self) -> int:
        """Bytes in a frame."""
        ...

    @property
    def period(self) -> int:
        """Where the counter wraps."""
        ...

    @property
    def settling(self) -> int:
        """Frames to pass over after locking, because nothing marks where the first of them begins."""
        ...

    def begins(self, frame: Bytes) -> bool:
        """Whether (size,) bytes begin like a frame, whatever their end."""
        ...

    def fits(self, stream: Bytes) -> Mask:
        """Whether a whole frame may start at each byte: (n,) -> (n - size + 1,)."""
        ...

    def counters(self, frames: Bytes) -> Counters | None:
        """(n, size) -> (n,); ``None`` when frames carry none."""
        ...

    def samples(self, frames: Bytes) -> Samples:
        """(n, size) -> (n, channel)."""
        ...


class _Run(NamedTuple):
    start: int
    frames: int
    number: int


class _Scan:
    """What some bytes show, before anything is decided."""

    def __init__(self, wire: Wire, stream: Bytes) -> None:
        self.fits = wire.fits(stream)
        self.known = max(len(self.fits) - wire.size, 0)
        """Up to here it can be said whether two frames follow one another."""
        self._wire = wire
        self._stream = stream

    @cached_property
    def locks(self) -> list[int]:
        """Where two frames with consecutive counters begin, and nowhere else among the bytes of the first."""
        size = self._wire.size
        places = np.flatnonzero(self.fits[: self.known] & self.fits[size:][: self.known])
        if len(places):
            before, after = (cut(self._stream, at, size) for at in (places, places + size))
            places = places[self._in_sequence(before, after)]
        alone: Mask = np.diff(places, append=self.known + size) >= size
        found: list[int] = places[alone].tolist()
        return found

    def continues(self, at: int) -> bool:
        """Whether the bytes from ``at`` begin like the frame that follows the one before them."""
        size = self._wire.size
        before, after = self._stream[max(at - size, 0) : at], self._stream[at : at + size]
        return len(before) == size and self._wire.begins(after) and bool(self._in_sequence(before[None], after[None]))

    def _in_sequence(self, before: Bytes, after: Bytes) -> Mask:
        """Whether frames (n, size) follow one another by their counters, if they have any."""
        first, second = self._wire.counters(before), self._wire.counters(after)
        if first is None or second is None:
            return np.ones(len(before), np.bool_)
        consecutive: Mask = (second - first) % self._wire.period == 1
        return consecutive


class FrameParser:
    """Bytes in, packets out. Keeps fewer than four frames of bytes between calls."""

    def __init__(self, wire: Wire) -> None:
        self.losses = Losses()
        self._wire = wire
        self._size = wire.size
        self._rest = b""
        self._locked = False
        self._met = False  # what comes before the first frame is no loss
        self._skipped = 0  # since the last good frame
        self._number = 0  # of the next frame, for formats without a counter

    def feed(self, data: bytes) -> Packets:
        """The packets that ``data`` completes."""
        stream = np.frombuffer(self._rest + data, np.uint8)
        scan = _Scan(self._wire, stream)
        runs: list[_Run] = []
        at, more = 0, True
        while more:
            at, more = self._follow(scan, at, runs) if self._locked else self._hunt(scan, at)
        self._rest = stream[at:].tobytes()
        frames = self._cut(stream, runs)
        return Packets(self._numbers(frames, runs), self._wire.samples(frames))

    def forget(self) -> None:
        """Drop what is half received."""
        self._skip(len(self._rest))
        self._rest, self._locked = b"", False

    def _follow(self, scan: _Scan, at: int, runs: list[_Run]) -> tuple[int, bool]:
        """Along the grid of frames to where it must wait or hunt: the new place, and whether to go on."""
        grid = scan.fits[at :: self._size]
        bad = len(grid) if grid.all() else int(grid.argmin())
        decided = bad + 1 < len(grid)
        stepped_over = decided and bool(grid[bad + 1])
        sure = stepped_over or (decided and scan.continues(at + bad * self._size))
        good = bad if sure else max(bad - 1, 0)
        self._take(runs, at, good)
        at += good * self._size
        if not decided:
            return at, False
        self.losses.packets += 1
        self._locked = stepped_over
        step = self._size if stepped_over else 1
        self._skip(step)
        return at + step, True

    def _hunt(self, scan: _Scan, at: int) -> tuple[int, bool]:
        nearest = bisect_left(scan.locks, at)
        found = scan.locks[nearest] if nearest < len(scan.locks) else max(scan.known, at)
        # that a place is the only one can be said when the bytes of a whole frame behind it have been tried
        self._locked = found + self._size <= scan.known
        if self._locked:
            found += self._wire.settling * self._size
        self._skip(found - at)
        return found, self._locked

    def _skip(self, count: int) -> None:
        if self._met:
            self.losses.bytes += count
            self._skipped += count

    def _take(self, runs: list[_Run], at: int, frames: int) -> None:
        if not frames:
            return
        self._number += -(-self._skipped // self._size)  # as many as may have been there, rounded up
        runs.append(_Run(at, frames, self._number))
        self._number += frames
        self._skipped = 0
        self._met = True

    def _cut(self, stream: Bytes, runs: list[_Run]) -> Bytes:
        cuts = [stream[run.start :][: run.frames * self._size].reshape(-1, self._size) for run in runs]
        return np.concatenate(cuts) if cuts else np.empty((0, self._size), np.uint8)

    def _numbers(self, frames: Bytes, runs: list[_Run]) -> Counters:
        counters = self._wire.counters(frames)
        if counters is not None:
            return counters
        numbers = [np.arange(run.number, run.number + run.frames) for run in runs]
        return np.concatenate(numbers) if numbers else np.empty(0, np.int64)
