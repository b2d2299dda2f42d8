"""GMSS: one Gaussian per gesture in the space of semantic features, from which new conditions are drawn (SYSTEMS 4.3).

The source fits mean and covariance of each class. Ours: the covariance is shrunk after Ledoit and Wolf 2004 and lifted
by 1e-4, because a gesture has fewer windows than features have dimensions, and they overlap.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from sklearn.covariance import ledoit_wolf

from models.errors import DatasetError

Features = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]

LIFT: Final = 1e-4
"""Added to every variance, in squared deviations of a standardised feature."""


@dataclass(frozen=True, slots=True, eq=False)
class ClassGaussians:
    """K Gaussians over d features."""

    means: npt.NDArray[np.float64]
    """(K, d)."""
    covariances: npt.NDArray[np.float64]
    """(K, d, d)."""
    roots: npt.NDArray[np.float64]
    """(K, d, d) lower triangles, whose product with their transpose is the covariance."""

    def sample(self, label: int, n: int, rng: np.random.Generator) -> Features:
        """(n, d) draws of one gesture."""
        drawn = rng.standard_normal((n, self.means.shape[1]))
        samples: Features = (self.means[label] + drawn @ self.roots[label].T).astype(np.float32)
        return samples

    def mahalanobis(self, x: npt.NDArray[np.floating], label: int) -> npt.NDArray[np.float64]:
        """(n, d) -> (n,) distances from the centre of a gesture, in its own deviations."""
        away = np.linalg.solve(self.roots[label], (x - self.means[label]).T)
        distances: npt.NDArray[np.float64] = np.linalg.norm(away, axis=0)
        return distances


def fit_class_gaussians(features: Features, y: Labels) -> ClassGaussians:
    """Standardised features (n, d) and their labels (n,) -> a Gaussian for each label from 0 to the highest.

    Raises:
        DatasetError: a label has fewer than two windows.
    """
    counts = np.bincount(y)
    if not len(counts) or counts.min() < 2:
        raise DatasetError("a gesture has fewer than two windows, and so no spread: give at least one trial each")
    covariances = np.stack([_covariance(features[y == label]) for label in range(len(counts))])
    means = np.stack([features[y == label].astype(np.float64).mean(axis=0) for label in range(len(counts))])
    return ClassGaussians(means, covariances, np.linalg.cholesky(covariances).astype(np.float64))


def _covariance(x: Features) -> npt.NDArray[np.float64]:
    shrunk: npt.NDArray[np.float64] = ledoit_wolf(x.astype(np.float64))[0]
    return shrunk + LIFT * np.eye(x.shape[1])
