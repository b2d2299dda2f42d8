"""SASS: conditions from the sparse parts of a gesture, where real windows are few (SYSTEMS 4.4).

The source names the steps: draw too many, measure how rare each is by its nearest real neighbours, keep the rarest,
move them down potentials of sparsity and diversity, keep those that a classifier still takes for the gesture. The
formulas are ours: rarity after Han et al. 2023 (rarity score), kernels as wide as the typical distance between real
windows, steps of a fixed length, the 99 % ellipsoid of the gesture as a fence.

n windows, d features, K gestures.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist
from scipy.stats import chi2
from sklearn.neighbors import NearestNeighbors

from models.augmentation.gaussians import ClassGaussians, Features
from models.errors import DatasetError

Array = npt.NDArray[np.float64]
Classifier = Callable[[Features], npt.NDArray[np.float32]]
"""(n, d) -> (n, K) probabilities."""

MANY, FEW = 0.15, 0.5
"""Confidence asked for among 40 to 52 gestures, by the source; and among six, where chance is more."""
INSIDE: Final = 0.99
"""Share of a gesture's Gaussian that its ellipsoid holds."""
DIVERSITY: Final = 0.5
"""Weight of the distance to other candidates beside the distance to real windows."""


@dataclass(frozen=True, slots=True)
class SASSOptions:
    """How sparse conditions are found."""

    neighbours: int = 5
    """K, of the distance that makes the sphere round a real window."""
    oversample: int = 5
    """Candidates drawn for each that is wanted."""
    steps: int = 10
    step: float = 0.05
    """Length of a step, per feature, in its deviations."""
    confidence: float = MANY
    """Least probability of the gesture."""
    rounds: int = 10
    """Times that what is missing is drawn anew."""

    @classmethod
    def of(cls, gestures: int) -> "SASSOptions":
        """For that many: three times chance, between the source's 0.15 and 0.5 (SYSTEMS 4.4)."""
        return cls(confidence=min(FEW, max(MANY, 3 / gestures)))


def rarity(candidates: Features, real: Features, k: int = 5) -> Array:
    """Of candidates (n, d) among real windows of the same gesture (m, d): (n,), the higher the rarer.

    Round every real window lies a sphere that reaches to its k-th neighbour. A candidate's rarity is the radius of the
    smallest sphere that holds it; ``nan`` where none does: nothing real vouches for it.

    Raises:
        DatasetError: fewer than k + 1 real windows.
    """
    radii = _radii(real, k)
    inside = cdist(candidates, real) <= radii
    smallest = np.where(inside, radii, np.inf).min(axis=1)
    return np.where(np.isfinite(smallest), smallest, np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class Gesture:
    """What is known of the gesture that lacks windows."""

    label: int
    real: Features
    """(m, d), of its real windows."""
    gaussians: ClassGaussians
    classifier: Classifier


def sparse_aware(gesture: Gesture, n: int, how: SASSOptions, rng: np.random.Generator) -> Features:
    """Conditions (n, d); fewer, or none, where ``rounds`` do not find enough that the classifier accepts.

    Raises:
        DatasetError: fewer real windows of the gesture than a sphere needs.
    """
    found = np.empty((0, gesture.real.shape[1]), np.float32)
    for _ in range(how.rounds):
        moved = _rarest_moved(gesture, n - len(found), how, rng)
        sure = gesture.classifier(moved)[:, gesture.label] >= how.confidence
        found = np.concatenate([found, moved[sure]])
        if len(found) == n:
            break
    return found


def _rarest_moved(gesture: Gesture, n: int, how: SASSOptions, rng: np.random.Generator) -> Features:
    """At most n candidates (n, d), the rarest of those drawn, moved towards where there is nothing yet."""
    drawn = gesture.gaussians.sample(gesture.label, how.oversample * n, rng)
    rare = rarity(drawn, gesture.real, how.neighbours)
    rarest = np.argsort(-rare)[: min(n, np.isfinite(rare).sum())]  # nan comes last
    candidates = drawn[rarest].astype(np.float64)
    width = float(np.median(_radii(gesture.real, how.neighbours)))
    for _ in range(how.steps if len(candidates) else 0):
        away = _away(candidates, gesture.real, how.neighbours, width)
        candidates = _fenced(candidates + how.step * np.sqrt(drawn.shape[1]) * away, gesture)
    return candidates.astype(np.float32)


def _away(candidates: Array, real: Features, k: int, width: float) -> Array:
    """(n, d) unit vectors down the slope of both potentials: from the nearest real windows, and from one another."""
    at = NearestNeighbors(n_neighbors=k).fit(real).kneighbors(candidates, return_distance=False)
    from_real = candidates[:, np.newaxis] - real[at]  # (n, k, d)
    sparsity = (_kernel(np.square(from_real).sum(axis=2), width)[..., np.newaxis] * from_real).mean(axis=1)
    pull = _kernel(cdist(candidates, candidates, "sqeuclidean"), width)  # a candidate's own is times its distance, 0
    diversity = (pull.sum(axis=1, keepdims=True) * candidates - pull @ candidates) / max(1, len(candidates) - 1)
    slope = sparsity + DIVERSITY * diversity
    away: Array = slope / np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), np.finfo(np.float64).tiny)
    return away


def _kernel(squared: Array, width: float) -> Array:
    weight: Array = np.exp(-squared / (2 * width**2))
    return weight


def _fenced(candidates: Array, gesture: Gesture) -> Array:
    """What left the ellipsoid is drawn back onto it, along the line to its centre."""
    centre = gesture.gaussians.means[gesture.label]
    limit = np.sqrt(chi2.ppf(INSIDE, candidates.shape[1]))
    distance = gesture.gaussians.mahalanobis(candidates, gesture.label)
    within: Array = centre + (candidates - centre) * (limit / np.maximum(distance, limit))[:, np.newaxis]
    return within


def _radii(real: Features, k: int) -> Array:
    """(m,) distance of each real window to its k-th neighbour."""
    if len(real) <= k:
        raise DatasetError(f"{len(real)} real windows of a gesture have no {k}-th neighbour: give more trials")
    distances: Array = NearestNeighbors(n_neighbors=k).fit(real).kneighbors()[0][:, -1]
    return distances
