"""Train the hybrid model for everybody: the encoder across people, then one MLP head for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from models.datasets.trials import Trial
from models.networks.hybrid import HybridEncoder
from models.spec import ModelSpec
from models.training.effort import effort_of
from models.training.loop import OnProgress
from models.training.mlp_head import POPULATION, Standardise, fit_mlp
from models.training.result import EXAMPLES, TrainedModel, trial_facts
from models.training.train_hybrid import WINDOW_S, HybridTraining, train_hybrid
from models.training.windows import Cut, cut


@dataclass(frozen=True, slots=True)
class PooledTraining:
    """How to train; all epochs are run, nothing is validated."""

    name: str
    labels: tuple[str, ...]
    seed: int = 0
    epochs: int = 10
    """Of the encoder."""
    train_hop_s: float = 0.0625
    """Between the windows that the head learns from."""
    live_hop_s: float = 0.025
    simulated: bool = False


def train_pooled(
    trials: Sequence[Trial], config: PooledTraining, out: Path, on_progress: OnProgress = lambda _: None
) -> TrainedModel:
    """Train on the trials, keeping checkpoints in ``out``; a training that was stopped there goes on.

    Raises:
        DatasetError: the trials do not fit together.
        ModelMismatch: ``out`` holds a training of other settings or data.
        ModelUnreadable: a checkpoint is damaged.
    """
    encoder = train_hybrid(trials, HybridTraining(config.labels, config.seed, config.epochs), out, on_progress)
    spec = _spec(trials[0], encoder, config)
    windows = cut(trials, config.labels, Cut.of(spec, config.train_hop_s))
    features = _features(encoder, windows.x)
    standardise = Standardise.of(features)
    head = fit_mlp(standardise(torch.from_numpy(features)).numpy(), windows.y, None, config.seed, POPULATION)
    return TrainedModel(
        spec,
        config.labels,
        nn.Sequential(encoder, standardise).eval(),
        head,
        windows.x[:: max(1, len(windows) // EXAMPLES)],
        _facts(encoder, trials, config, len(windows)),
        effort_of(config.labels, windows),
    )


def _spec(trial: Trial, encoder: HybridEncoder, config: PooledTraining) -> ModelSpec:
    return ModelSpec(
        name=config.name,
        rate_hz=trial.rate_hz,
        channels=trial.samples.shape[1],
        window=round(WINDOW_S * trial.rate_hz),
        hop=round(config.live_hop_s * trial.rate_hz),
        features=encoder.features,
        simulated=config.simulated,
    )


@torch.no_grad()
def _features(encoder: HybridEncoder, x: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    features: npt.NDArray[np.float32] = torch.cat([encoder(part) for part in torch.from_numpy(x).split(256)]).numpy()
    return features


def _facts(encoder: HybridEncoder, trials: Sequence[Trial], config: PooledTraining, windows: int) -> dict[str, str]:
    weights = sum(parameter.numel() for parameter in encoder.parameters())
    learned, classical = encoder.learned.features, encoder.features - encoder.learned.features
    return {
        "Network": f"models/networks/hybrid.py: {learned} learned features ({weights:,} weights) and {classical} "
        "classical ones, standardised; MLP head of one hidden layer (models/training/mlp_head.py)",
        **trial_facts(trials),
        "Encoder": f"{config.epochs} epochs with a linear head per person; batch 256; seed {config.seed}",
        "Windows of the head": f"{windows}, every {1000 * config.train_hop_s:g} ms, {POPULATION.epochs} epochs",
        "Validation": "none, all epochs",
    }
