from dataclasses import replace

import numpy as np
import pytest

from models.augmentation.judges import MOST, Rarity, Side, avg_knn, cas, fid, judge, lof
from models.errors import DatasetError


def cloud(n=400, d=6, at=0.0, size=1.0, seed=0):
    return (at + size * np.random.default_rng(seed).standard_normal((n, d))).astype(np.float32)


def test_equal_clouds_have_no_distance():
    assert fid(cloud(), cloud()) == pytest.approx(0, abs=1e-6)
    assert fid(cloud(2000, seed=1), cloud(2000, seed=2)) < 0.05


def test_the_distance_of_gaussians_is_the_known_one():
    """Same directions, deviations 1 and 3, centres 2 apart in each of six features: 6 * 2^2 + 6 * (3 - 1)^2."""
    assert fid(cloud(40_000, seed=1), cloud(40_000, at=2, size=3, seed=2)) == pytest.approx(48, rel=0.02)


def test_fewer_windows_than_features_still_have_a_distance():
    assert np.isfinite(fid(cloud(5, 64), cloud(4, 64, seed=3)))
    with pytest.raises(DatasetError, match="two windows on each side"):
        fid(cloud(), cloud(1))


def test_the_mean_distance_to_neighbours_by_hand():
    real = np.array([[0.0], [1.0], [10.0]], np.float32)
    assert avg_knn(np.array([[0.0], [4.0]], np.float32), real, k=2) == pytest.approx((0 + 1 + 3 + 4) / 4)
    with pytest.raises(DatasetError, match="3 real windows are fewer than the 4"):
        avg_knn(real, real, k=4)


def test_outliers_have_a_high_factor():
    inside, outside = lof(cloud(seed=1), cloud()), lof(cloud(at=8, seed=1), cloud())
    assert 0.9 < inside < 1.2
    assert outside > 2
    with pytest.raises(DatasetError, match="record more"):
        lof(cloud(), cloud(20))


def test_accuracy_is_of_what_learned_from_made_windows_alone():
    def learn(x, y):
        assert (x == 0).all()
        return lambda other: np.full(len(other), y[0])

    made = np.zeros((3, 4, 2), np.float32), np.array([1, 1, 1])
    assert cas(made, (np.ones((4, 4, 2), np.float32), np.array([1, 0, 1, 1])), learn) == 0.75


def test_rarity_counts_what_lies_outside_apart():
    summary = Rarity.of(np.array([1.0, np.nan, 3.0, np.nan]))
    assert (summary.outside, summary.mean) == (0.5, 2.0)
    assert np.isnan(Rarity.of(np.array([np.nan])).mean)


def distance_to_nearest(made, real, _):
    return np.linalg.norm(made[:, np.newaxis] - real, axis=2).min(axis=1)


def test_a_verdict_judges_rarity_within_each_gesture_and_says_its_k():
    real = Side(np.concatenate([cloud(9), cloud(9, at=50)]), np.repeat([0, 1], 9))
    made = Side(real.x, real.y)
    verdict = judge(made, real, "CNN, last layer", distance_to_nearest)
    assert (verdict.rarity.mean, verdict.rarity.outside, verdict.fid) == (0, 0, pytest.approx(0, abs=1e-3))
    assert (verdict.k_nearest, verdict.k_outlier, verdict.real, verdict.made) == (5, 17, 18, 18)
    crossed = judge(Side(real.x, 1 - real.y), real, "CNN, last layer", distance_to_nearest)
    assert crossed.rarity.mean > 50
    assert list(verdict.figures()) == ["FID", "AvgKNN", "LOF", "rarity", "outside"]
    assert replace(verdict, cas=0.5).figures()["CAS"] == 0.5


def test_many_windows_are_thinned_evenly():
    verdict = judge(
        Side(cloud(MOST + 5, 2), np.zeros(MOST + 5, int)), Side(cloud(30, 2), np.zeros(30, int)), "x", lambda m, *_: m
    )
    assert (verdict.made, verdict.real) == (MOST, 30)
