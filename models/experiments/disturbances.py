"""What do disturbances after calibration cost a new user, and which adaptation gives back how much?

One fold is one new user and one seed. The user calibrates on two clean trials of each gesture; then something happens
(``models/training/disturb.py``), and trials 5 and 6, disturbed, are scored. Against it nothing is done, or (the
conditions of the tables):

- rolling: features move onto the statistics of the calibration by running means and deviations, which forget with a
  time constant of ``MEMORY_S``, start with those of the calibration, and hear the scored trials in a drawn order, never
  ahead;
- unlabelled: the same by constants, from trials 3 and 4, disturbed, whose labels are not used;
- 1 trial, 2 trials: the head is fitted again, on the clean trials 1 and 2 and the labelled, disturbed 3 (and 4).

The row "nothing" tells what each adaptation does where none is needed: there 1 and 2 trials are simply more trials.
"""

import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import nn

from models.datasets.khushaba import TEN, load
from models.datasets.trials import Trial
from models.experiments.encoders import DENSE_HOP_S, EPOCHS, encoder_for, features_of
from models.experiments.experiment import Experiment, Fold, Outcome, Score
from models.experiments.protocol import HOP_S, TEST_TRIALS, WINDOW_S, Array, Labels, NewUser, mark, subjects_of
from models.experiments.user_heads import SPARSE, TABLES, TIME_DOMAIN, Stacked
from models.networks.hybrid import HybridEncoder
from models.training.alignment import Statistics, aligned, rolling
from models.training.disturb import (
    Samples,
    with_drift,
    with_fatigue,
    with_mains,
    with_noise,
    with_shift,
    without_channel,
)
from models.training.gaussian_head import fit_gaussians
from models.training.train_hybrid import HybridTraining
from models.training.train_lda import fit_head
from models.training.windows import Cut

SEEDS: Final = 5
CLEAN: Final = frozenset({1, 2})
"""Trials to calibrate on."""
MORE: Final = (3, 4)
"""Trials that adaptation may use, disturbed."""
MEMORY_S: Final = 30.0

Disturb = Callable[[Samples, float, np.random.Generator], Samples]
"""Raw samples (time, channel), rate in Hz and a generator -> samples."""

DISTURBANCES: Final[Mapping[str, Disturb]] = {
    "nothing": lambda x, *_: x,
    "noise 20 dB": lambda x, _, rng: with_noise(x, 20, rng),
    "noise 10 dB": lambda x, _, rng: with_noise(x, 10, rng),
    "noise 5 dB": lambda x, _, rng: with_noise(x, 5, rng),
    "mains 50 Hz, as large as the signal": lambda x, rate_hz, _: with_mains(x, rate_hz),
    "mains 50 Hz, and 150 Hz a third of it": lambda x, rate_hz, _: with_mains(x, rate_hz, (1, 0, 1 / 3)),
    "gain rising to +50 %": lambda x, *_: with_drift(x, 1.5),
    "gain falling to -50 %": lambda x, *_: with_drift(x, 0.5),
    "first channel lost": lambda x, _, rng: without_channel(x, 0, rng),
    "second channel lost": lambda x, _, rng: without_channel(x, 1, rng),
    "electrodes shifted by 30 %": lambda x, *_: with_shift(x, 0.3),
    "fatigue 10 %": lambda x, rate_hz, _: with_fatigue(x, rate_hz, 0.1),
    "fatigue 20 %": lambda x, rate_hz, _: with_fatigue(x, rate_hz, 0.2),
    "fatigue 30 %": lambda x, rate_hz, _: with_fatigue(x, rate_hz, 0.3),
}


@dataclass(frozen=True, slots=True)
class Model:
    """Features and the head on them."""

    name: str
    columns: slice
    fit: Callable[[Array, Labels], nn.Module]
    every: int
    """Of the dense windows, which ones it learns from."""


MODELS: Final = (
    Model("hybrid and Gaussians", slice(0, None), fit_gaussians, 1),
    Model("control: LDA, 29 features", TIME_DOMAIN, fit_head, SPARSE),
)


@dataclass(frozen=True, slots=True)
class Situation:
    """What one model has to go by, after one disturbance."""

    model: Model
    clean: Stacked
    """To calibrate on."""
    more: tuple[Stacked, ...]
    """Of each trial number in ``MORE``, disturbed."""
    test: Stacked
    """Disturbed, in a drawn order of trials, every 125 ms."""

    def answers(self) -> Iterator[tuple[str, Array]]:
        """Adaptation -> (window, K) log-probabilities on the test windows."""
        head = self._fit(self.clean)
        wanted = Statistics.of(self.clean.x)
        unlabelled = Statistics.of(np.concatenate([part.x for part in self.more]))
        yield "none", _through(head, self.test.x)
        yield "rolling", _through(head, rolling(self.test.x, wanted, MEMORY_S / HOP_S))
        yield "unlabelled", _through(head, aligned(self.test.x, unlabelled, wanted))
        yield "1 trial", _through(self._fit(self.clean, self.more[0]), self.test.x)
        yield "2 trials", _through(self._fit(self.clean, *self.more), self.test.x)

    def _fit(self, *parts: Stacked) -> nn.Module:
        return self.model.fit(np.concatenate([part.x for part in parts]), np.concatenate([part.y for part in parts]))


class Disturbances:
    """Folds over subjects and seeds."""

    question = "What do disturbances after calibration cost a new user, and which adaptation gives back how much?"

    def folds(self, data: Path, quick: bool) -> list[Fold]:
        """One per subject and seed."""
        epochs, seeds, every = (1, 1, 4) if quick else (EPOCHS, SEEDS, 1)
        return [
            Fold(f"{name}-seed{seed}", {"subject": name, "seed": seed, "epochs": epochs, "every": every})
            for seed in range(seeds)
            for name in subjects_of(load(data), quick)
        ]

    def compute(self, fold: Fold, data: Path, work: Path) -> Outcome:
        """Train the encoder without the subject, then disturb and adapt."""
        subject, seed = str(fold.settings["subject"]), int(fold.settings["seed"])
        user = NewUser.of(load(data), TEN, subject)
        training = HybridTraining(TEN, seed, int(fold.settings["epochs"]))
        study = _Study(user, encoder_for(user.others, training, data, work), subject, seed)
        rows = list(DISTURBANCES)[:: int(fold.settings["every"])]
        return Outcome(tuple(study.scores(rows)))


@dataclass(frozen=True, slots=True)
class _Study:
    user: NewUser
    encoder: HybridEncoder
    subject: str
    seed: int

    def scores(self, rows: Sequence[str]) -> Iterator[Score]:
        own = (*self.user.calibration, *self.user.test)
        clean = self._features((trial for trial in own if trial.trial in CLEAN), DISTURBANCES["nothing"])
        later = [trial for trial in own if trial.trial not in CLEAN]
        for row in rows:
            features = clean | self._features(later, DISTURBANCES[row])
            for gestures, labels in TABLES.items():
                for model in MODELS:
                    situation = self._situation(model, labels, features)
                    for condition, answers in situation.answers():
                        marks = mark(answers, situation.test.y, situation.test.trial)
                        cell = (f"{gestures}, {model.name}", row, condition, self.subject, self.seed)
                        yield Score(*cell, marks.macro_f1, marks.smoothed_macro_f1, marks.accuracy)

    def _situation(self, model: Model, labels: tuple[str, ...], features: Mapping[Trial, Array]) -> Situation:
        chosen = {trial: x[:, model.columns] for trial, x in features.items() if trial.label in labels}

        def part(numbers: Collection[int], every: int) -> Stacked:
            trials = [trial for trial in chosen if trial.trial in numbers]
            drawn = np.random.default_rng(self.seed).permutation(len(trials))
            return Stacked.of(tuple(trials[at] for at in drawn), labels, chosen, every)

        more = tuple(part({number}, model.every) for number in MORE)
        return Situation(model, part(CLEAN, model.every), more, part(TEST_TRIALS, 1))

    def _features(self, trials: Iterable[Trial], disturb: Disturb) -> dict[Trial, Array]:
        rate_hz = self.user.test[0].rate_hz
        window = round(WINDOW_S * rate_hz)
        learn, test = (Cut(window, round(hop_s * rate_hz)) for hop_s in (DENSE_HOP_S, HOP_S))
        return {
            trial: features_of(
                self.encoder, self._disturbed(trial, disturb), test if trial.trial in TEST_TRIALS else learn
            )
            for trial in trials
        }

    def _disturbed(self, trial: Trial, disturb: Disturb) -> Trial:
        """The same trial with other samples; noise is its own in every trial, and the same in every run."""
        rng = np.random.default_rng([self.seed, zlib.crc32(trial.label.encode()), trial.trial])
        return replace(trial, samples=disturb(trial.samples, trial.rate_hz, rng))


@torch.no_grad()
def _through(head: nn.Module, x: Array) -> Array:
    return np.asarray(head(torch.from_numpy(x)).numpy())


EXPERIMENT: Experiment = Disturbances()
