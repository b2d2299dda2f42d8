"""A recording played back as if its device were here: ``replay:///data/session.npz?speed=1&loop=true``.

Speed 1 keeps the recording's own timing, gaps and bursts; ``max`` gives the next samples whenever they are asked for.
Samples that are not finite numbers are passed on as they are, and counted as lost.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from drivers.errors import EndOfStream, RecordingError, SourceUnavailable
from drivers.recordings.formats import open_recording
from drivers.recordings.recording import Block, Recording
from drivers.registry import SourceUri
from drivers.source import Chunk, Losses, Marker, SourceInfo


@dataclass(frozen=True, slots=True)
class Playback:
    """How a recording is played."""

    speed: float = 1.0
    """Times real time; infinite: whenever asked."""
    loop: bool = False
    start_s: float = 0.0
    """Where to begin, counted in samples at the nominal rate. A loop comes back to it."""
    chunk_ms: float = 5.0
    """Samples given at a time, where the recording keeps no times of arrival."""
    rate_hz: float | None = None
    """For recordings that state none."""


def from_uri(uri: SourceUri) -> "ReplaySource":
    """``replay:///path?speed=1|max|N&loop=false&start=SECONDS&chunk_ms=5&rate=HZ``."""
    playback = Playback(
        speed=uri.take("speed", 1.0, _speed),
        loop=uri.take("loop", False, _yes),
        start_s=uri.take("start", 0.0, _not_negative),
        chunk_ms=uri.take("chunk_ms", 5.0, _positive),
        rate_hz=uri.take("rate", None, _positive),
    )
    uri.done()
    return ReplaySource(Path(uri.target), playback)


class ReplaySource:
    """A recording as a ``Source``. Time starts with the first ``read``; a reader that is late gets all that is due."""

    def __init__(self, path: Path, playback: Playback | None = None) -> None:
        self.losses = Losses()
        self._path = path
        self._playback = playback or Playback()
        self._recording: Recording | None = None
        self._blocks: Iterator[Block] = iter(())
        self._next: Block | None = None
        self._clock: Pace | None = None

    @property
    def info(self) -> SourceInfo:
        """The recorded device."""
        recording = self._opened()
        return replace(recording.info, notes=recording.notes)

    def __enter__(self) -> Self:
        """Open the file. Raises ``RecordingError`` where it cannot be read or ends before the start asked for."""
        self._recording = open_recording(self._path, self._playback.rate_hz)
        self._blocks = play(self._recording, self._playback)
        self._next = next(self._blocks, None)
        if self._next is None:
            raise RecordingError(f"{self._path} holds no sample at {self._playback.start_s:g} s; start earlier")
        self.losses = Losses()
        self._clock = None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._recording, self._blocks, self._next = None, iter(()), None

    def read(self, timeout_s: float) -> Chunk | None:
        """The next samples that are due, or ``None`` after ``timeout_s`` without any. Ends with ``EndOfStream``."""
        if self._next is None:
            self._opened()
            raise EndOfStream(f"{self._path} was played to its end; add loop=true to play on")
        self._clock = self._clock or Pace(time.monotonic(), self._playback.speed)
        wait_s = self._clock.wait_s(self._next.due_s, time.monotonic())
        if wait_s > timeout_s:
            time.sleep(timeout_s)
            return None
        if wait_s > 0:  # sleep(0) would still give the processor away
            time.sleep(wait_s)
        block, self._next = self._next, next(self._blocks, None)
        if not np.isfinite(block.samples).all():
            self.losses.samples += int((~np.isfinite(block.samples).all(axis=1)).sum())
        return Chunk(block.first, block.samples, time.monotonic_ns(), block.device_s, block.markers, block.times_s)

    def _opened(self) -> Recording:
        if self._recording is None:
            raise SourceUnavailable(f"{self._path} is not open; open it with `with`")
        return self._recording


@dataclass(frozen=True, slots=True)
class Pace:
    """When samples are due on the host's clock."""

    begin_s: float
    """Host time when playing began."""
    speed: float

    def wait_s(self, due_s: float, now_s: float) -> float:
        """Seconds from now until what arrives at ``due_s`` of the replay; zero when it is late."""
        return max(0.0, self.begin_s + due_s / self.speed - now_s)


def play(recording: Recording, playback: Playback) -> Iterator[Block]:
    """The blocks that a replay gives, in order, without waiting.

    The first sample has index 0 and time 0, wherever the replay starts. A loop leaves out one index at its seam, and
    time goes on across it.
    """
    rate_hz = recording.info.rate_hz
    size = None if recording.timed else max(1, round(playback.chunk_ms * 1e-3 * rate_hz))
    at = _Position(0, 0.0, 0.0)
    while True:
        blocks = recording.blocks(round(playback.start_s * rate_hz))
        cut = (piece for block in blocks for piece in pieces(block, rate_hz, size))
        if (opening := next(cut, None)) is None:
            return
        origin = _Position.of_first(opening, rate_hz)
        for piece in chain([opening], cut):
            last = _moved(piece, origin, at)
            yield last
        if not playback.loop:
            return
        at = _Position.after(last, rate_hz)


def pieces(block: Block, rate_hz: float, size: int | None) -> Iterator[Block]:
    """A block cut into pieces of ``size`` samples, at a steady rate; ``None`` keeps it whole."""
    total = len(block.samples)
    for low in range(0, total, size or total):
        high = min(low + (size or total), total)
        yield Block(
            block.first + low,
            block.samples[low:high],
            block.device_s + low / rate_hz,
            block.due_s - (total - high) / rate_hz,
            _between(block, low, high) if block.markers else (),
            None if block.times_s is None else block.times_s[low:high],
        )


def _between(block: Block, low: int, high: int) -> tuple[Marker, ...]:
    return tuple(marker for marker in block.markers if low <= marker.index - block.first < high)


@dataclass(frozen=True, slots=True)
class _Position:
    """Where a stream stands: index, device time and time of arrival of one sample."""

    index: int
    device_s: float
    due_s: float

    @classmethod
    def of_first(cls, block: Block, rate_hz: float) -> Self:
        return cls(block.first, block.device_s, block.due_s - (len(block.samples) - 1) / rate_hz)

    @classmethod
    def after(cls, block: Block, rate_hz: float) -> Self:
        """Two periods after a block's last sample: one index is left out."""
        count = len(block.samples) + 1
        device_s = block.device_s + count / rate_hz
        if block.times_s is not None:
            device_s = float(block.times_s[-1]) + 2 / rate_hz
        return cls(block.first + count, device_s, block.due_s + 2 / rate_hz)


def _moved(block: Block, origin: _Position, to: _Position) -> Block:
    if origin == to:  # a recording that is played from its beginning
        return block
    shift = to.index - origin.index
    return Block(
        block.first + shift,
        block.samples,
        block.device_s - origin.device_s + to.device_s,
        block.due_s - origin.due_s + to.due_s,
        tuple(Marker(marker.index + shift, marker.text) for marker in block.markers),
        None if block.times_s is None else block.times_s - origin.device_s + to.device_s,
    )


def _speed(text: str) -> float:
    return math.inf if text == "max" else _positive(text)


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        raise ValueError("a number above zero")
    return value


def _not_negative(text: str) -> float:
    value = float(text)
    if not 0 <= value < math.inf:
        raise ValueError("zero or more seconds")
    return value


def _yes(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("true or false")
    return text == "true"
