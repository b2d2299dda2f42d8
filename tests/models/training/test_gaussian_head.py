import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.errors import DatasetError
from models.training.gaussian_head import fit_gaussians


def clouds(classes=3, size=40, features=6, seed=0):
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(classes), size)
    x = rng.standard_normal((len(y), features)) + 6 * rng.standard_normal((classes, features))[y]
    return x.astype(np.float32), y


def answers(head, x):
    with torch.no_grad():
        return head(torch.from_numpy(x)).numpy()


def test_clouds_apart_are_told_apart_with_probabilities_that_sum_to_one():
    x, y = clouds()
    rows = answers(fit_gaussians(x, y), x)
    assert (rows.argmax(axis=1) == y).all()
    np.testing.assert_allclose(np.exp(rows).sum(axis=1), 1, rtol=1e-5)


def test_two_gestures_with_one_centre_are_told_apart_by_their_spread():
    """What a linear discriminant cannot do: its directions come from a third gesture, the spread decides."""
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], 400)
    x = rng.standard_normal((1200, 2)) * np.array([0.3, 3.0, 1.0])[y, None] + np.array([0.0, 0.2, 20.0])[y, None]
    rows = answers(fit_gaussians(x.astype(np.float32), y, own=1.0), x.astype(np.float32))
    assert (rows.argmax(axis=1) == y)[y < 2].mean() > 0.75


def test_more_features_than_windows_are_no_problem():
    x, y = clouds(size=5, features=185)
    assert (answers(fit_gaussians(x, y), x).argmax(axis=1) == y).all()


def test_a_feature_that_never_moves_is_no_problem():
    x, y = clouds()
    x[:, 2] = 7.0
    assert np.isfinite(answers(fit_gaussians(x, y), x)).all()


@given(st.floats(0.01, 1e4), st.floats(-1e3, 1e3))
def test_units_of_a_feature_do_not_matter(gain, offset):
    x, y = clouds()
    moved = x.copy()
    moved[:, 1] = gain * x[:, 1] + offset
    same, other = answers(fit_gaussians(x, y), x), answers(fit_gaussians(moved, y), moved)
    assert (same.argmax(axis=1) == other.argmax(axis=1)).all()


def test_a_gesture_of_one_window_is_refused():
    x, y = clouds()
    with pytest.raises(DatasetError, match="whole trial"):
        fit_gaussians(x[:41], y[:41])
