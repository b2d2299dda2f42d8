"""What every file reader answers with: a recording that streams blocks of samples from disk.

    recording = open_recording(path)                      # drivers.recordings.formats
    for block in recording.blocks(start=10_000):
        ...

Conventions of every reader:

- A file with several trials is one stream. Between two trials exactly one sample index is left out, so that no window
  spans them; samples known to be missing leave out as many indices as are missing.
- A ``Marker`` stands at the first sample of every segment, its text the gesture's label and nothing else.
- What is odd about a file is said in ``notes``, in words for its user; nothing is repaired in silence.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from drivers.source import Marker, Samples, SourceInfo

#: Rows that a reader takes from disk at a time: some hundred kilobytes for the widest devices.
BLOCK_ROWS = 2048


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive samples of a recording."""

    first: int
    """Index of the first sample, counted from the start of the recording. A jump says that samples are missing."""
    samples: Samples
    """(time, channel), in the unit of the source; never empty."""
    device_s: float
    """Time of the first sample on the device's clock, in seconds from the start of the recording."""
    due_s: float
    """When the last sample arrived, in seconds from the start of the recording."""
    markers: tuple[Marker, ...] = ()
    """Words that belong to samples of this block."""
    times_s: npt.NDArray[np.float64] | None = None
    """(time,) device time of each sample, never falling, where the device sampled irregularly."""


class Recording(Protocol):
    """A file of samples. Reading it raises ``RecordingError`` where the file ends too early or makes no sense."""

    @property
    def info(self) -> SourceInfo:
        """The device that was recorded."""
        ...

    @property
    def length(self) -> int | None:
        """Index after the last sample, or ``None`` where only reading to the end would tell."""
        ...

    @property
    def timed(self) -> bool:
        """True where the file holds times: a block is what arrived together, and a replay must not cut it."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Quirks found so far, in words; those that only show in reading are added as the file is read."""
        ...

    def blocks(self, start: int = 0) -> Iterator[Block]:
        """All samples from index ``start`` on, in order; each call reads anew."""
        ...


def to_samples(values: npt.NDArray[Any], scale: float | npt.NDArray[np.float64] = 1.0) -> Samples:
    """``values * scale`` as float32; what is too large for it becomes infinite, and so a gap."""
    with np.errstate(over="ignore"):
        return np.asarray(values * scale).astype(np.float32)


def channel_names(count: int) -> tuple[str, ...]:
    """``ch1`` and so on, for files that name no channels."""
    return tuple(f"ch{position}" for position in range(1, count + 1))


def microvolts_per(unit: str) -> float | None:
    """Microvolts in one of ``unit``, however it is spelt; ``None`` where it is no voltage."""
    return _MICROVOLTS.get(unit.strip().lower().replace("\u03bc", "u").replace("\u00b5", "u").removesuffix("s"))


_MICROVOLTS = {
    "nv": 1e-3,
    "nanovolt": 1e-3,
    "uv": 1.0,
    "microvolt": 1.0,
    "mv": 1e3,
    "millivolt": 1e3,
    "v": 1e6,
    "volt": 1e6,
}
