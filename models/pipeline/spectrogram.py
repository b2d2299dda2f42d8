"""Logarithms of spectral power, frame by frame: the front end of the wristbands' text networks.

V. Sivakumar et al., "emg2qwerty: A Large Dataset with Baselines for Touch Typing using Surface Electromyography",
NeurIPS 2024: Hann windows of 64 samples, one every 16, over the window's norm; 33 frequencies, 31.25 Hz apart
at 2 kHz. A frame hears its own 64 samples and no later one.
SplashNet (arXiv 2506.12356): the same power in 6 bands of about an octave.
"""

from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
from scipy.fft import rfft
from scipy.signal.windows import hann

Array = npt.NDArray[np.float32]
T = TypeVar("T", bound=np.generic)

SIZE: Final = 64
"""Samples in a frame."""
BINS: Final = SIZE // 2 + 1
FLOOR: Final = 1e-6
"""Added to the power, in squared microvolts: an electrode without signal has a logarithm too."""
OCTAVES: Final = ((1, 2), (2, 4), (4, 8), (8, 12), (12, 22), (22, 33))
"""First bin and the one after the last of each band: 31, 62, 125, 250, 375, 687 and 1000 Hz at 2 kHz."""

_HANN: Final = hann(SIZE, sym=False).astype(np.float32)
_NORM: Final = float(np.square(_HANN).sum())


def log_spectrogram(x: Array, hop: int) -> Array:
    """(time, channel) microvolts -> (frame, channel, 33), decimal logarithms."""
    return _log(_power(x, hop))


def log_octaves(x: Array, hop: int) -> Array:
    """(time, channel) microvolts -> (frame, channel, 6): the mean power in each band, as decimal logarithm."""
    power = _power(x, hop)
    return _log(np.stack([power[..., first:last].mean(axis=-1) for first, last in OCTAVES], axis=-1))


def overlapping(x: npt.NDArray[T], size: int, hop: int) -> npt.NDArray[T]:
    """(time, ...) -> (frame, ..., size): a view."""
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis=0)
    return windows[::hop]


def spectra(x: Array, hop: int) -> npt.NDArray[np.complex64]:
    """(time, channel) -> (frame, channel, 33), complex, over the window's norm; at least one frame."""
    spectrum: npt.NDArray[np.complex64] = rfft(overlapping(x, SIZE, hop) * _HANN, axis=-1)
    return spectrum / np.float32(_NORM**0.5)


def _power(x: Array, hop: int) -> Array:
    spectrum = spectra(x, hop)
    return np.square(spectrum.real) + np.square(spectrum.imag)


def _log(power: Array) -> Array:
    logarithms: Array = np.log10(power + np.float32(FLOOR))
    return logarithms
