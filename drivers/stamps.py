"""From jittered time stamps to a sample index with honest gaps and a smooth time.

A stream that carries stamps but no counter (LSL, some BrainFlow boards) tells of lost samples only by its stamps. They
jitter by tens of milliseconds, so one threshold divides: what deviates by less is jitter and is smoothed, what deviates
by more is a gap or a clock that was set.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

#: Silence of 100 ms is what the service reports as a stall, so a gap that long must never be spliced over.
TOLERANCE_S = 0.1
#: A sample may take this much longer on its way than the one before; a larger forward jump is a clock that was set.
SLACK_S = 0.5
#: The smoothed time follows the stamps with this time constant.
SMOOTHING_S = 1.0


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive samples ``start`` to ``stop`` of the stamps that were placed together."""

    start: int
    stop: int
    first: int
    """Sample index of ``start``."""
    time_s: float
    """Smoothed time of ``start``."""


class SampleClock:
    """Gives every stamp its sample index; the same stamps get the same indices in any chunking."""

    def __init__(self, rate_hz: float) -> None:
        self.lost = 0
        """Samples that the stamps say are missing."""
        self._rate_hz = rate_hz
        self._tolerance_s = max(TOLERANCE_S, 3 / rate_hz)
        self._gain = 1 / (SMOOTHING_S * rate_hz)
        self._index = 0
        self._steady = 0  # samples since the last jump
        self._due_s = -np.inf
        self._time_s = 0.0
        self._heard_s: float | None = None

    def place(self, stamps: npt.NDArray[np.float64], heard_s: float) -> list[Run]:
        """Cut ``stamps`` (seconds, one per sample) where samples are missing.

        ``heard_s``, the host's monotonic time of their arrival, bounds what a clock that was set can claim.
        """
        silent_s = heard_s - (heard_s if self._heard_s is None else self._heard_s)
        starts: list[tuple[int, int, float]] = []
        for position, stamp in enumerate(stamps.tolist()):
            if self._step(stamp, silent_s) or position == 0:
                starts.append((position, self._index, self._time_s))
            self._index += 1
        self._heard_s = heard_s
        stops = [start for start, _, _ in starts[1:]] + [len(stamps)]
        return [Run(start, stop, first, time_s) for (start, first, time_s), stop in zip(starts, stops, strict=True)]

    def _step(self, stamp: float, silent_s: float) -> bool:
        """Advance by one sample; true if it does not follow the one before."""
        late_s = stamp - self._due_s
        jumped = abs(late_s) > self._tolerance_s
        if jumped:
            missing = self._missing(late_s, silent_s)
            self._index += missing
            self.lost += missing
            self._due_s, self._steady, late_s = stamp, 0, 0.0
        self._steady += 1
        self._time_s = self._due_s + late_s * max(self._gain, 1 / self._steady)
        self._due_s = self._time_s + 1 / self._rate_hz
        return jumped

    def _missing(self, late_s: float, silent_s: float) -> int:
        if self._steady == 0:  # the very first sample
            return 0
        if 0 < late_s <= silent_s + SLACK_S:
            return round(late_s * self._rate_hz)
        # The clock was set. Samples are missing only if nothing was heard meanwhile: the sender restarted.
        return round(silent_s * self._rate_hz) if silent_s > self._tolerance_s else 0
