"""What befalls a signal after calibration: noise, hum, drift, a lost channel, moved electrodes, fatigue (SYSTEMS 9.5).

Plain functions of raw samples (time, channel) in microvolts, before any filter; each returns float32 of the same shape.
The size of a channel is its root mean square over the trial without its mean.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.signal import iirnotch, resample_poly, tf2sos

from models.pipeline.electrode_grid import Grid
from models.pipeline.filters import StreamFilter

Samples = npt.NDArray[np.float32]

MAINS_HZ: Final = 50.0
NOTCH_Q: Final = 30.0
FLOOR_UV: Final = 1.0
"""Noise of a channel that hears no muscle."""


def with_noise(x: Samples, snr_db: float, rng: np.random.Generator) -> Samples:
    """White noise up to half the sampling rate; at 4 kHz a fifth of its power, 7 dB less, passes 20-450 Hz."""
    return _float(x + 10 ** (-snr_db / 20) * _size(x) * rng.standard_normal(x.shape))


def with_mains(x: Samples, rate_hz: float, harmonics: Sequence[float] = (1.0,)) -> Samples:
    """Hum in phase on all channels; ``harmonics``: the size of 50 Hz, 100 Hz, ... in sizes of the channel."""
    turns = 2 * np.pi * MAINS_HZ / rate_hz * np.arange(len(x))
    waves = [np.sqrt(2) * size * np.sin(number * turns) for number, size in enumerate(harmonics, 1)]
    return _float(x + _size(x) * np.sum(waves, axis=0)[:, np.newaxis])


def with_drift(x: Samples, last: float) -> Samples:
    """A gain that goes from 1 to ``last`` along the trial, in a straight line."""
    return _float(x * np.linspace(1, last, len(x))[:, np.newaxis])


def without_channel(x: Samples, channel: int, rng: np.random.Generator) -> Samples:
    """Nothing but the amplifier's own noise on one channel."""
    y = x.copy()
    y[:, channel] = FLOOR_UV * rng.standard_normal(len(x))
    return y


def with_shift(x: Samples, share: float) -> Samples:
    """Electrodes moved round the arm: each channel hears ``share`` of the next one instead of itself."""
    return _float((1 - share) * x + share * np.roll(x, -1, axis=1))


def with_rotation(x: Samples, rings: Grid, electrodes: float) -> Samples:
    """Rings turned round the arm: each channel hears what stood so many electrode distances further.

    Between two electrodes lies the straight line from one to the other: less than an electrode there would hear, as
    neighbours differ. ``rings``: channel numbers of each in their order round the arm.
    """
    whole = int(np.floor(electrodes))
    y = x.copy()
    for ring in map(list, rings):
        y[:, ring] = with_shift(np.roll(x[:, ring], -whole, axis=1), electrodes - whole)
    return y


def with_fatigue(x: Samples, rate_hz: float, compression: float) -> Samples:
    """A spectrum compressed towards 0 Hz by a share of each frequency, at the same size.

    The trial is played slower and its end is cut off. Its own hum is taken out first, as fatigue does not move that.
    """
    notch = StreamFilter(tf2sos(*iirnotch(MAINS_HZ, NOTCH_Q, fs=rate_hz)))
    ratio = 1 / (1 - Fraction(compression).limit_denominator(100))
    slow = resample_poly(notch(x), ratio.numerator, ratio.denominator, axis=0, padtype="line")[: len(x)]
    return _float(slow * (_size(x) / _size(slow)))


def _size(x: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """(time, channel) -> (channel,)."""
    return np.asarray(x.std(axis=0, dtype=np.float64))


def _float(x: npt.NDArray[np.floating]) -> Samples:
    return np.asarray(x, np.float32)
