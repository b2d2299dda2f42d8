"""Train the classical baseline: time-domain features, standardised, and a shrinkage linear discriminant."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from torch import Tensor

from models.datasets.trials import Trial
from models.networks.heads import LinearHead
from models.networks.time_domain import TimeDomain
from models.spec import ModelSpec
from models.training.effort import effort_of
from models.training.result import EXAMPLES, TrainedModel, trial_facts
from models.training.windows import Cut, cut, shape_of

WINDOW_S = 0.25


@dataclass(frozen=True, slots=True)
class LDATraining:
    """How to train; there is nothing to tune, so no validation trial either."""

    name: str
    labels: tuple[str, ...]
    train_hop_s: float = 0.125
    live_hop_s: float = 0.025
    simulated: bool = False


def train_lda(trials: Sequence[Trial], config: LDATraining) -> TrainedModel:
    """Fit on all the trials given.

    Raises:
        DatasetError: the trials do not fit together.
    """
    spec, encoder = _untrained(*shape_of(trials), config)
    windows = cut(trials, config.labels, Cut.of(spec, config.train_hop_s))
    features = _features(encoder, windows.x)
    return TrainedModel(
        spec,
        config.labels,
        encoder,
        fit_head(features, windows.y),
        windows.x[:: max(1, len(windows) // EXAMPLES)],
        {
            "Network": f"models/networks/time_domain.py: {spec.features} features; linear discriminant, shrinkage auto",
            **trial_facts(trials),
            "Training windows": f"{len(windows)}, every {1000 * config.train_hop_s:g} ms",
        },
        effort_of(config.labels, windows),
    )


def fit_head(features: npt.NDArray[np.float32], y: npt.NDArray[np.int64]) -> LinearHead:
    """(window, F) and (window,) -> a head; the standardisation of the features is folded into its layer."""
    mean, deviation = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64) + 1e-6
    lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    lda.fit((features - mean) / deviation, y)
    weights, biases = lda.coef_, lda.intercept_
    if len(weights) == 1:  # of two classes scikit-learn keeps the second's advantage over the first
        weights, biases = np.vstack([0 * weights, weights]), np.append(0, biases)
    weights = weights / deviation
    return LinearHead(_float(weights), _float(biases - weights @ mean)).eval()


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
def _features(encoder: TimeDomain, x: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    parts = [encoder(part) for part in torch.from_numpy(x).split(512)]
    features: npt.NDArray[np.float32] = torch.cat(parts).numpy()
    return features


def _float(x: npt.NDArray[np.floating]) -> Tensor:
    return torch.from_numpy(np.asarray(x, np.float32))
