"""What calibration is worth to a new user of the CSAE, and which part of it should learn (arXiv 2601.23011: MLP alone).

One fold is one new user and one seed: the autoencoder learns from all ten gestures of the other subjects, the
classifier from their six or ten; then the user brings 0 to 4 trials of each gesture, and copies of the network learn
from them with the MLP alone, with attention, with the whole head, and with everything free. The control, LDA on 29
time-domain features, gets the very same trials. The paper reports 35.1 without and 92.3 with calibration.

Sizes are chosen for two cores: windows every 125 ms without augmentation, few epochs (``Size``).
"""

import time
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.datasets.khushaba import SIX, TEN, load
from models.datasets.trials import Trial
from models.experiments.experiment import Experiment, Fold, Outcome, Score
from models.experiments.protocol import CALIBRATION_TRIALS, HOP_S, NewUser, mark, subjects_of
from models.networks.csae import CSAE, CSAEConfig
from models.training.loop import Batches, Stage, fit
from models.training.train_csae import rebuilding_error, zero_share
from models.training.train_lda import LDATraining, train_lda
from models.training.windows import Cut, Windows, cut, shape_of

CONTROL: Final = "control: LDA, 29 time-domain features"
BATCH: Final = 128
TUNING_BATCH: Final = 32


@dataclass(frozen=True, slots=True)
class Size:
    """Epochs of each stage; all are run."""

    autoencoder_epochs: int = 3
    head_epochs: int = 8
    tuning_epochs: int = 10


@dataclass(frozen=True, slots=True)
class Part:
    """What learns from the new user."""

    name: str
    frozen: int
    """How many of scale, encoder, context and MLP need not be computed again in each epoch."""
    learns: Callable[[CSAE], list[nn.Module]]


PARTS: Final = (
    Part("MLP only", 3, lambda network: [network.mlp]),
    Part("MLP + attention", 2, lambda network: [network.context.attention, network.mlp]),
    Part("whole head", 2, lambda network: [network.context, network.mlp]),
    Part("everything", 0, lambda network: [network.encoder, network.context, network.mlp]),
)


class LeaveOneSubjectOut:
    """Folds over subjects and seeds."""

    question = "What is calibration worth to a new user of the CSAE, and which part should learn?"

    def folds(self, data: Path, quick: bool) -> list[Fold]:
        """One per subject and seed."""
        size = Size(1, 1, 1) if quick else Size()
        epochs = (size.autoencoder_epochs, size.head_epochs, size.tuning_epochs)
        settings = dict(zip(("autoencoder", "head", "tuning"), epochs, strict=True))
        return [
            Fold(f"{name}-seed0", {"subject": name, "seed": 0, **settings}) for name in subjects_of(load(data), quick)
        ]

    def compute(self, fold: Fold, data: Path, work: Path) -> Outcome:
        """Train without the subject, then calibrate copies."""
        trials, of = load(data), fold.settings
        size = Size(int(of["autoencoder"]), int(of["head"]), int(of["tuning"]))
        study = _Study(trials, str(of["subject"]), int(of["seed"]), size, work)
        work.mkdir(parents=True, exist_ok=True)
        autoencoder, notes = study.autoencoder()
        scores = [score for labels in (SIX, TEN) for score in study.scores(autoencoder, labels)]
        return Outcome(tuple(scores), notes)


@dataclass(frozen=True, slots=True)
class _Study:
    trials: list[Trial]
    subject: str
    seed: int
    size: Size
    work: Path

    def autoencoder(self) -> tuple[CSAE, dict[str, float]]:
        """Learned from all gestures of the others; with its reconstruction and sparsity on those windows."""
        windows = _cut(NewUser.of(self.trials, TEN, self.subject).others, TEN)
        network = self._network(len(TEN))
        network.scale.microvolts.copy_(torch.from_numpy(windows.x.std(axis=(0, 1), dtype=np.float64)))
        stage = Stage(
            "autoencoder", nn.ModuleList([network.encoder, network.decoder]),
            lambda x, _: network.autoencoder_loss(x), None, self.size.autoencoder_epochs, 1, 1e-3,
        )  # fmt: skip
        x = torch.from_numpy(windows.x)
        fit(stage, _shuffled(x, windows.y, BATCH), self.seed, self.work, lambda _: None)
        some = x[:: max(1, len(x) // 1024)]
        return network, {"r2": 1 - rebuilding_error(network, some), "zeros": zero_share(network, some)}

    def scores(self, autoencoder: CSAE, labels: tuple[str, ...]) -> Iterator[Score]:
        """Of every arm and number of trials, six or ten gestures."""
        user = NewUser.of(self.trials, labels, self.subject)
        network = self._classifier(autoencoder, user.others, labels)
        test = _cut(user.test, labels)
        yield self._score(_lda(user.others, labels), test, CONTROL, 0)
        yield self._score(nn.Sequential(*_pieces(network)), test, PARTS[0].name, 0)
        for count in CALIBRATION_TRIALS:
            learn = user.first(count).train
            start = time.perf_counter()
            yield self._score(_lda(learn, labels), test, CONTROL, count, start)
            for part in PARTS:
                start = time.perf_counter()
                tuned = self._tune(network, part, _cut(learn, labels), count)
                yield self._score(tuned, test, part.name, count, start)

    def _network(self, gestures: int) -> CSAE:
        rate_hz, channels = shape_of(self.trials)
        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            return CSAE(CSAEConfig.at(rate_hz, gestures, channels))

    def _classifier(self, autoencoder: CSAE, others: Sequence[Trial], labels: tuple[str, ...]) -> CSAE:
        """The frozen encoder under a classifier of the others' gestures."""
        network = self._network(len(labels))
        network.scale, network.encoder = autoencoder.scale, autoencoder.encoder
        head = Part("head", 2, lambda network: [network.context, network.mlp])
        name = f"{len(labels)}-head"
        return self._learn(network, head, _cut(others, labels), (name, self.size.head_epochs, BATCH, 3e-3))

    def _tune(self, network: CSAE, part: Part, learn: Windows, count: int) -> nn.Sequential:
        name = f"{network.config.gestures}-{part.name}-{count}"
        tuned = self._learn(deepcopy(network), part, learn, (name, self.size.tuning_epochs, TUNING_BATCH, 2e-3))
        return nn.Sequential(*_pieces(tuned))

    def _learn(self, network: CSAE, part: Part, learn: Windows, how: tuple[str, int, int, float]) -> CSAE:
        """Train a part of the network, what stays frozen computed once; ``how``: name, epochs, batch, rate."""
        name, epochs, batch, rate = how
        network.eval()
        before, after = nn.Sequential(*_pieces(network)[: part.frozen]), nn.Sequential(*_pieces(network)[part.frozen :])

        def loss(x: Tensor, y: Tensor) -> Tensor:
            return F.cross_entropy(after(x), y, label_smoothing=0.05)

        stage = Stage(name, nn.ModuleList(part.learns(network)), loss, None, epochs, 1, rate, 1e-4)
        steps = _shuffled(_through(before, torch.from_numpy(learn.x)), learn.y, batch)
        fit(stage, steps, self.seed, self.work, lambda _: None)
        return network

    def _score(self, network: nn.Module, test: Windows, arm: str, count: int, start: float | None = None) -> Score:
        seconds = 0.0 if start is None else time.perf_counter() - start
        marks = mark(_through(network, torch.from_numpy(test.x)).numpy(), test.y, test.source)
        condition = f"{count} trial" + "s" * (count != 1)
        table = f"{len({trial.label for trial in test.trials})} gestures"
        cell = (table, arm, condition, self.subject, self.seed)
        return Score(*cell, marks.macro_f1, marks.smoothed_macro_f1, marks.accuracy, seconds)


def _pieces(network: CSAE) -> list[nn.Module]:
    """(B, T, C) -> (B, K) log-probabilities, in four steps and a softmax."""
    return [network.scale, network.encoder, network.context, nn.Sequential(network.mlp, nn.LogSoftmax(dim=-1))]


def _lda(learn: Sequence[Trial], labels: tuple[str, ...]) -> nn.Module:
    model = train_lda(learn, LDATraining("control", labels, train_hop_s=HOP_S))
    return nn.Sequential(model.encoder, model.head)


def _cut(trials: Sequence[Trial], labels: tuple[str, ...]) -> Windows:
    rate_hz, _ = shape_of(trials)
    return cut(trials, labels, Cut(round(0.25 * rate_hz), round(HOP_S * rate_hz)))


def _shuffled(x: Tensor, y: np.ndarray, size: int) -> Callable[[], Batches]:
    truth = torch.from_numpy(y)

    def epoch() -> Batches:
        # a last batch of one window would have no variance for the batch normalisation
        parts = [part for part in torch.randperm(len(x)).split(size) if len(part) > 1]
        return ((x[part], truth[part]) for part in parts)

    return epoch


@torch.no_grad()
def _through(network: nn.Module, x: Tensor) -> Tensor:
    return torch.cat([network(part) for part in x.split(256)])


EXPERIMENT: Experiment = LeaveOneSubjectOut()
