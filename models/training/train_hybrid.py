"""Train the learned part of the hybrid encoder across people, each with a linear head that is then thrown away."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.datasets.trials import Trial
from models.networks.hybrid import HybridEncoder, LearnedFeatures, ManyPeople
from models.training.augment import Augmentation, batches
from models.training.loop import OnProgress, Stage, claim, fit
from models.training.windows import Cut, Windows, cut, shape_of

WINDOW_S = 0.25


@dataclass(frozen=True, slots=True)
class HybridTraining:
    """How to train; all epochs are run, nothing is validated."""

    labels: tuple[str, ...]
    seed: int = 0
    epochs: int = 8
    batch: int = 256
    rate: float = 4e-3
    """Learning rate of Adam at the start."""
    window_s: float = WINDOW_S
    hop_s: float = 0.125
    augmentation: Augmentation = field(default_factory=lambda: Augmentation(jitter=250))
    """Half a hop of jitter, at 4 kHz, lets a window start at any sample."""


def train_hybrid(
    trials: Sequence[Trial], config: HybridTraining, work: Path, on_progress: OnProgress = lambda _: None
) -> HybridEncoder:
    """An encoder for people who are not in the trials; checkpoints lie in ``work``.

    Raises:
        DatasetError: the trials do not fit together.
        ModelMismatch: ``work`` holds a training of other settings or data.
        ModelUnreadable: a checkpoint is damaged.
    """
    rate_hz, channels = shape_of(trials)
    wide = Cut(round(config.window_s * rate_hz) + 2 * config.augmentation.jitter, round(config.hop_s * rate_hz))
    windows = _of_people(cut(trials, config.labels, wide), len(config.labels))
    people = len({trial.subject for trial in trials})
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)
        network = ManyPeople(LearnedFeatures(rate_hz, channels), people, len(config.labels))
    steps = batches(windows, config.augmentation, config.batch)
    claim(work, config, windows)
    fit(_stage(network, config), steps, config.seed, work, on_progress)
    return HybridEncoder(rate_hz, channels, network.learned).eval()


def _of_people(windows: Windows, gestures: int) -> Windows:
    """The same windows, labelled with person * K + gesture: the loop carries one number per window."""
    names = sorted({trial.subject for trial in windows.trials})
    person = np.array([names.index(trial.subject) for trial in windows.trials])
    return replace(windows, y=person[windows.source] * gestures + windows.y)


def _stage(network: ManyPeople, config: HybridTraining) -> Stage:
    gestures = len(config.labels)

    def loss(x: Tensor, y: Tensor) -> Tensor:
        logits = network(x, y // gestures)
        return F.cross_entropy(logits, y % gestures, label_smoothing=0.05)

    return Stage("people", network, loss, None, config.epochs, config.epochs, config.rate, 1e-4)
