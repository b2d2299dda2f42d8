from itertools import combinations

import numpy as np
import pytest
import torch

from models.networks.time_domain import BANDS_HZ, PER_CHANNEL, TimeDomain

RATE_HZ = 4000.0
T = torch.arange(1000) / RATE_HZ


def features(*channels: torch.Tensor) -> torch.Tensor:
    x = torch.stack(channels, dim=-1).unsqueeze(0)
    return TimeDomain(RATE_HZ, len(channels))(x)[0]


def sine(hz: float, microvolts: float = 100.0) -> torch.Tensor:
    return microvolts * torch.sin(2 * torch.pi * hz * T + 0.3)


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_features_per_channel_and_per_pair(channels):
    network = TimeDomain(RATE_HZ, channels)
    y = network(100 * torch.randn(5, 1000, channels))
    assert y.shape == (5, network.features)
    assert network.features == 14 * channels + channels * (channels - 1) // 2
    assert torch.isfinite(y).all()


def test_amplitudes_are_those_of_a_sine():
    mean_abs, rms, length, peak = features(sine(100, 200.0))[:4].exp() - 1
    assert mean_abs == pytest.approx(200 * 2 / np.pi, rel=0.01)
    assert rms == pytest.approx(200 / np.sqrt(2), rel=0.01)
    assert length == pytest.approx(4 * 200 * 100 / RATE_HZ, rel=0.01)
    assert peak == pytest.approx(200, rel=0.01)


def test_crossings_and_slope_changes_are_two_per_period():
    zero, slope = features(sine(100))[4:6]
    assert zero * RATE_HZ == pytest.approx(200, rel=0.05)
    assert slope * RATE_HZ == pytest.approx(200, rel=0.05)


def test_crossings_below_the_noise_do_not_count():
    assert features(sine(100, 0.5))[4:6].tolist() == [0, 0]


def test_mobility_is_the_frequency_and_complexity_tells_noise_from_a_sine():
    mobility, complexity = features(sine(100, 1e4))[6:8]
    assert mobility == pytest.approx(2 * np.pi * 100 / RATE_HZ, rel=0.01)
    assert complexity == pytest.approx(0, abs=0.01)
    torch.manual_seed(0)
    assert features(100 * torch.randn(1000))[7] > 0.1


@pytest.mark.parametrize("band", range(len(BANDS_HZ) - 1))
def test_power_lies_in_the_band_of_the_sine(band):
    hz = (BANDS_HZ[band] + BANDS_HZ[band + 1]) / 2
    shares = features(sine(hz))[8:PER_CHANNEL].exp()
    assert shares.argmax() == band
    assert shares.sum() == pytest.approx(1, abs=1e-4)


def test_correlation_of_channels():
    assert features(sine(100), sine(100, 50.0))[-1] == pytest.approx(1, abs=0.01)
    assert features(sine(100), -sine(100))[-1] == pytest.approx(-1, abs=0.01)
    assert features(sine(100), sine(200))[-1] == pytest.approx(0, abs=0.01)


def test_silence_has_finite_features():
    assert torch.isfinite(features(torch.zeros(1000), torch.zeros(1000))).all()


def test_correlations_of_many_channels_are_those_of_each_pair():
    torch.manual_seed(0)
    channels = (100 * torch.randn(6, 1000)).unbind()
    pairs = [features(a, b)[-1] for a, b in combinations(channels, 2)]
    torch.testing.assert_close(features(*channels)[-15:], torch.stack(pairs), atol=1e-6, rtol=0)
