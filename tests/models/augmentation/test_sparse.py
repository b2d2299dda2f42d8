from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from models.augmentation.gaussians import fit_class_gaussians
from models.augmentation.sparse import Gesture, SASSOptions, rarity, sparse_aware
from models.errors import DatasetError

HOW = SASSOptions(confidence=0.5)
SQUARE = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)


def test_rarity_is_the_radius_of_the_smallest_sphere_that_holds_the_point():
    real = np.concatenate([SQUARE, [[4, 0]]]).astype(np.float32)  # first neighbours at 1, and at 3 from (1, 0)
    points = np.array([[0, 0], [0.5, 0.5], [2.5, 0], [6.9, 0], [1.4, 0]], np.float32)
    np.testing.assert_allclose(rarity(points, real, 1), [1, 1, 3, 3, 1])


def test_the_second_neighbour_makes_larger_spheres():
    point = np.array([[2, 1]], np.float32)  # a step right of the square, whose diagonals are longer
    assert rarity(point, SQUARE, 2) == 1
    assert rarity(point, SQUARE, 3) == pytest.approx(np.sqrt(2))


def test_what_no_sphere_holds_is_rejected():
    assert np.isnan(rarity(np.array([[3, 3]], np.float32), SQUARE, 1)).all()


def test_it_grows_with_isolation():
    line = np.array([[0, 0], [1, 0], [3, 0], [6, 0], [10, 0]], np.float32)
    scores = rarity(line, line, 1)
    assert (np.diff(scores) >= 0).all()
    assert scores[-1] == 4


def test_a_sphere_needs_neighbours():
    with pytest.raises(DatasetError, match="4 real windows of a gesture have no 5-th neighbour"):
        rarity(SQUARE, SQUARE, 5)


@pytest.fixture(scope="module")
def mixture() -> Gesture:
    """A dense and a sparse cluster of one gesture, another gesture to the left, and a classifier of the two."""
    rng = np.random.default_rng(0)
    dense, sparse = rng.normal(0, 0.3, (180, 2)), rng.normal((2.5, 0), 0.6, (20, 2))
    left = rng.normal((-4, 0), 0.5, (100, 2))
    features = np.concatenate([left, dense, sparse]).astype(np.float32)
    gaussians = fit_class_gaussians(features, np.repeat([0, 1], [100, 200]))

    def classifier(x):
        right = 1 / (1 + np.exp(-2 * (x[:, 0] + 0.5)))
        return np.stack([1 - right, right], axis=1).astype(np.float32)

    return Gesture(1, features[100:], gaussians, classifier)


def avg_knn(made, real, k=5):
    return np.sort(cdist(made, real), axis=1)[:, :k].mean()


def test_conditions_lie_further_from_real_windows_than_draws_do(mixture):
    made = sparse_aware(mixture, 100, HOW, np.random.default_rng(1))
    drawn = mixture.gaussians.sample(1, 100, np.random.default_rng(1))
    vouched = drawn[np.isfinite(rarity(drawn, mixture.real))]
    assert made.shape == (100, 2)
    assert made.dtype == np.float32
    assert avg_knn(made, mixture.real) > 1.2 * avg_knn(drawn, mixture.real) > 1.2 * avg_knn(vouched, mixture.real)


def test_the_classifier_is_sure_of_every_condition(mixture):
    made = sparse_aware(mixture, 100, HOW, np.random.default_rng(1))
    assert mixture.classifier(made)[:, 1].min() >= HOW.confidence


def test_they_stay_within_the_ellipsoid_of_the_gesture(mixture):
    made = sparse_aware(mixture, 100, replace(HOW, step=1.0), np.random.default_rng(1))
    distance = mixture.gaussians.mahalanobis(made, 1)
    assert distance.max() <= 3.0350  # of two features, 99 %
    assert distance.max() > 3.03


def test_steps_drive_them_apart(mixture):
    still, moved = (sparse_aware(mixture, 50, replace(HOW, steps=n), np.random.default_rng(1)) for n in (0, 10))
    assert avg_knn(moved, mixture.real) > avg_knn(still, mixture.real)
    assert cdist(moved, moved).mean() > cdist(still, still).mean()


def test_the_same_draws_give_the_same_conditions(mixture):
    first, again, other = (sparse_aware(mixture, 20, HOW, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_what_is_missing_is_drawn_anew_until_the_rounds_are_over(mixture):
    few = Gesture(1, mixture.real, mixture.gaussians, lambda x: np.repeat(x[:, :1] > 2.2, 2, axis=1).astype(np.float32))
    once, often = (len(sparse_aware(few, 100, replace(HOW, rounds=n), np.random.default_rng(0))) for n in (1, 10))
    assert 0 < once < often <= 100


@pytest.mark.parametrize(("gestures", "confidence"), [(2, 0.5), (6, 0.5), (10, 0.3), (49, 0.15)])
def test_the_confidence_asked_for_falls_with_chance(gestures, confidence):
    assert SASSOptions.of(gestures) == SASSOptions(confidence=confidence)


def test_a_classifier_that_never_agrees_leaves_none(mixture):
    doubter = Gesture(1, mixture.real, mixture.gaussians, lambda x: np.zeros((len(x), 2), np.float32))
    assert sparse_aware(doubter, 10, HOW, np.random.default_rng(0)).shape == (0, 2)
