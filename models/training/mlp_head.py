"""Train the MLP head: for everybody from other people's features, then for one user from theirs.

Features come standardised by constants that belong to the frozen part of the model (``Standardise``), so nothing but
the two layers of the head learns from a user.
"""

from copy import deepcopy
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.errors import DatasetError
from models.networks.heads import MLPHead

HIDDEN: Final = 256
DROPOUT: Final = 0.3


@dataclass(frozen=True, slots=True)
class MLPTraining:
    """How to train; all epochs are run, nothing is validated."""

    epochs: int
    rate: float
    """Learning rate of AdamW at its highest: it rises over the first 30 % of the steps, then falls to almost 0."""
    batch: int = 64
    weight_decay: float = 1e-2
    smoothing: float = 0.05
    """Share of the truth that is spread over all gestures."""


POPULATION: Final = MLPTraining(epochs=15, rate=3e-3)
USER: Final = MLPTraining(epochs=15, rate=6e-3, batch=128)


class Standardise(nn.Module):
    """Zero mean and unit variance, by constants."""

    def __init__(self, mean: Tensor, deviation: Tensor) -> None:
        super().__init__()
        self.mean: Tensor
        self.deviation: Tensor
        self.register_buffer("mean", mean)  # (F,)
        self.register_buffer("deviation", deviation)  # (F,)

    @classmethod
    def of(cls, features: npt.NDArray[np.float32]) -> "Standardise":
        """The constants of (window, F)."""
        mean, deviation = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64) + 1e-6
        return cls(torch.from_numpy(mean).float(), torch.from_numpy(deviation).float())

    def forward(self, x: Tensor) -> Tensor:  # (B, F)
        """(B, F) -> (B, F)."""
        return (x - self.mean) / self.deviation


def fit_mlp(
    features: npt.NDArray[np.float32], y: npt.NDArray[np.int64], start: MLPHead | None, seed: int, how: MLPTraining
) -> MLPHead:
    """Standardised (window, F) and (window,) class indices -> a head: a tuned copy of ``start``, or a new one.

    Each class weighs alike, however many windows it has. The same arguments give the same head.

    Raises:
        DatasetError: a class has no window, or ``start`` is a head of other features or classes.
    """
    counts = np.bincount(y)
    if not counts.all():
        raise DatasetError("a gesture has no window: record at least one whole trial of each")
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        head = _head(features.shape[1], len(counts), start)
        weights = torch.from_numpy(len(y) / (len(counts) * counts[y])).float()
        _train(head, torch.from_numpy(features), torch.from_numpy(y), weights, how)
    return head.eval()


def _head(features: int, classes: int, start: MLPHead | None) -> MLPHead:
    if start is None:
        return MLPHead(nn.Linear(features, HIDDEN), nn.Linear(HIDDEN, classes), DROPOUT)
    if (start.hidden.in_features, start.out.out_features) != (features, classes):
        raise DatasetError(
            f"the head to start from has {start.hidden.in_features} features and {start.out.out_features} gestures, "
            f"the trials have {features} and {classes}: choose the head of this encoder and these gestures"
        )
    return deepcopy(start)


def _train(head: MLPHead, x: Tensor, y: Tensor, weights: Tensor, how: MLPTraining) -> None:
    head.train()
    optimiser = torch.optim.AdamW(head.parameters(), how.rate, weight_decay=how.weight_decay, fused=True)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, how.rate, how.epochs * -(-len(x) // how.batch))
    for _ in range(how.epochs):
        for part in torch.randperm(len(x)).split(how.batch):
            optimiser.zero_grad()
            # the cross-entropy takes a logarithmic softmax once more, which changes nothing; its own class weights
            # would weigh the smoothed share of every window too, and so favour gestures with few windows
            losses = F.cross_entropy(head(x[part]), y[part], reduction="none", label_smoothing=how.smoothing)
            (weights[part] * losses).mean().backward()
            optimiser.step()
            rate.step()
