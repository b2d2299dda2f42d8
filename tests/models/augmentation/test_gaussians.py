import numpy as np
import pytest

from models.augmentation.gaussians import fit_class_gaussians
from models.errors import DatasetError


def two_gestures(rng, n=400, d=3):
    root = rng.standard_normal((2, d, d))
    centres = np.array([[0.0] * d, [4.0] * d])
    parts = [centres[k] + rng.standard_normal((n, d)) @ root[k].T for k in range(2)]
    return np.concatenate(parts).astype(np.float32), np.repeat([0, 1], n)


@pytest.mark.parametrize("label", [0, 1])
def test_samples_have_the_mean_and_the_covariance_of_the_fit(label):
    rng = np.random.default_rng(0)
    gaussians, n = fit_class_gaussians(*two_gestures(rng)), 40_000
    drawn = gaussians.sample(label, n, rng)
    wide = np.diag(gaussians.covariances[label])
    assert drawn.dtype == np.float32
    # four standard errors of a mean, and of a covariance: sqrt((c_ij^2 + c_ii c_jj) / n)
    assert (np.abs(drawn.mean(axis=0) - gaussians.means[label]) < 4 * np.sqrt(wide / n)).all()
    error = np.sqrt((gaussians.covariances[label] ** 2 + np.outer(wide, wide)) / n)
    assert (np.abs(np.cov(drawn.T) - gaussians.covariances[label]) < 4 * error).all()


def test_the_fit_is_that_of_the_data():
    features, y = two_gestures(np.random.default_rng(1))
    gaussians = fit_class_gaussians(features, y)
    for label in (0, 1):
        np.testing.assert_allclose(gaussians.means[label], features[y == label].mean(axis=0), atol=1e-5)
        np.testing.assert_allclose(gaussians.covariances[label], np.cov(features[y == label].T), rtol=0.1, atol=0.1)


def test_fewer_windows_than_features_still_give_a_gaussian():
    rng = np.random.default_rng(0)
    features = rng.standard_normal((20, 128)).astype(np.float32)
    gaussians = fit_class_gaussians(features, np.repeat([0, 1], 10))
    assert np.linalg.eigvalsh(gaussians.covariances[1]).min() > 0.9e-4
    drawn = gaussians.sample(1, 4000, rng)
    spread = np.trace(np.cov(drawn.T)) / np.trace(gaussians.covariances[1])
    assert spread == pytest.approx(1, abs=0.02)


def test_windows_that_are_all_alike_do_too():
    gaussians = fit_class_gaussians(np.ones((6, 4), np.float32), np.repeat([0, 1], 3))
    np.testing.assert_allclose(gaussians.covariances[0], 1e-4 * np.eye(4), atol=1e-12)


def test_mahalanobis_counts_in_the_gestures_own_deviations():
    rng = np.random.default_rng(2)
    gaussians = fit_class_gaussians(*two_gestures(rng))
    values, vectors = np.linalg.eigh(gaussians.covariances[0])
    points = gaussians.means[0] + 2 * np.sqrt(values)[:, np.newaxis] * vectors.T
    np.testing.assert_allclose(gaussians.mahalanobis(points, 0), [2, 2, 2])


@pytest.mark.parametrize("labels", [[0, 0, 0, 1], [0, 0, 2, 2], []])
def test_a_gesture_without_windows_is_refused(labels):
    with pytest.raises(DatasetError, match="give at least one trial each"):
        fit_class_gaussians(np.zeros((len(labels), 2), np.float32), np.array(labels, np.int64))
