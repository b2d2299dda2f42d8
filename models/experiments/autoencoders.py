"""What the experiments on pooled subjects share: the training of an autoencoder and of a classifier, and their scores.

Sizes are chosen for two cores: windows every 125 ms without augmentation, few epochs, all of them run. Batch and rate
were chosen on trial 4 after learning from trials 1 to 3.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.datasets.khushaba import SIX
from models.datasets.trials import Trial, select
from models.experiments.experiment import Score, Settings
from models.experiments.protocol import HOP_S, TEST_TRIALS, WINDOW_S, Array, mark
from models.networks.csae import CSAE, CSAEConfig
from models.networks.fcae import FCAE
from models.training.loop import Batches, Stage, fit
from models.training.splits import by_trial
from models.training.windows import Cut, Windows, cut, shape_of

SEEDS: Final = (0, 1, 2, 3, 4)
Autoencoder = TypeVar("Autoencoder", bound=CSAE | FCAE)
Module = TypeVar("Module", bound=nn.Module)


def sizes(quick: bool, **epochs: int) -> dict[str, int | float]:
    """The size of a training: epochs by stage (``quick``: one of each), windows per batch, Adam's rate at the start."""
    return {**{stage: 1 if quick else count for stage, count in epochs.items()}, "batch": 32, "rate": 3e-3}


@dataclass(frozen=True, slots=True)
class Halves:
    """Windows of six gestures, all subjects pooled."""

    learn: Windows
    test: Windows

    @classmethod
    def by_trial(cls, trials: Sequence[Trial]) -> "Halves":
        """Trials 5 and 6 of everybody are scored, the others learn. Raises ``DatasetError`` if a side is empty."""
        split = by_trial(select(trials, SIX), TEST_TRIALS)
        return cls(six_gestures(split.train), six_gestures(split.test))


def six_gestures(trials: Sequence[Trial]) -> Windows:
    """Windows of 250 ms every 125 ms."""
    rate_hz, _ = shape_of(trials)
    return cut(trials, SIX, Cut(round(WINDOW_S * rate_hz), round(HOP_S * rate_hz)))


def seeded(make: Callable[[], Module], seed: int) -> Module:
    """A module whose first weights depend on the seed alone."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return make()


@dataclass(frozen=True, slots=True)
class Study:
    """What one fold learns from and is scored on."""

    halves: Halves
    settings: Settings
    """The ``sizes`` and the seed of weights, batches and dropout."""
    work: Path
    """Folder of the checkpoints."""

    @property
    def seed(self) -> int:
        """Of all that is drawn."""
        return self.number("seed")

    def number(self, name: str) -> int:
        """A setting, such as the epochs of a stage."""
        return int(self.settings[name])

    def network(self, kind: Callable[[CSAEConfig], Autoencoder], sparsity: float = 0.0) -> Autoencoder:
        """A new one, scaled by the standard deviation of the windows that it will learn from."""
        learn = self.halves.learn
        rate_hz, channels = shape_of(learn.trials)
        config = replace(CSAEConfig.at(rate_hz, len(SIX), channels), sparsity=sparsity)
        network = seeded(lambda: kind(config), self.seed)
        network.scale.microvolts.copy_(torch.from_numpy(learn.x.std(axis=(0, 1), dtype=np.float64)))
        return network

    def autoencoder(self, kind: Callable[[CSAEConfig], Autoencoder], sparsity: float = 0.0) -> Autoencoder:
        """One that has learned to rebuild its input."""
        network = self.network(kind, sparsity)
        learns, epochs = nn.ModuleList([network.encoder, network.decoder]), self.number("autoencoder")
        stage = Stage("autoencoder", learns, lambda x, _: network.autoencoder_loss(x), None, epochs, 1, self._rate)
        self._fit(stage, torch.from_numpy(self.halves.learn.x))
        return network

    def answers(self, frozen: nn.Module, learns: nn.Module, name: str, epochs: int) -> Array:
        """(window, K) log-probabilities of the scored windows; a stage of that name learns on top of what is frozen."""

        def loss(z: Tensor, y: Tensor) -> Tensor:
            return F.cross_entropy(learns(z), y, label_smoothing=0.05)

        learn, test = (through(frozen, torch.from_numpy(half.x)) for half in (self.halves.learn, self.halves.test))
        self._fit(Stage(name, learns, loss, None, epochs, 1, self._rate, 1e-4), learn)
        answers: Array = through(learns, test).log_softmax(dim=1).numpy()
        return answers

    def scores(self, answers: Array, cell: tuple[str, str, str]) -> list[Score]:
        """(window, K) log-probabilities -> a score for each subject; ``cell``: table, arm, condition."""
        test, seed = self.halves.test, self.seed
        whose = np.array([trial.subject for trial in test.trials])[test.source]
        scores = []
        for subject in np.unique(whose).tolist():
            own = whose == subject
            marks = mark(answers[own], test.y[own], test.source[own])
            scores.append(Score(*cell, subject, seed, marks.macro_f1, marks.smoothed_macro_f1, marks.accuracy))
        return scores

    def quality(self, network: CSAE | FCAE) -> dict[str, float]:
        """Of the autoencoder on the scored windows: see ``quality``."""
        return quality(network, torch.from_numpy(self.halves.test.x))

    @property
    def _rate(self) -> float:
        return float(self.settings["rate"])

    def _fit(self, stage: Stage, x: Tensor) -> None:
        self.work.mkdir(parents=True, exist_ok=True)
        batches = shuffled(x, torch.from_numpy(self.halves.learn.y), self.number("batch"))
        fit(stage, batches, self.seed, self.work, lambda _: None)


@torch.no_grad()
def through(network: nn.Module, x: Tensor) -> Tensor:
    """The network's answers to (B, ...), in parts that fit into the cache."""
    network.eval()
    return torch.cat([network(part) for part in x.split(256)])


@torch.no_grad()
def quality(network: CSAE | FCAE, x: Tensor) -> dict[str, float]:
    """Of (B, T, C): R2, the share of its variance that is rebuilt; how much of the latent is zero; its mean size."""
    lost = kept = zeros = size = 0.0
    for part in x.split(256):
        scaled, z, rebuilt = network.reconstruct(part)
        lost += float((rebuilt - scaled).square().sum())
        kept += float(scaled.square().sum())
        zeros += float((z == 0).sum())
        size += float(z.abs().sum())
    latents = len(x) * network.config.latent
    return {"r2": 1 - lost / kept, "zeros": zeros / latents, "mean_abs": size / latents}


def shuffled(x: Tensor, y: Tensor, size: int) -> Callable[[], Batches]:
    """Epochs of shuffled batches."""

    def epoch() -> Batches:
        # a last batch of one window would have no variance for the batch normalisation
        parts = [part for part in torch.randperm(len(x)).split(size) if len(part) > 1]
        return ((x[part], y[part]) for part in parts)

    return epoch
