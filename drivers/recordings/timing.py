"""Sample times of a file -> sample indices, gaps and bursts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from drivers.source import Marker

Seconds = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

#: A step between two sample times is a gap when it is longer than this and than ``GAP_PERIODS`` sample periods. Shorter
#: ones are jitter: a Raspberry Pi that is busy for 5 ms, a radio that sends every 15 ms.
GAP_S = 0.020
GAP_PERIODS = 3.0
#: A longer step is no gap but a clock that was set. Times beyond ``LAST_S`` are damage.
DAY_S = 86400.0
LAST_S = 1e12
#: Rates that makers choose are multiples of one of these; a measured rate this close to one is that one.
ROUND_RATES_HZ = (1000, 512, 250, 100, 50, 10, 1)
CLOCK_ERROR = 1e-3


def rate_of(times_s: Seconds) -> float:
    """Nominal samples per second; NaN where the times do not grow.

    It is the mean outside the gaps, from one change of the time to another (in a burst it does not change), and within
    1000 ppm of a rounder number that number.
    """
    steps = np.diff(times_s)
    changes = np.flatnonzero(steps > 0)
    if len(changes) < 2:
        return math.nan
    usual = float(np.median(steps[changes]))
    even_s = np.cumsum(np.where((steps > max(GAP_S, GAP_PERIODS * usual)) | (steps < 0), usual, steps))
    rate = float((changes[-1] - changes[0]) / (even_s[changes[-1]] - even_s[changes[0]]))
    round_rates = (float(step * round(rate / step)) for step in ROUND_RATES_HZ)
    return next((near for near in round_rates if abs(near - rate) < CLOCK_ERROR * rate), rate)


def come_in_bursts(times_s: Seconds) -> bool:
    """Whether times are those of arrival in bursts, not of sampling: most steps are then far below the mean step."""
    steps = np.diff(times_s)
    return bool(np.median(steps) < 0.25 * steps.mean())


def burst_notes(bursts: bool) -> dict[str, str]:
    """The note for times of arrival."""
    text = "samples came in bursts: the times are those of arrival, so missing samples cannot be told from them"
    return {"bursts": text} if bursts else {}


@dataclass(slots=True)
class StampClock:
    """Follows the times of a stream: any chunking gives the same indices and seconds."""

    rate_hz: float
    bursts: bool = False
    """True where times are those of arrival: they tell no gap."""
    gaps: int = 0
    """Steps long enough to miss samples."""
    missing: int = 0
    """Sample indices left out for them."""
    resets: int = 0
    """How often the clock was set, back or by days; one index is left out for each."""
    _next: int = 0
    _last_s: float = math.nan
    _offset_s: float = 0.0
    _latest_s: float = 0.0

    def feed(self, times_s: Seconds) -> tuple[Indices, Seconds]:
        """(T,) times, NaN where unknown -> (T,) indices and (T,) seconds since the first time, never falling."""
        times_s = self._filled(times_s)
        steps = np.diff(times_s, prepend=self._last_s)
        reset = (steps < -GAP_S) | (steps > DAY_S)
        lost = self._lost(steps, reset)
        offset_s = self._offset_s + np.cumsum(np.where(reset, steps - 2 / self.rate_hz, 0.0))
        seconds = np.maximum.accumulate(np.concatenate([[self._latest_s], times_s - offset_s]))[1:]
        index = self._next + np.arange(len(times_s)) + np.cumsum(lost)
        if len(index):
            self._next, self._last_s = int(index[-1]) + 1, float(times_s[-1])
            self._offset_s, self._latest_s = float(offset_s[-1]), float(seconds[-1])
        return index, seconds

    def _filled(self, times_s: Seconds) -> Seconds:
        """Unknown times follow the one before, a period each."""
        if math.isnan(self._last_s) and len(times_s):
            self._begin(times_s)
        rows = np.arange(len(times_s))
        known_row = np.maximum.accumulate(np.where(np.abs(times_s) < LAST_S, rows, -1))
        base = np.where(known_row < 0, self._last_s, times_s[known_row])
        return np.asarray(base + (rows - known_row) / self.rate_hz)

    def _begin(self, times_s: Seconds) -> None:
        """Second zero is the first row, though the first known time may be a later one's."""
        known = np.flatnonzero(np.abs(times_s) < LAST_S)
        self._offset_s = float(times_s[known[0]] - known[0] / self.rate_hz) if len(known) else 0.0
        self._last_s = self._offset_s - 1 / self.rate_hz

    def _lost(self, steps: Seconds, reset: npt.NDArray[np.bool_]) -> Indices:
        gap = (steps > max(GAP_S, GAP_PERIODS / self.rate_hz)) & ~reset & (not self.bursts)
        lost = np.where(gap, np.maximum(np.rint(steps * self.rate_hz) - 1, 1), reset).astype(np.int64)
        self.gaps += int(gap.sum())
        self.resets += int(reset.sum())
        self.missing += int(lost.sum())
        return lost

    def notes(self) -> dict[str, str]:
        """What the times showed so far, in words."""
        found = {}
        if self.gaps:
            found["gaps"] = f"{self.gaps} gaps in the sample times; {self.missing} samples are missing there"
        if self.resets:
            found["resets"] = f"the clock was set {self.resets} times; one sample index is left out at each"
        return found


class Words:
    """Words with their own times, given out as the samples come by."""

    def __init__(self, words: Sequence[tuple[float, str]]) -> None:
        """(seconds from the first sample, text), in order of time."""
        self._words = words
        self._times_s = [at_s for at_s, _ in words]
        self._done = 0

    def until(self, seconds: Seconds, index: Indices) -> tuple[Marker, ...]:
        """Markers up to the last of these samples; each stands at the first sample that is not before its time."""
        begin, self._done = self._done, int(np.searchsorted(self._times_s, seconds[-1:].max(initial=-1), "right"))
        rows = np.searchsorted(seconds, self._times_s[begin : self._done])
        return tuple(Marker(int(index[row]), text) for row, (_, text) in zip(rows, self._words[begin:], strict=False))
