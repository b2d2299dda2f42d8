"""Which head, on which frozen features, serves a new user best? The encoder knows everybody else, the head only them.

One fold is one new user and one seed: the hybrid encoder learns from all ten gestures of the other subjects, then each
arm is fitted on the user's first n trials and scored on trials 5 and 6, for six and for ten gestures. Arms are declared
in ``ARMS``; they were chosen on trials 1 to 4 (models/RESULTS.md lists what else was tried there), never on 5 and 6.

Features are standardised over the others' windows, as in the exported encoder. The MLP starts from a head that learned
from the others' features; how that one and the control fare without calibration stands under "0 trials".
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from models.datasets.khushaba import SIX, TEN, load
from models.datasets.trials import Trial
from models.experiments.encoders import DENSE_HOP_S, EPOCHS, encoder_for, features_of
from models.experiments.experiment import Experiment, Fold, Outcome, Score
from models.experiments.protocol import CALIBRATION_TRIALS, HOP_S, WINDOW_S, Array, Labels, NewUser, mark, subjects_of
from models.networks.heads import MLPHead
from models.training.gaussian_head import fit_gaussians
from models.training.mlp_head import POPULATION, USER, Standardise, fit_mlp
from models.training.train_hybrid import HybridTraining
from models.training.train_lda import fit_head
from models.training.windows import Cut

SEEDS: Final = 5
SPARSE: Final = round(HOP_S / DENSE_HOP_S)
LEARNED, TIME_DOMAIN, CLASSICAL, ALL = slice(0, 130), slice(130, 159), slice(130, None), slice(0, None)
"""Columns of the hybrid encoder's features, of two channels."""
TABLES: Final = {"6 gestures": SIX, "10 gestures": TEN}


@dataclass(frozen=True, slots=True)
class Population:
    """What a user's MLP starts from."""

    head: MLPHead
    """Learned from the others, for the same gestures."""
    seed: int


@dataclass(frozen=True, slots=True)
class Arm:
    """Features and the head on them."""

    name: str
    columns: slice
    fit: Callable[[Array, Labels, Population], nn.Module]
    every: int = 1
    """Of the dense windows, which ones it learns from."""


class Mean(nn.Module):
    """Several heads that answer together: their log-probabilities averaged."""

    def __init__(self, *heads: nn.Module) -> None:
        super().__init__()
        self.heads = nn.ModuleList(heads)

    def forward(self, x: Tensor) -> Tensor:  # (B, F)
        """(B, F) -> (B, K)."""
        return torch.log_softmax(torch.stack([head(x) for head in self.heads]).mean(dim=0), dim=1)


def _lda(x: Array, y: Labels, _: Population) -> nn.Module:
    return fit_head(x, y)


def _gaussians(x: Array, y: Labels, _: Population) -> nn.Module:
    return fit_gaussians(x, y)


def _mlp(x: Array, y: Labels, others: Population) -> nn.Module:
    return fit_mlp(x, y, others.head, others.seed, USER)


def _both(x: Array, y: Labels, others: Population) -> nn.Module:
    return Mean(_gaussians(x, y, others), _mlp(x, y, others))


MLP: Final = Arm("MLP, tuned from the others' head", ALL, _mlp)
ARMS: Final = (
    Arm("control: LDA, 29 time-domain features", TIME_DOMAIN, _lda, SPARSE),
    Arm("LDA, 55 classical", CLASSICAL, _lda),
    Arm("Gaussians, 55 classical", CLASSICAL, _gaussians),
    Arm("Gaussians, 130 learned", LEARNED, _gaussians),
    Arm("LDA, learned and classical", ALL, _lda),
    Arm("Gaussians, learned and classical", ALL, _gaussians),
    MLP,
    Arm("mean of Gaussians and MLP", ALL, _both),
)


Features = Mapping[Trial, Array]
"""Of each trial (window, F), dense."""
Cell = tuple[str, str, str, str, int]
"""Table, arm, condition, subject and seed."""


@dataclass(frozen=True, slots=True)
class Stacked:
    """Features of many trials."""

    x: Array
    """(window, F)."""
    y: Labels
    """(window,) class indices."""
    trial: Labels
    """(window,) index of the trial."""

    @classmethod
    def of(cls, trials: tuple[Trial, ...], labels: tuple[str, ...], features: Features, every: int) -> "Stacked":
        """Every so-many-th window of the trials."""
        parts = [features[trial][::every] for trial in trials]
        sizes = [len(part) for part in parts]
        y = np.repeat([labels.index(trial.label) for trial in trials], sizes)
        return cls(np.concatenate(parts), y, np.repeat(np.arange(len(trials)), sizes))

    def columns(self, kept: slice) -> "Stacked":
        """The same windows, some features."""
        return replace(self, x=self.x[:, kept])


class UserHeads:
    """Folds over subjects and seeds."""

    question = "Which head on which frozen features serves a new user best?"

    def folds(self, data: Path, quick: bool) -> list[Fold]:
        """One per subject and seed."""
        epochs, seeds = (1, 1) if quick else (EPOCHS, SEEDS)
        return [
            Fold(f"{name}-seed{seed}", {"subject": name, "seed": seed, "epochs": epochs})
            for seed in range(seeds)
            for name in subjects_of(load(data), quick)
        ]

    def compute(self, fold: Fold, data: Path, work: Path) -> Outcome:
        """Train the encoder without the subject, then score every arm on them."""
        trials = load(data)
        subject, seed = str(fold.settings["subject"]), int(fold.settings["seed"])
        training = HybridTraining(TEN, seed, int(fold.settings["epochs"]))
        others = NewUser.of(trials, TEN, subject).others
        encoder = encoder_for(others, training, data, work)
        how = Cut(round(WINDOW_S * trials[0].rate_hz), round(DENSE_HOP_S * trials[0].rate_hz))
        features = {trial: features_of(encoder, trial, how) for trial in trials}
        standard = _standardised(features, Standardise.of(np.concatenate([features[trial] for trial in others])))
        return Outcome(tuple(_scores(trials, standard, subject, seed)))


def _standardised(features: Features, standardise: Standardise) -> Features:
    return {trial: standardise(torch.from_numpy(x)).numpy() for trial, x in features.items()}


def _scores(trials: list[Trial], features: Features, subject: str, seed: int) -> Iterator[Score]:
    for table, labels in TABLES.items():
        user = NewUser.of(trials, labels, subject)
        test = Stacked.of(user.test, labels, features, SPARSE)
        learn = Stacked.of(user.others, labels, features, 1)
        others = Population(fit_mlp(learn.x, learn.y, None, seed, POPULATION), seed)
        control = fit_head(learn.x[:, TIME_DOMAIN], learn.y)
        yield _judge(control, test.columns(TIME_DOMAIN), (table, ARMS[0].name, "0 trials", subject, seed))
        yield _judge(others.head, test, (table, MLP.name, "0 trials", subject, seed))
        for count in CALIBRATION_TRIALS:
            for arm in ARMS:
                learn = Stacked.of(user.first(count).train, labels, features, arm.every)
                condition = f"{count} trial" + "s" * (count > 1)
                yield _score(arm, others, learn, test, (table, arm.name, condition, subject, seed))


def _score(arm: Arm, others: Population, learn: Stacked, test: Stacked, cell: Cell) -> Score:
    start = time.perf_counter()
    head = arm.fit(learn.x[:, arm.columns], learn.y, others)
    seconds = time.perf_counter() - start
    return _judge(head, test.columns(arm.columns), cell, seconds)


@torch.no_grad()
def _judge(head: nn.Module, test: Stacked, cell: Cell, seconds: float = 0.0) -> Score:
    marks = mark(head(torch.from_numpy(test.x)).numpy(), test.y, test.trial)
    return Score(*cell, marks.macro_f1, marks.smoothed_macro_f1, marks.accuracy, seconds)


EXPERIMENT: Experiment = UserHeads()
