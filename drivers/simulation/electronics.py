"""What is added to a muscle's signal: amplifier noise, the hum of the mains, an electrode's wandering voltage."""

import numpy as np

from drivers.simulation.blocks import BLOCK_S, RATE_HZ
from drivers.simulation.neurons import Floats

MAINS_HZ = 50.0
THIRD_HARMONIC = 0.2  # of the mains' amplitude
NOISE_UV = (2.0, 3.5)  # rms
MAINS_UV = (0.5, 3.0)  # peak
OFFSET_UV = 100.0  # either way
DRIFT_UV = 20.0  # rms around the offset
DRIFT_S = 3.0


class Electronics:
    """The unwanted part of every channel, block for block."""

    def __init__(self, channels: int, rng: np.random.Generator, rate_hz: int = RATE_HZ) -> None:
        self._rng = rng
        self._steps = np.arange(1, round(rate_hz * BLOCK_S) + 1)
        self._noise_uv = rng.uniform(*NOISE_UV, channels)
        self._mains_uv = rng.uniform(*MAINS_UV, channels)
        self._mains_step = 2 * np.pi * (MAINS_HZ + rng.uniform(-0.05, 0.05)) / rate_hz
        self._mains_angle = rng.uniform(0, 2 * np.pi)
        self._offset_uv = rng.uniform(-OFFSET_UV, OFFSET_UV, channels)
        self._drift_uv = rng.normal(0, DRIFT_UV, channels)

    def block(self) -> Floats:
        """The next (block, channel) microvolts."""
        noise = self._noise_uv * self._rng.standard_normal((len(self._steps), len(self._noise_uv)))
        return noise + self._mains() + self._offset_uv + self._drift()

    def _mains(self) -> Floats:
        angle = self._mains_angle + self._mains_step * self._steps
        self._mains_angle = angle[-1] % (2 * np.pi)
        hum: Floats = (np.sin(angle) + THIRD_HARMONIC * np.sin(3 * angle))[:, None] * self._mains_uv
        return hum

    def _drift(self) -> Floats:
        """A random walk that is pulled back, joined by straight lines."""
        keep = np.exp(-BLOCK_S / DRIFT_S)
        step = self._rng.normal(0, DRIFT_UV * np.sqrt(1 - keep**2), len(self._drift_uv))
        start, self._drift_uv = self._drift_uv, keep * self._drift_uv + step
        line: Floats = start + (self._steps / len(self._steps))[:, None] * (self._drift_uv - start)
        return line
