import numpy as np
import pytest
import torch
from scipy.linalg import solve_toeplitz
from scipy.signal import lfilter

from models.networks.window_shape import ORDER, QUANTILES, RIDGE, WindowShape, cepstrum, quantiles


def noise(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape).astype(np.float32) * 50)


def test_quantiles_are_those_of_the_sorted_signal():
    x = noise(3, 2, 1000)
    expected = np.sort(np.abs(x.numpy()), axis=-1)[..., [int(q * 1000) for q in QUANTILES]]
    np.testing.assert_allclose(quantiles(x), np.log(expected + 1), rtol=1e-5)


def test_the_recursion_solves_the_equations_of_linear_prediction():
    x = noise(1, 1, 250).double()
    lags = np.array([(x[0, 0, lag:] * x[0, 0, : 250 - lag]).sum() for lag in range(ORDER + 1)])
    lags[0] += RIDGE * lags[0] + 1
    weights = solve_toeplitz(lags[:-1], lags[1:])
    first = weights[0]
    second = weights[1] + first * first / 2  # the cepstrum's own recursion, written out
    np.testing.assert_allclose(cepstrum(x)[0, 0, :2], [first, second], rtol=1e-4)


def test_the_cepstrum_of_a_known_resonance_is_found():
    """x[n] = 0.8 x[n - 1] + noise has the cepstrum 0.8 ** n / n."""
    white = np.random.default_rng(0).standard_normal(200_000) * 100
    x = torch.from_numpy(lfilter([1], [1, -0.8], white).copy())[None, None]
    expected = [0.8**n / n for n in range(1, ORDER + 1)]
    np.testing.assert_allclose(cepstrum(x)[0, 0], expected, atol=0.02)


def test_gain_moves_quantiles_and_leaves_the_cepstrum():
    x = noise(4, 2, 1000)
    torch.testing.assert_close(cepstrum(10 * x), cepstrum(x), atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(quantiles(10 * x) - quantiles(x), torch.full((4, 2, 5), np.log(10)), atol=0.15, rtol=0)


@pytest.mark.parametrize("x", [torch.zeros(2, 1000, 2), torch.full((2, 1000, 2), 5000.0)])
def test_a_dead_or_stuck_channel_gives_finite_numbers(x):
    assert torch.isfinite(WindowShape(4000.0, 2)(x)).all()


@pytest.mark.parametrize(("rate", "window"), [(4000.0, 1000), (1000.0, 250), (500.0, 125)])
def test_thirteen_features_of_each_channel_at_any_rate(rate, window):
    shape = WindowShape(rate, 3)
    assert shape(noise(2, window, 3)).shape == (2, shape.features) == (2, 39)
