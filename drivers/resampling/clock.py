"""How late a device's samples are against an even count: a smooth line through noisy times.

A quartz is off by 50 ppm, the ceramic resonator of an Arduino by 0.5 %; after an hour that is 0.2 to 18 s. The loop is
a filter of second order, whose level and drift are corrected at every chunk by shares of the error: at first those of a
straight line through all times so far (recursive least squares), so that a drift is known after a second; from some
``MEMORY_S`` on 1 - r^2 and (1 - r)^2, r = exp(-elapsed / ``MEMORY_S``), which forget the past (the fading memory of
Morrison, "Introduction to Sequential Smoothing and Prediction", 1969). Neither lags behind a constant drift, and both
are stable for chunks of any length. Jitter of 1 ms (uniform, 50 chunks a second) moves the line by 0.1 ms after a
second and by 0.01 ms after ten (rms).

The line itself never jumps, except over a hole: it heads for where the filter expects the end of the chunk, at most
``FASTEST`` off the nominal rate. A time that is further off than ``CLOCK_SET_S`` is a clock that was set: from then on
lateness counts from there, and the samples run on.
"""

import math

import numpy as np
import numpy.typing as npt

MEMORY_S = 20.0
FASTEST = 0.01
CLOCK_SET_S = 0.1
#: Less is how floating-point times are rounded: an evenly sampled source stays exactly on its count.
ROUNDING_S = 1e-6


class DeviceClock:
    """Lateness in sample periods; fed the time of each chunk's first sample."""

    def __init__(self, rate_hz: float, keep: int) -> None:
        """``keep``: samples before the newest chunk whose lateness may still be asked for."""
        self.even = True
        """No time has differed from the nominal rate so far: all lateness is exactly 0."""
        self._rate_hz = rate_hz
        self._keep = keep
        self._origin_s: float | None = None
        self._begun = self._heard = 0  # samples at which the first and the newest chunk began
        self._level = self._drift = 0.0  # the filter: lateness at the newest chunk, and its growth per sample
        self._knots = [(0, 0.0)]  # the line: (sample, lateness), straight in between

    def observe(self, first: int, count: int, device_s: float) -> None:
        """Draw the line on to the end of a chunk of ``count`` samples, of which ``first`` was taken at ``device_s``."""
        if self._origin_s is None:
            self._origin_s = device_s - first / self._rate_hz
            self._begun = self._heard = first
        if first > self._heard:
            self._correct(first, device_s)
        self._draw(first, count)

    def late_at(self, sample: int) -> float:
        """Lateness of an input sample."""
        at, late = zip(*self._knots, strict=True)
        return float(np.interp(sample, at, late))

    def late_when(self, moments: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Lateness of what the device measured at these moments of the even count."""
        at, late = np.array(self._knots).T
        lateness: npt.NDArray[np.float64] = np.interp(moments, at + late, late)
        return lateness

    def _correct(self, first: int, device_s: float) -> None:
        elapsed = first - self._heard
        kept = math.exp(-elapsed / (MEMORY_S * self._rate_hz))
        heard = 1 + (first - self._begun) / elapsed  # times so far, had all chunks been of this length
        share = max(1 - kept**2, 2 * (2 * heard - 1) / (heard * (heard + 1)))
        drift_share = max((1 - kept) ** 2, 6 / (heard * (heard + 1)))
        self._level += self._drift * elapsed
        error = self._error(first, device_s)
        self._level += share * error
        self._drift = _within(self._drift + drift_share * error / elapsed, FASTEST)
        self._heard = first
        self.even &= error == 0

    def _error(self, first: int, device_s: float) -> float:
        """Sample periods by which a chunk is later than expected."""
        origin_s = self._origin_s or 0.0
        error = (device_s - origin_s) * self._rate_hz - first - self._level
        if abs(error) > CLOCK_SET_S * self._rate_hz:
            self._origin_s = origin_s + error / self._rate_hz
            return 0.0
        return error if abs(error) > ROUNDING_S * self._rate_hz else 0.0

    def _draw(self, first: int, count: int) -> None:
        if first != self._knots[-1][0]:  # a hole, or the beginning
            self._knots = [(first, self._level)]
        if not count:
            return
        while len(self._knots) > 1 and self._knots[1][0] < first - self._keep:
            del self._knots[0]
        late = self._knots[-1][1]
        aim = self._level + self._drift * (first + count - self._heard)
        self._knots.append((first + count, late + _within(aim - late, FASTEST * count)))


def _within(value: float, limit: float) -> float:
    return min(max(value, -limit), limit)
