import numpy as np
import pytest
import torch

from models.pipeline.spectrogram import OCTAVES, SIZE, log_octaves, log_spectrogram

NOISE = (50 * np.random.default_rng(0).standard_normal((1000, 3))).astype(np.float32)


def sine(frequency_hz: float) -> np.ndarray:
    time = np.arange(256) / 2000
    return np.sin(2 * np.pi * frequency_hz * time).astype(np.float32)[:, np.newaxis]


@pytest.mark.parametrize("hop", [16, 32])
def test_it_is_the_spectrogram_of_the_paper(hop):
    """Torch's own, as the paper's code calls it: no centring, power, over the window's norm."""
    window = torch.hann_window(SIZE)
    theirs = torch.stft(
        torch.from_numpy(NOISE.T), SIZE, hop, window=window, center=False, return_complex=True
    )  # (channel, bin, frame)
    power = theirs.abs().square() / window.square().sum()
    expected = torch.log10(power + 1e-6).permute(2, 0, 1).numpy()
    found = log_spectrogram(NOISE, hop)
    assert found.shape == ((1000 - SIZE) // hop + 1, 3, 33)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_silence_is_the_floor():
    np.testing.assert_allclose(log_spectrogram(np.zeros((64, 2), np.float32), 16), -6.0, atol=1e-6)


def test_a_frame_hears_no_later_sample():
    later = NOISE.copy()
    later[SIZE + 16 :] = 1e4
    np.testing.assert_array_equal(log_spectrogram(later, 16)[:2], log_spectrogram(NOISE, 16)[:2])


@pytest.mark.parametrize(
    ("frequency_hz", "band"), [(31.25, 0), (93.75, 1), (187.5, 2), (312.5, 3), (500.0, 4), (900.0, 5)]
)
def test_a_tone_is_loudest_in_its_own_octave(frequency_hz, band):
    assert log_octaves(sine(frequency_hz), 16).shape == (13, 1, 6)
    assert (log_octaves(sine(frequency_hz), 16).argmax(axis=-1) == band).all()


def test_the_bands_are_those_of_splashnet():
    edges_hz = [(31.25 * first, 31.25 * last) for first, last in OCTAVES]
    assert edges_hz[0][0] == 31.25
    assert [round(high) for _, high in edges_hz[:-1]] == [62, 125, 250, 375, 688]
    assert edges_hz[-1][1] > 1000
