"""Which head, on which frozen features, serves a new user best? The encoder knows everybody else, the head only them.

One fold is one new user and one seed: the hybrid encoder learns from all ten gestures of the other subjects, then each
arm is fitted on the user's first n trials and scored on trials 5 and 6, for six and for ten gestures. Arms are declared
in ``ARMS``; they were chosen on trials 1 to 4 (models/RESULTS.md lists what else was tried there), never on 5 and 6.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import nn

from models.datasets.khushaba import SIX, TEN, load
from models.datasets.trials import Trial
from models.experiments.experiment import Experiment, Fold, Outcome, Score
from models.experiments.protocol import CALIBRATION_TRIALS, HOP_S, WINDOW_S, Array, Labels, NewUser, mark, subjects_of
from models.networks.hybrid import HybridEncoder
from models.training.gaussian_head import fit_gaussians
from models.training.train_hybrid import HybridTraining, train_hybrid
from models.training.train_lda import fit_head
from models.training.windows import Cut, cut

SPARSE: Final = 2
DENSE_HOP_S: Final = HOP_S / SPARSE
"""Calibration windows overlap more than scored ones: more of them from the same seconds."""
EPOCHS: Final = 10
LEARNED, TIME_DOMAIN, CLASSICAL, ALL = slice(0, 130), slice(130, 159), slice(130, None), slice(0, None)
"""Columns of the hybrid encoder's features, of two channels."""


@dataclass(frozen=True, slots=True)
class Arm:
    """Features and the head on them."""

    name: str
    columns: slice
    fit: Callable[[Array, Labels], nn.Module]
    every: int = 1
    """Of the dense windows, which ones it learns from."""


ARMS: Final = (
    Arm("control: LDA, 29 time-domain features", TIME_DOMAIN, fit_head, SPARSE),
    Arm("LDA, 55 classical", CLASSICAL, fit_head),
    Arm("Gaussians, 55 classical", CLASSICAL, fit_gaussians),
    Arm("Gaussians, 130 learned", LEARNED, fit_gaussians),
    Arm("LDA, learned and classical", ALL, fit_head),
    Arm("Gaussians, learned and classical", ALL, fit_gaussians),
)


Features = dict[Trial, Array]
"""Of each trial (window, F), dense."""


@dataclass(frozen=True, slots=True)
class Stacked:
    """Features of many trials."""

    x: Array
    """(window, F)."""
    y: Labels
    """(window,) class indices."""
    trial: Labels
    """(window,) index of the trial."""


class UserHeads:
    """Folds over subjects and seeds."""

    question = "Which head on which frozen features serves a new user best?"

    def folds(self, data: Path, quick: bool) -> list[Fold]:
        """One per subject and seed."""
        subjects = subjects_of(load(data), quick)
        epochs = 1 if quick else EPOCHS
        return [Fold(f"{name}-seed0", {"subject": name, "seed": 0, "epochs": epochs}) for name in subjects]

    def compute(self, fold: Fold, data: Path, work: Path) -> Outcome:
        """Train the encoder without the subject, then score every arm on them."""
        trials = load(data)
        subject, seed = str(fold.settings["subject"]), int(fold.settings["seed"])
        training = HybridTraining(TEN, seed, int(fold.settings["epochs"]))
        user = NewUser.of(trials, TEN, subject)
        encoder = train_hybrid(user.others, training, work)
        features = {trial: _features(encoder, trial) for trial in (*user.calibration, *user.test)}
        return Outcome(tuple(_scores(trials, features, subject, seed)))


@torch.no_grad()
def _features(encoder: HybridEncoder, trial: Trial) -> Array:
    """(window, F) of one trial."""
    window, hop = round(WINDOW_S * trial.rate_hz), round(DENSE_HOP_S * trial.rate_hz)
    x = cut([trial], [trial.label], Cut(window, hop)).x
    return np.asarray(encoder(torch.from_numpy(x)).numpy())


def _scores(trials: list[Trial], features: Features, subject: str, seed: int) -> Iterator[Score]:
    for table, labels in (("6 gestures", SIX), ("10 gestures", TEN)):
        user = NewUser.of(trials, labels, subject)
        for count in CALIBRATION_TRIALS:
            split = user.first(count)
            for arm in ARMS:
                learn = _stack(split.train, labels, features, arm.every)
                test = _stack(split.test, labels, features, SPARSE)
                condition = f"{count} trial" + "s" * (count > 1)
                yield _score(arm, learn, test, (table, arm.name, condition, subject, seed))


def _stack(trials: tuple[Trial, ...], labels: tuple[str, ...], features: Features, every: int) -> Stacked:
    """Every so-many-th window of the trials."""
    parts = [features[trial][::every] for trial in trials]
    sizes = [len(part) for part in parts]
    y = np.repeat([labels.index(trial.label) for trial in trials], sizes)
    return Stacked(np.concatenate(parts), y, np.repeat(np.arange(len(trials)), sizes))


def _score(arm: Arm, learn: Stacked, test: Stacked, cell: tuple[str, str, str, str, int]) -> Score:
    start = time.perf_counter()
    head = arm.fit(learn.x[:, arm.columns], learn.y)
    seconds = time.perf_counter() - start
    with torch.no_grad():
        answers = head(torch.from_numpy(test.x[:, arm.columns])).numpy()
    marks = mark(answers, test.y, test.trial)
    return Score(*cell, marks.macro_f1, marks.smoothed_macro_f1, marks.accuracy, seconds)


EXPERIMENT: Experiment = UserHeads()
