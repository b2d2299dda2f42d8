"""The one face of every device: open it, then ``read`` chunks of samples.

    with open_source("replay:///data/session.npz") as source:
        while (chunk := source.read(timeout_s=0.02)) is not None:
            ...

A source has no thread and no event loop: whoever reads it decides where that happens.
"""

from dataclasses import dataclass, replace
from types import TracebackType
from typing import Literal, Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What a model must know about a device before the first sample."""

    name: str
    """The device as its user would call it."""
    rate_hz: float
    """Nominal samples per second of each channel."""
    channels: tuple[str, ...]
    """Channel labels, in the order of the columns."""
    unit: Literal["uV", "a.u."] = "uV"
    """Unit of the samples; ``a.u.`` where the maker states no scale."""
    grid: tuple[tuple[int, ...], ...] | None = None
    """Electrode grid: rows of channel numbers, -1 where no electrode is. ``None``: the channels form no grid."""
    simulated: bool = False
    """True when no person was measured."""
    notes: tuple[str, ...] = ()
    """What is odd about it and was found on opening, in words for its user."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A word at a sample: a prompt, a label, a trigger."""

    index: int
    """Sample index that the word belongs to."""
    text: str
    """For example the gesture that begins here."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive samples, as they arrived together."""

    first: int
    """Index of the first sample since the source was opened. A jump says that samples in between are missing."""
    samples: Samples
    """(time, channel), in the unit of the source. May be empty."""
    arrived_ns: int
    """Host monotonic clock (``time.monotonic_ns``) when the last sample was in our hands."""
    device_s: float
    """Time of the first sample on the device's clock, in seconds."""
    markers: tuple[Marker, ...] = ()
    """Words that belong to samples of this chunk."""
    times_s: npt.NDArray[np.float64] | None = None
    """(time,) device time of each sample, never falling, where the device samples irregularly. ``None``: evenly from
    ``device_s`` on. A source tells them in all its chunks or in none."""

    def shifted(self, by: int) -> Self:
        """The same samples, ``by`` later in the index: a stream that goes on after its source was opened again."""
        if not by:
            return self
        markers = tuple(replace(marker, index=marker.index + by) for marker in self.markers)
        return replace(self, first=self.first + by, markers=markers)


@dataclass(slots=True)
class Losses:
    """What the wire cost so far; a driver counts, its reader reports."""

    samples: int = 0
    """Samples that the device counted and we never got, or that were present but not finite."""
    bytes: int = 0
    """Bytes skipped while looking for the next good packet."""
    packets: int = 0
    """Packets refused by a check: sum, counter or end byte."""


class Source(Protocol):
    """One blocking verb, ``read``. Constructors only remember; ``with`` opens and closes.

    Raises, from ``__enter__``: ``SourceUnavailable``, ``RecordingError``. From ``read``: ``SourceLost`` when the
    device is gone (the caller may close, wait and open again), ``EndOfStream`` when a finite recording is over.
    """

    @property
    def info(self) -> SourceInfo:
        """What the device is; known once the source is open."""
        ...

    @property
    def losses(self) -> Losses:
        """Counts since the source was opened."""
        ...

    def read(self, timeout_s: float) -> Chunk | None:
        """The next samples, or ``None`` if none came within ``timeout_s`` seconds."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


@runtime_checkable
class Performer(Protocol):
    """A source behind which somebody does what a calibration asks for without seeing it: a simulated user."""

    def perform(self, gesture: str | None) -> None:
        """Do this from now on; ``None``: whatever you like. From any thread."""
        ...
