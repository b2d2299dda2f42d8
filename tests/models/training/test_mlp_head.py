import time

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.errors import DatasetError
from models.training.mlp_head import POPULATION, USER, MLPTraining, Standardise, fit_mlp

torch.set_num_threads(1)

SHORT = MLPTraining(epochs=4, rate=3e-3)


def clouds(sizes=(60, 60, 60), features=6, seed=0):
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(sizes)), sizes)
    x = rng.standard_normal((len(y), features)) + 4 * rng.standard_normal((len(sizes), features))[y]
    return Standardise.of(x.astype(np.float32))(torch.from_numpy(x).float()).numpy(), y


def answers(head, x):
    with torch.no_grad():
        return head(torch.from_numpy(x)).numpy()


def weights(head):
    return {name: tensor.clone() for name, tensor in head.state_dict().items()}


def test_clouds_apart_are_told_apart_with_probabilities_that_sum_to_one():
    x, y = clouds()
    rows = answers(fit_mlp(x, y, None, 0, POPULATION), x)
    assert (rows.argmax(axis=1) == y).all()
    np.testing.assert_allclose(np.exp(rows).sum(axis=1), 1, rtol=1e-5)


def test_the_seed_decides_and_nothing_else_does():
    x, y = clouds()
    first = fit_mlp(x, y, None, 5, SHORT)
    torch.rand(7)  # another state of torch's own generator
    before = torch.get_rng_state()
    second, other = fit_mlp(x, y, None, 5, SHORT), fit_mlp(x, y, None, 6, SHORT)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(tensor, weights(second)[name]) for name, tensor in weights(first).items())
    assert not torch.equal(first.out.weight, other.out.weight)


def test_tuning_starts_from_a_head_and_leaves_that_one_alone():
    x, y = clouds()
    start = fit_mlp(x, y, None, 0, POPULATION)
    kept = weights(start)
    tuned = fit_mlp(x[::20], y[::20], start, 0, MLPTraining(epochs=1, rate=1e-4))
    assert all(torch.equal(tensor, kept[name]) for name, tensor in weights(start).items())
    assert not torch.equal(tuned.out.weight, start.out.weight)
    assert (answers(tuned, x).argmax(axis=1) == y).all()  # three steps alone, from scratch, would not do that


def test_a_gesture_with_few_windows_weighs_as_much_as_the_others():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [950, 50])
    x = (rng.standard_normal((1000, 2)) + np.array([[-0.7], [0.7]])[y]).astype(np.float32)
    said = answers(fit_mlp(x, y, None, 0, SHORT), x).argmax(axis=1)
    assert abs((said[y == 1] == 1).mean() - (said[y == 0] == 0).mean()) < 0.15


def test_ten_gestures_of_two_trials_are_fitted_in_less_than_a_second():
    x, y = clouds(sizes=(138,) * 10, features=185)  # two trials of 69 windows
    start = fit_mlp(x, y, None, 0, SHORT)
    begin = time.process_time()
    fit_mlp(x, y, start, 0, USER)
    assert time.process_time() - begin < 1


def test_a_gesture_without_windows_is_refused():
    x, y = clouds()
    with pytest.raises(DatasetError, match="no window"):
        fit_mlp(x[y != 1], y[y != 1], None, 0, SHORT)


def test_a_start_of_other_gestures_is_refused():
    x, y = clouds()
    start = fit_mlp(x, y, None, 0, SHORT)
    with pytest.raises(DatasetError, match="3 gestures"):
        fit_mlp(x[y < 2], y[y < 2], start, 0, SHORT)
    with pytest.raises(DatasetError, match="6 features"):
        fit_mlp(x[:, :5], y, start, 0, SHORT)


@given(st.floats(0.01, 1e4), st.floats(-1e3, 1e3))
def test_standardised_features_have_no_unit(gain, offset):
    x = np.random.default_rng(0).standard_normal((50, 3))
    moved = (gain * x + offset).astype(np.float32)
    standard = Standardise.of(moved)(torch.from_numpy(moved))
    expected = Standardise.of(x.astype(np.float32))(torch.from_numpy(x).float())
    torch.testing.assert_close(standard, expected, rtol=0, atol=0.1)


def test_a_feature_that_never_moves_stays_finite():
    x = np.ones((9, 2), np.float32)
    assert Standardise.of(x)(torch.from_numpy(x)).isfinite().all()
