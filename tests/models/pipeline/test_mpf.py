import numpy as np
import scipy.linalg
import scipy.signal

from models.pipeline.mpf import SUPPORT, log_mpf

NOISE = (50 * np.random.default_rng(0).standard_normal((500, 16))).astype(np.float32)


def test_a_frame_hears_254_samples_and_the_next_begins_40_later():
    assert SUPPORT == 254
    assert log_mpf(NOISE[:254], 40).shape == (1, 6, 4, 16)
    assert log_mpf(NOISE[:293], 40).shape == (1, 6, 4, 16)
    both = log_mpf(NOISE[:294], 40)
    np.testing.assert_allclose(both[1], log_mpf(NOISE[40:294], 40)[0], atol=1e-4)


def test_it_is_the_matrix_logarithm_of_squared_cross_spectra():
    """Against SciPy's short spectra and its matrix logarithm."""
    window = np.hanning(65)[:-1]
    short = [np.fft.rfft(NOISE[at : at + 64].astype(float) * window[:, None], axis=0) for at in range(0, 191, 10)]
    spectra = np.stack(short) / np.sqrt(np.square(window).sum())  # (20, bin, channel)
    cross = np.einsum("sbi,sbj->bij", spectra, spectra.conj()) / 20
    band = np.square(np.abs(cross[4:8])).mean(axis=0)  # 100 to 225 Hz
    expected = scipy.linalg.logm(band)
    found = log_mpf(NOISE[:254], 40)[0, 2]
    for apart in range(4):
        here = np.arange(16)
        np.testing.assert_allclose(found[apart], expected[here, (here + apart) % 16].real, atol=2e-3)


def test_a_slipped_band_gives_slipped_features():
    slipped = log_mpf(np.roll(NOISE, 2, axis=1), 40)
    np.testing.assert_allclose(slipped, np.roll(log_mpf(NOISE, 40), 2, axis=-1), atol=2e-3)


def test_a_dead_channel_stays_finite():
    dead = NOISE.copy()
    dead[:, 3] = 0
    assert np.isfinite(log_mpf(dead, 40)).all()
