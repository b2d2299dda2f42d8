"""What calibration is worth to a new user of the CSAE, and which part of it should learn (arXiv 2601.23011: MLP alone).

One fold is one new user and one seed: the autoencoder learns from all ten gestures of the other subjects, the
classifier from their six or ten; then the user brings 0 to 4 trials of each gesture, and copies of the network learn
from them with the MLP alone, with attention, with the whole head, and with everything free. The control, LDA on 29
time-domain features, gets the very same trials. The paper reports 35.1 without and 92.3 with calibration.

Sizes are chosen for two cores (``epochs``): windows every 125 ms, augmented for the classifier alone. Rates, batches
and epochs were chosen on trials 1 to 4 of S06 with seed 0 (a classifier that learned longer helps; denser or augmented
calibration windows do not). The MLP alone and the control are scored after 1, 2, 3 and 4 trials; the other parts,
whose epochs cost ten to thirty times as much, after 2 and 4 and with fewer epochs. The control is not random: it is
computed for the first seed only.
"""

import time
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import nn

from models.datasets.khushaba import SIX, TEN, load
from models.datasets.trials import Trial
from models.experiments.autoencoders import through
from models.experiments.csae_parts import (
    CLASSIFIER,
    CONTROL,
    Course,
    Part,
    Teacher,
    control,
    copies_of,
    quality,
    steps,
    windows_of,
)
from models.experiments.experiment import Experiment, Fold, Outcome, Score, Settings
from models.experiments.protocol import CALIBRATION_TRIALS, NewUser, mark, subjects_of
from models.networks.csae import CSAE
from models.training.windows import Windows

SEEDS: Final = (0, 1, 2, 3, 4)
MLP: Final = Part("MLP only", 3, lambda network: [network.mlp])
LARGER: Final = (
    Part("MLP + attention", 2, lambda network: [network.context.attention, network.mlp]),
    CLASSIFIER,
    Part("everything", 0, lambda network: [network.encoder, network.context, network.mlp]),
)
LARGER_TRIALS: Final = frozenset({2, 4})
HOW: Final = {
    "MLP only": (5e-3, 128),
    "MLP + attention": (2e-3, 32),
    "whole head": (2e-3, 32),
    "everything": (2e-3, 64),
}
"""Learning rate at the start, and windows per batch."""


def epochs(quick: bool) -> dict[str, int]:
    """Of autoencoder and classifier (its windows come in ``COPIES``), and of each part that learns from the user."""
    names = ("autoencoder", "classifier", MLP.name, *(part.name for part in LARGER))
    return dict(zip(names, (1,) * 6 if quick else (3, 3, 100, 15, 15, 12), strict=True))


def tuning(part: Part, settings: Settings) -> Course:
    """How a part learns from the new user."""
    rate, batch = HOW[part.name]
    return Course(int(settings[part.name]), rate, batch)


class LeaveOneSubjectOut:
    """Folds over subjects and seeds."""

    question = "What is calibration worth to a new user of the CSAE, and which part should learn?"

    def folds(self, data: Path, quick: bool) -> list[Fold]:
        """One per seed and subject."""
        seeds = SEEDS[:1] if quick else SEEDS
        return [
            Fold(f"{name}-seed{seed}", {"subject": name, "seed": seed, **epochs(quick)})
            for seed in seeds
            for name in subjects_of(load(data), quick)
        ]

    def compute(self, fold: Fold, data: Path, work: Path) -> Outcome:
        """Train without the subject, then calibrate copies."""
        study = _Study(load(data), fold.settings, work)
        windows = windows_of(NewUser.of(study.trials, TEN, study.subject).others, TEN)
        autoencoder = study.teacher.autoencoder(windows, len(TEN), int(fold.settings["autoencoder"]))
        scores = [score for labels in (SIX, TEN) for score in study.scores(autoencoder, labels)]
        return Outcome(tuple(scores), quality(autoencoder, windows))


@dataclass(frozen=True, slots=True)
class _Study:
    trials: list[Trial]
    settings: Settings
    work: Path

    @property
    def subject(self) -> str:
        return str(self.settings["subject"])

    @property
    def teacher(self) -> Teacher:
        return Teacher(int(self.settings["seed"]), self.work)

    def scores(self, autoencoder: CSAE, labels: tuple[str, ...]) -> Iterator[Score]:
        """Of every arm and number of trials, six or ten gestures."""
        user = NewUser.of(self.trials, labels, self.subject)
        test = windows_of(user.test, labels)
        network = self._classifier(autoencoder, user.others, labels)
        yield from self._controls(user, labels)
        yield self._score(nn.Sequential(*steps(network)), test, MLP.name, 0)
        for count in CALIBRATION_TRIALS:
            learn = windows_of(user.first(count).train, labels)
            for part in (MLP, *(LARGER if count in LARGER_TRIALS else ())):
                start = time.perf_counter()
                yield self._score(self._tune(network, part, learn, count), test, part.name, count, start)

    def _classifier(self, autoencoder: CSAE, others: Sequence[Trial], labels: tuple[str, ...]) -> CSAE:
        """The frozen encoder under a classifier of the others' gestures."""
        learn = copies_of(others, labels, self.teacher.seed)
        network = self.teacher.network(learn, len(labels))
        network.scale, network.encoder = autoencoder.scale, autoencoder.encoder
        course = Course(int(self.settings["classifier"]), 3e-3)
        return self.teacher.part(f"{len(labels)}-classifier", network, CLASSIFIER, learn, course)

    def _tune(self, network: CSAE, part: Part, learn: Windows, count: int) -> nn.Module:
        name = f"{network.config.gestures}-{part.name}-{count}"
        tuned = self.teacher.part(name, deepcopy(network), part, learn, tuning(part, self.settings))
        return nn.Sequential(*steps(tuned))

    def _controls(self, user: NewUser, labels: tuple[str, ...]) -> Iterator[Score]:
        """Of the baseline; it is the same for all seeds."""
        if self.teacher.seed != SEEDS[0]:
            return
        test = windows_of(user.test, labels)
        yield self._score(control(user.others, labels), test, CONTROL, 0)
        for count in CALIBRATION_TRIALS:
            start = time.perf_counter()
            yield self._score(control(user.first(count).train, labels), test, CONTROL, count, start)

    def _score(self, network: nn.Module, test: Windows, arm: str, count: int, start: float | None = None) -> Score:
        seconds = 0.0 if start is None else time.perf_counter() - start
        marks = mark(through(network, torch.from_numpy(test.x)).numpy(), test.y, test.source)
        condition = f"{count} trial" + "s" * (count != 1)
        table = f"{len({trial.label for trial in test.trials})} gestures"
        cell = (table, arm, condition, self.subject, self.teacher.seed)
        return Score(*cell, marks.macro_f1, marks.smoothed_macro_f1, marks.accuracy, seconds)


EXPERIMENT: Experiment = LeaveOneSubjectOut()
