"""Train the classical baseline: time-domain features, standardised, and a shrinkage linear discriminant."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from scipy.linalg import cho_factor, cho_solve
from sklearn.covariance import ledoit_wolf
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from models.datasets.trials import Trial
from models.networks.heads import LinearHead
from models.networks.time_domain import TimeDomain
from models.spec import ModelSpec
from models.training.effort import effort_of
from models.training.lesson import More, lesson_of
from models.training.result import EXAMPLES, TrainedModel, trial_facts
from models.training.windows import Cut, cut, shape_of

WINDOW_S = 0.25
FLOOR = 1e-12
"""Least variance of a standardised feature: those of a signal that never changes have a head too."""


@dataclass(frozen=True, slots=True)
class LDATraining:
    """How to train; there is nothing to tune, so no validation trial either."""

    name: str
    labels: tuple[str, ...]
    train_hop_s: float = 0.125
    live_hop_s: float = 0.025
    simulated: bool = False


def train_lda(trials: Sequence[Trial], config: LDATraining, more: More | None = None) -> TrainedModel:
    """Fit on all the trials given, and on other windows where there are ``more``.

    Raises:
        DatasetError: the trials do not fit together, or others do not fit them.
    """
    spec, encoder = _untrained(*shape_of(trials), config)
    windows = cut(trials, config.labels, Cut.of(spec, config.train_hop_s))
    lesson = lesson_of(windows, config.labels, more)
    return TrainedModel(
        spec,
        config.labels,
        encoder,
        fit_head(features_of(encoder, lesson.x), lesson.y),
        windows.x[:: max(1, len(windows) // EXAMPLES)],
        {
            "Network": f"models/networks/time_domain.py: {spec.features} features; linear discriminant, shrinkage auto",
            **trial_facts(trials),
            "Training windows": f"{len(windows)}, every {1000 * config.train_hop_s:g} ms",
            **lesson.facts,
        },
        effort_of(config.labels, windows),
    )


def fit_head(features: npt.NDArray[np.float32], y: npt.NDArray[np.int64]) -> LinearHead:
    """(window, F) and (window,) -> a head; the standardisation of the features is folded into its layer.

    Solved by Cholesky's factors: for the thousands of features of a grid the usual singular values take minutes.
    """
    mean, deviation = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64) + 1e-6
    x = (features - mean) / deviation
    classes = [x[y == k] for k in np.unique(y)]
    priors = np.array([len(part) / len(x) for part in classes])
    covariance = FLOOR * np.eye(x.shape[1])
    for prior, part in zip(priors, classes, strict=True):
        covariance += prior * _covariance(part)
    centres = np.stack([part.mean(axis=0) for part in classes])
    weights = cho_solve(cho_factor(covariance), centres.T).T
    biases = np.log(priors) - (weights * centres).sum(axis=1) / 2
    weights = weights / deviation
    return LinearHead(_float(weights), _float(biases - weights @ mean)).eval()


def _covariance(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Of one class (window, F), its correlations shrunk towards none after Ledoit and Wolf 2004."""
    scaler = StandardScaler()
    shrunk: npt.NDArray[np.float64] = ledoit_wolf(scaler.fit_transform(x))[0]
    return shrunk * np.outer(scaler.scale_, scaler.scale_)


def _untrained(rate_hz: float, channels: int, config: LDATraining) -> tuple[ModelSpec, TimeDomain]:
    encoder = TimeDomain(rate_hz, channels)
    spec = ModelSpec(
        name=config.name,
        rate_hz=rate_hz,
        channels=channels,
        window=round(WINDOW_S * rate_hz),
        hop=round(config.live_hop_s * rate_hz),
        features=encoder.features,
        simulated=config.simulated,
    )
    return spec, encoder.eval()


@torch.no_grad()
def features_of(encoder: TimeDomain, x: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(window, T, C) filtered microvolts -> (window, F)."""
    parts = [encoder(part) for part in torch.from_numpy(x).split(512)]
    features: npt.NDArray[np.float32] = torch.cat(parts).numpy()
    return features


def _float(x: npt.NDArray[np.floating]) -> Tensor:
    return torch.from_numpy(np.asarray(x, np.float32))
