"""How the channels of a wristband vary together in 6 bands: multivariate power frequency features.

    P. Kaifosh, T. R. Reardon et al., "A generic non-invasive neuromotor interface for human-computer interaction",
    Nature 645:702, 2025: cross-spectra of 20 short spectra, their squared size averaged over a band, the matrix
    logarithm of that, and of it the diagonals up to 3 electrodes apart, round the wrist.

A frame hears 254 samples and no later one; one every 40 samples is 50 a second at 2 kHz. Ours: the smallest
eigenvalues are lifted to a floor, so that a dead channel has a logarithm.
"""

from typing import Final

import numpy as np

from models.pipeline.spectrogram import SIZE, Array, overlapping, spectra

STEP: Final = 10
"""Samples from one short spectrum to the next."""
SPECTRA: Final = 20
"""Short spectra in a frame: 200 samples of steps."""
SUPPORT: Final = SIZE + (SPECTRA - 1) * STEP
"""Samples that a frame hears."""
BANDS: Final = ((0, 2), (1, 4), (4, 8), (8, 12), (12, 23), (23, 33))
"""First bin and the one after the last: 0-50, 30-100, 100-225, 225-375, 375-700 and 700-1000 Hz at 2 kHz."""
APART: Final = 4
"""Diagonals: an electrode with itself and with its next three round the wrist."""
FLOOR: Final = 1e-6
"""Smallest eigenvalue, in microvolts to the fourth power."""


def log_mpf(x: Array, hop: int) -> Array:
    """(time, channel) microvolts -> (frame, 6, 4, channel); ``hop`` is a multiple of 10 samples."""
    short = overlapping(spectra(x, STEP), SPECTRA, hop // STEP)  # (frame, channel, bin, spectrum)
    across = short.transpose(0, 2, 1, 3)  # (frame, bin, channel, spectrum)
    cross = across @ across.conj().swapaxes(-1, -2) / np.float32(SPECTRA)  # (frame, bin, channel, channel)
    power = np.square(cross.real) + np.square(cross.imag)
    bands = np.stack([power[:, first:last].mean(axis=1) for first, last in BANDS], axis=1)
    return _diagonals(_logarithm(bands))


def _logarithm(x: Array) -> Array:
    """(..., channel, channel), symmetric and positive -> its matrix logarithm."""
    values, vectors = np.linalg.eigh(x.astype(np.float64))
    logs = (vectors * np.log(np.maximum(values, FLOOR))[..., np.newaxis, :]) @ vectors.swapaxes(-1, -2)
    rounded: Array = logs.astype(np.float32)
    return rounded


def _diagonals(x: Array) -> Array:
    """(..., channel, channel) -> (..., 4, channel): electrode c with electrode c + d, round the wrist."""
    here = np.arange(x.shape[-1])
    return np.stack([x[..., here, (here + apart) % len(here)] for apart in range(APART)], axis=-2)
