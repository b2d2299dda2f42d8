"""A user's head in closed form: one Gaussian per gesture in the plane that tells the gestures apart best.

Linear discriminant analysis after Fisher 1936 and Rao 1948, its covariance shrunk after Ledoit and Wolf 2004, gives at
most K - 1 directions; in them each gesture keeps a covariance of its own, shrunk towards the common one after
Friedman 1989. Fitting is algebra: nothing to iterate, the same answer every time.

F feature, K class, D direction.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from sklearn.covariance import ledoit_wolf
from torch import Tensor

from models.errors import DatasetError
from models.networks.heads import GaussianHead

Matrix = npt.NDArray[np.float64]
FLOOR = 1e-3
"""Least variance of a standardised direction."""


@dataclass(frozen=True, slots=True)
class _Plane:
    project: Matrix
    offset: Matrix

    def __call__(self, x: Matrix) -> Matrix:
        return x @ self.project - self.offset


def fit_gaussians(features: npt.NDArray[np.float32], y: npt.NDArray[np.int64], own: float = 0.3) -> GaussianHead:
    """(window, F) and (window,) class indices -> a head; ``own`` is each gesture's share of its own covariance.

    Raises:
        DatasetError: a class has less than two windows.
    """
    counts = np.bincount(y)
    if counts.min() < 2:
        raise DatasetError("a gesture has less than two windows: record at least one whole trial of each")
    x = features.astype(np.float64)
    plane = _discriminants(x, y, len(counts))
    seen = plane(x)
    centres = np.stack([seen[y == k].mean(axis=0) for k in range(len(counts))])
    common = np.eye(seen.shape[1])
    covariances = [own * np.cov(seen[y == k].T).reshape(common.shape) + (1 - own) * common for k in range(len(counts))]
    roots = np.stack([np.linalg.cholesky(np.linalg.inv(covariance)) for covariance in covariances])
    return GaussianHead(_float(plane.project), _float(plane.offset), _float(centres), _float(roots)).eval()


def _discriminants(x: Matrix, y: npt.NDArray[np.int64], classes: int) -> _Plane:
    """The directions of largest variance between classes, in units of the deviation within them."""
    mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-6
    standard = (x - mean) / deviation
    centres = np.stack([standard[y == k].mean(axis=0) for k in range(classes)])
    values, vectors = np.linalg.eigh(np.mean([_covariance(standard[y == k]) for k in range(classes)], axis=0))
    whiten = vectors / np.sqrt(values + FLOOR)
    between = (centres - centres.mean(axis=0)) @ whiten
    directions = np.linalg.svd(between, full_matrices=False)[2][: classes - 1].T
    project = whiten @ directions / deviation[:, np.newaxis]
    return _Plane(project, mean @ project)


def _covariance(x: Matrix) -> Matrix:
    """Of one gesture (window, F), its correlations shrunk towards none: how much, each gesture's windows tell."""
    deviation = x.std(axis=0) + 1e-6
    shrunk: Matrix = ledoit_wolf((x - x.mean(axis=0)) / deviation)[0]
    return shrunk * np.outer(deviation, deviation)


def _float(x: Matrix) -> Tensor:
    return torch.from_numpy(np.asarray(x, np.float32))
