"""How good made windows are, told from features: those that a classifier of the real ones computes (SYSTEMS 4.5).

Fréchet distance after Heusel et al. 2017, classification accuracy score after Ravuri and Vinyals 2019, local outlier
factor after Breunig et al. 2000, rarity after Han et al. 2023. The source judges by features of its task classifier,
not by those of a network of pictures; its numbers of neighbours are unknown, ours stand below. Figures from different
encoders, different k or different numbers of windows are not comparable, so a verdict carries all three.

n made windows, m real ones, d features.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors

from models.errors import DatasetError

Features = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]
Windows = npt.NDArray[np.float32]
Learn = Callable[[Windows, Labels], Callable[[Windows], Labels]]
"""Windows (n, T, C) and labels -> what answers other windows with labels."""

K_NEAREST: Final = 5
K_OUTLIER: Final = 20
MOST: Final = 10_000
"""Windows of each side that are compared; the paper's number."""


def fid(real: Features, made: Features) -> float:
    """Fréchet distance between Gaussians of (m, d) and (n, d): 0 where means and covariances agree.

    Raises:
        DatasetError: a side has fewer than two windows.
    """
    if min(len(real), len(made)) < 2:
        raise DatasetError("a Fréchet distance needs two windows on each side: make or record more")
    first, second = (np.cov(side, rowvar=False, dtype=np.float64).reshape(side.shape[1], -1) for side in (real, made))
    root = _root(first)
    shared = np.sqrt(np.linalg.eigvalsh(root @ second @ root).clip(0)).sum()
    apart = np.square(real.mean(axis=0, dtype=np.float64) - made.mean(axis=0, dtype=np.float64)).sum()
    return float(apart + np.trace(first) + np.trace(second) - 2 * shared)


def avg_knn(made: Features, real: Features, k: int = K_NEAREST) -> float:
    """Mean distance of made windows (n, d) to the k nearest of the real ones (m, d).

    Raises:
        DatasetError: fewer than k real windows.
    """
    _require(real, k)
    distances, _ = NearestNeighbors(n_neighbors=k).fit(real).kneighbors(made)
    return float(distances.mean())


def lof(made: Features, real: Features, k: int = K_OUTLIER) -> float:
    """Mean local outlier factor of made windows (n, d) among the real ones (m, d): about 1 where they are as dense.

    Raises:
        DatasetError: no more than k real windows.
    """
    _require(real, k + 1)
    factors = -LocalOutlierFactor(n_neighbors=k, novelty=True).fit(real).score_samples(made)
    return float(factors.mean())


def cas(made: tuple[Windows, Labels], real: tuple[Windows, Labels], learn: Learn) -> float:
    """Classification accuracy score: what learned from made windows alone, how often is it right on real ones?

    ``real`` must come from trials that neither the generator nor its conditions have seen.
    """
    x, y = real
    return float((learn(*made)(x) == y).mean())


@dataclass(frozen=True, slots=True)
class Rarity:
    """Of made windows, each judged among the real ones of its own gesture."""

    outside: float
    """Share that lies in no sphere round a real window: it has no rarity."""
    mean: float
    """Of the others; not a number where there are none."""

    @classmethod
    def of(cls, scores: npt.NDArray[np.floating]) -> "Rarity":
        """(n,) scores, not numbers where a window lies in no sphere."""
        known = scores[np.isfinite(scores)]
        return cls(1 - len(known) / len(scores), float(known.mean()) if len(known) else float("nan"))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Figures of one made set against one real set."""

    layer: str
    """Of which encoder and layer the features are."""
    real: int
    """Windows compared."""
    made: int
    fid: float
    avg_knn: float
    k_nearest: int
    lof: float
    k_outlier: int
    rarity: Rarity
    cas: float | None = None
    """``None`` where no classifier was trained."""

    def figures(self) -> dict[str, float]:
        """What is judged, by name, for a table; CAS only where it was computed."""
        figures = {"FID": self.fid, "AvgKNN": self.avg_knn, "LOF": self.lof}
        figures |= {"rarity": self.rarity.mean, "outside": self.rarity.outside}
        return figures if self.cas is None else {**figures, "CAS": self.cas}


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Windows as the encoder sees them."""

    x: Features
    """(n, d)."""
    y: Labels
    """(n,)."""


RarityOf = Callable[[Features, Features, int], npt.NDArray[np.float64]]
"""(n, d) candidates, (m, d) real windows and k -> (n,)."""


def judge(made: Side, real: Side, layer: str, rarity: RarityOf) -> Verdict:
    """Everything that features tell. With few real windows k is smaller, and the verdict says so.

    Raises:
        DatasetError: too few windows on a side.
    """
    made, real = _at_most(made), _at_most(real)
    nearest, outlier = (min(k, len(real.x) - 1) for k in (K_NEAREST, K_OUTLIER))
    scores = [
        rarity(made.x[made.y == label], real.x[real.y == label], K_NEAREST) for label in np.unique(made.y).tolist()
    ]
    return Verdict(
        layer,
        len(real.x),
        len(made.x),
        fid(real.x, made.x),
        avg_knn(made.x, real.x, nearest),
        nearest,
        lof(made.x, real.x, outlier),
        outlier,
        Rarity.of(np.concatenate(scores)),
    )


def _at_most(side: Side) -> Side:
    """Evenly thinned to ``MOST``."""
    if len(side.x) <= MOST:
        return side
    kept = np.linspace(0, len(side.x) - 1, MOST).astype(np.int64)
    return Side(side.x[kept], side.y[kept])


def _root(covariance: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    values, vectors = np.linalg.eigh(covariance)
    root: npt.NDArray[np.float64] = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    return root


def _require(real: Features, count: int) -> None:
    if len(real) < count:
        raise DatasetError(f"{len(real)} real windows are fewer than the {count} that are asked for: record more")
