"""A labelled sequence: a stretch of signal and what happened in it when, as text or as gesture events."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """One stretch of one person's signal, and the keys or events in it."""

    signal: npt.NDArray[np.float32]
    """(time, channel) microvolts, or what the makers of a data set recorded in where they state no unit."""
    rate_hz: float
    keys: tuple[str, ...]
    """Symbols of ``models.pipeline.symbols``, or names of events, in the order in which they happened."""
    times: npt.NDArray[np.int64]
    """Sample of the signal at which each key went down, or each event happened."""
    user: str
    session: str

    def __post_init__(self) -> None:
        """Refuse what does not fit together."""
        if len(self.keys) != len(self.times):
            raise ValueError(f"{len(self.keys)} keys have {len(self.times)} times: each needs one")
        if np.any(np.diff(self.times) < 0):
            raise ValueError("the keys are not in the order of their times: sort them")

    @property
    def text(self) -> str:
        """The keys in a row: the target of CTC."""
        return "".join(self.keys)

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.signal) / self.rate_hz

    def between(self, start: int, stop: int) -> "Sequence":
        """The samples from ``start`` up to ``stop``, with the keys that went down within them and no others."""
        low, high = np.searchsorted(self.times, (start, stop))
        part = self.signal[start:stop]
        return replace(self, signal=part, keys=self.keys[low:high], times=self.times[low:high] - start)
