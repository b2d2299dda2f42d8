"""From samples at irregular times to evenly spaced ones.

A cubic through the two samples on either side, whose slopes are those of the parabola through three neighbours
(Catmull-Rom's for uneven steps). It waits for two samples of the device. It was chosen over optimal interpolation of
band-limited signals (kriging), which is better near half the device's rate but errs ten times more at the long steps
of a real device.

Its error, rms of a sine whose steps vary by 20 %: 0.4 % at a tenth of the device's rate, 4 % at a fifth, 40 % at two
fifths: a device that samples irregularly should do so ten times faster than what it measures. With the real steps of
``grove-rpi-2ch`` (0.2 ms, 1 % of them over 0.38 ms): 0.1 % at 100 Hz, 0.7 % at 200 Hz, 5 % at 400 Hz, nearly all of it
within the long steps (the median error at 400 Hz is 0.14 % of the amplitude).

A step longer than ``GAP_PERIODS`` nominal periods is a gap and leaves out indices. There the cubic would bridge most of
a cycle at 400 Hz; that real device makes 1.4 such steps a second (at 5 periods it would be 5, and 29 % of all windows
of 250 ms would be lost instead of 11 %).
"""

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from drivers.source import Chunk, Marker

GAP_PERIODS = 10.0

Points = npt.NDArray[np.float64]


class EvenGrid:
    """Chunks with times in, even chunks out: index k stands at t0 + k / rate. Any chunking gives the same samples."""

    _origin_s: float
    _held: Points

    def __init__(self, nominal_hz: float, rate_hz: float) -> None:
        """``nominal_hz``: how fast the device samples most of the time."""
        self._rate_hz = rate_hz
        self._longest_step = GAP_PERIODS * rate_hz / nominal_hz
        self._next: int | None = None  # the input expected next
        self._due = 0  # the next output
        self._latest = -math.inf  # the place of the newest sample; places are times in steps of the grid
        self._held_at: Points = np.empty(0)  # places of the last three samples

    def feed(self, chunk: Chunk, times_s: Points) -> list[Chunk]:
        """What lies between samples whose neighbours are known, a chunk for each run. ``times_s``: (time,)."""
        if self._next is None:
            self._origin_s, self._held = chunk.device_s, np.empty((0, chunk.samples.shape[1]))
        if chunk.first != self._next:
            self._held_at, self._held = self._held_at[:0], self._held[:0]
            self._due += 1  # a hole, whatever the times say of its length
        self._next = chunk.first + len(chunk.samples)
        places = (times_s - self._origin_s) * self._rate_hz
        parts = self._parts(chunk, places)
        first_after = np.ceil(places).astype(np.int64)
        markers = (Marker(int(first_after[marker.index - chunk.first]), marker.text) for marker in chunk.markers)
        return [*parts[:-1], replace(parts[-1], markers=tuple(markers))]

    def _parts(self, chunk: Chunk, places: Points) -> list[Chunk]:
        """Cut at the gaps. A sample whose time does not grow is left out: nothing can lie between two equal times."""
        latest = np.maximum.accumulate(np.append(self._latest, places))
        grows = np.diff(latest) > 0
        self._latest = float(latest[-1])
        at = np.concatenate((self._held_at, places[grows]))
        values = np.concatenate((self._held, chunk.samples[grows]))
        gaps = np.flatnonzero(np.diff(at) > self._longest_step) + 1
        runs = list(zip(np.split(at, gaps), np.split(values, gaps), strict=True))
        self._held_at, self._held = (run[-3:] for run in runs[-1])
        return [self._between(chunk, *run) for run in runs]

    def _between(self, chunk: Chunk, at: Points, values: Points) -> Chunk:
        """From the second sample of a run to the last but one."""
        begin = end = self._due
        if len(at) > 2:
            begin = max(begin, math.ceil(at[1]))
            end = max(begin, math.ceil(at[-2]))
        self._due = end
        samples = cubic(at, values, np.arange(begin, end)).astype(np.float32)
        return Chunk(begin, samples, chunk.arrived_ns, self._origin_s + begin / self._rate_hz)


def cubic(at: Points, values: Points, wanted: npt.NDArray[np.int64]) -> Points:
    """Values (time, channel) at the places ``wanted``, from those at ``at``: between the second and last but one."""
    if not len(wanted):
        return values[:0]
    step = np.diff(at)[:, None]
    slope = np.diff(values, axis=0) / step
    slope = (slope[:-1] * step[1:] + slope[1:] * step[:-1]) / (step[1:] + step[:-1])  # at samples 1 to -2
    left = np.searchsorted(at, wanted, "right") - 1
    step = step[left]
    along = (wanted - at[left])[:, None] / step
    back = 1 - along
    ends = (1 + 2 * along) * back**2 * values[left] + (1 + 2 * back) * along**2 * values[left + 1]
    bend: Points = ends + step * along * back * (back * slope[left - 1] - along * slope[left])
    return bend
