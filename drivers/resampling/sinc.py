"""Evenly sampled signals at another rate, on the clock of their device.

A windowed sinc (Kaiser, beta 5, 16 samples of the slower rate to each side): flat to 0.41 of the slower rate, 50 dB
down from 0.51 of it on, and 16 of its samples late (8 ms at 2 kHz). libsoxr 1.1 was measured first and is not usable
live: it works in blocks of about 1000 samples, so at EMG rates it holds back up to 450 to 940 ms (240 to 490 ms at its
low quality).

Output k stands at device time t0 + k / rate, t0 being the time of input 0. As long as the chunks' times agree with the
nominal rate this is input position k x step, in exact fractions: the output depends neither on chunks nor on when
reading began. Where they do not, ``DeviceClock`` says how far to shift, slowly and without jumps. A hole in the input
is a hole in the output index.
"""

import math
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from drivers.resampling.clock import DeviceClock
from drivers.source import Samples

HALF_WIDTH = 16
BETA = 5.0
CUTOFF = 0.46


class Resampler:
    """Input samples with their index in, output samples with theirs out; ``step`` is input samples per output."""

    def __init__(self, from_hz: float, to_hz: float) -> None:
        self.step = Fraction(from_hz).limit_denominator(10**6) / Fraction(to_hz).limit_denominator(10**6)
        self._stretch = max(1.0, float(self.step))
        self._reach = math.ceil(HALF_WIDTH * self._stretch)
        self._clock = DeviceClock(from_hz, 2 * self._reach)
        self._held: Samples = np.empty((0, 0), np.float32)
        self._run = -1  # the input that this run began with: none yet
        self._next = -1  # the input expected next
        self._due = 0  # the next output

    def feed(self, first: int, samples: Samples, device_s: float) -> tuple[int, Samples]:
        """The outputs whose whole surroundings are known now: index of the first one, and (time, channel).

        ``device_s`` is the time of the first sample on the device's clock.
        """
        if first != self._next:
            self._restart(first)
        self._clock.observe(first, len(samples), device_s)
        self._held = np.concatenate((self._held, samples)) if len(self._held) else samples
        self._next = first + len(samples)
        begin, out = (first, samples) if self.step == 1 and self._clock.even else self._known()
        self._due = begin + len(out)
        # Keep what the next output reaches back to, and one more: the clock may still shift it a little.
        oldest = math.floor(self.position(self._due)) - self._reach
        self._held = self._held[max(0, oldest - self._held_from) :]
        return begin, out

    def position(self, output: int) -> float:
        """Where in the input an output stands."""
        even = float(output * self.step)
        return even - float(self._clock.late_when(np.array([even]))[0])

    def output_from(self, sample: int) -> int:
        """The first output that does not stand before an input sample."""
        return math.ceil((sample + Fraction(self._clock.late_at(sample))) / self.step)

    @property
    def _held_from(self) -> int:
        return self._next - len(self._held)

    def _restart(self, first: int) -> None:
        """Begin a run at input ``first``. An output is left out, whatever the clock says of the hole."""
        self._held = self._held[:0]
        self._run = first
        self._due += 1

    def _known(self) -> tuple[int, Samples]:
        """Outputs that reach neither before the run nor beyond what has come."""
        begin = max(self._due, self.output_from(self._run + self._reach - 1))
        end = max(begin, self.output_from(self._next - self._reach))
        return begin, self._interpolate(begin, end)

    def _interpolate(self, begin: int, end: int) -> Samples:
        """Outputs ``begin`` to ``end``, (time, channel)."""
        num, den = self.step.numerator, self.step.denominator
        base, rest = np.divmod(np.arange(end - begin) * num + begin * num % den, den)
        base += begin * num // den
        shift = rest / den - self._clock.late_when(base + rest / den)
        # The clip undoes rounding at the ends of what is known.
        lowest, highest = self._run + self._reach - 1, self._next - self._reach - 1
        whole = np.clip(base + np.floor(shift).astype(np.int64), lowest, highest)
        around = np.arange(1 - self._reach, self._reach + 1)
        taps = self._kernel(around - (shift - (whole - base))[:, None])
        out: Samples = np.einsum("kt,ktc->kc", taps, self._held[(whole - self._held_from)[:, None] + around])
        return out

    def _kernel(self, distance: npt.NDArray[np.float64]) -> Samples:
        """Weights of input samples at these distances; each row sums to one."""
        inside = np.clip(1 - (distance / self._reach) ** 2, 0, None)
        taps = np.sinc(2 * CUTOFF / self._stretch * distance) * np.i0(BETA * np.sqrt(inside))
        weights: Samples = (taps / taps.sum(axis=1, keepdims=True)).astype(np.float32)
        return weights
