"""A head that gestures can be added to: what it knows of a gesture depends on that gesture's windows alone.

Each gesture has a density of its own, a mixture of Gaussians in equal parts: one Gaussian for all people, or one for
each. Means and shrunk covariances (Ledoit and Wolf 2004) are in units that the first gestures fix. Old gestures are the
very same objects after new ones came; an old window can still be lost to a new gesture that claims it more strongly.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from sklearn.covariance import ledoit_wolf

from models.errors import DatasetError
from models.experiments.protocol import Array, Labels

FLOOR: Final = 1e-6
"""Least deviation of a feature."""
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Windows after the frozen part of a network."""

    x: Array
    """(window, F)."""
    y: Labels
    """(window,) class indices."""
    person: npt.NDArray[np.str_]
    """(window,) whose."""

    def part(self, rows: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> "Seen":
        """Some of them, in this order."""
        return Seen(self.x[rows], self.y[rows], self.person[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Gaussian:
    """Where the features of a gesture lie."""

    centre: Matrix  # (F,)
    root: Matrix  # (F, F), whose product with its transpose is the precision

    @classmethod
    def of(cls, x: Matrix) -> "Gaussian":
        """Mean and shrunk covariance of (window, F)."""
        return cls(x.mean(axis=0), np.linalg.cholesky(np.linalg.inv(ledoit_wolf(x)[0])))

    def log_density(self, x: Matrix) -> Matrix:
        """(window, F) -> (window,), less a constant that all share."""
        away = (x - self.centre) @ self.root
        density: Matrix = np.log(np.diagonal(self.root)).sum() - np.square(away).sum(axis=1) / 2
        return density


@dataclass(frozen=True, slots=True, eq=False)
class GrowingHead:
    """(window, F) -> (window, K) log-probabilities."""

    mean: Array
    """(F,) of the windows of the first gestures."""
    deviation: Array
    """(F,) of the same."""
    by_person: bool
    gestures: tuple[tuple[Gaussian, ...], ...] = ()
    """K mixtures."""

    @classmethod
    def first(cls, learn: Seen, by_person: bool) -> "GrowingHead":
        """Knows the gestures 0 to k. Raises ``DatasetError`` as ``more`` does."""
        return cls(learn.x.mean(axis=0), learn.x.std(axis=0) + FLOOR, by_person).more(learn)

    def more(self, learn: Seen) -> "GrowingHead":
        """With new gestures behind the known ones.

        Raises:
            DatasetError: their indices do not go on where the known ones end, or somebody has less than two windows.
        """
        found = np.unique(learn.y)
        if found.tolist() != list(range(len(self.gestures), len(self.gestures) + len(found))):
            raise DatasetError(f"{len(self.gestures)} gestures are known: number the new ones from there, without gaps")
        added = tuple(self._mixture(learn.part(learn.y == gesture)) for gesture in found)
        return GrowingHead(self.mean, self.deviation, self.by_person, self.gestures + added)

    def __call__(self, x: Array) -> Array:
        """(window, F) -> (window, K) log-probabilities."""
        standard = self._standard(x)
        densities = [
            np.logaddexp.reduce([part.log_density(standard) for part in parts]) - np.log(len(parts))
            for parts in self.gestures
        ]
        answers: Array = torch.from_numpy(np.stack(densities, axis=1)).log_softmax(dim=1).float().numpy()
        return answers

    def _mixture(self, own: Seen) -> tuple[Gaussian, ...]:
        whose = [own.person == name for name in np.unique(own.person)] if self.by_person else [own.y >= 0]
        if min(part.sum() for part in whose) < 2:
            raise DatasetError("a gesture has less than two windows: record at least one whole trial of each")
        return tuple(Gaussian.of(self._standard(own.x[part])) for part in whose)

    def _standard(self, x: Array) -> Matrix:
        return ((x - self.mean) / self.deviation).astype(np.float64)
