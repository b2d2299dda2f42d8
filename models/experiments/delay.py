"""Within a given decision delay, which window and how much smoothing recognise best?

A decision rests on the last n answers, one per hop, each about one window: the signal behind it is on average
window / 2 + (n - 1) * hop / 2 old (SYSTEMS 9.1, ``WindowRecognizer.delay_ms``; without computing and electronics). A
delay can be spent on a longer window or on more answers. Under each limit every arm averages as many answers as fit;
shorter windows have more of them.

One fold is one new user and one seed. For each window length an encoder learns from the other subjects; then heads are
fitted on the user's first 2 or 4 trials, windows every 62.5 ms, and decisions at every hop are scored on trials 5 and
6. Smoothing starts afresh with each trial, as after a gap. The gestures of this data set are held from the first sample
to the last: what a delay costs when a gesture changes is not in these scores.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import nn

from models.datasets.khushaba import TEN, load
from models.datasets.trials import Trial
from models.experiments.encoders import DENSE_HOP_S, EPOCHS, encoder_for, features_of
from models.experiments.experiment import Experiment, Fold, Outcome, Score
from models.experiments.protocol import Array, Labels, NewUser, subjects_of
from models.experiments.user_heads import SPARSE, TABLES, TIME_DOMAIN, Stacked
from models.networks.hybrid import HybridEncoder
from models.training.gaussian_head import fit_gaussians
from models.training.metrics import score
from models.training.train_hybrid import HybridTraining
from models.training.train_lda import fit_head
from models.training.windows import Cut

SEEDS: Final = 5
WINDOWS_MS: Final = (100, 150, 200, 250)
HOPS_MS: Final = (5, 10, 25, 50, 125)
"""Multiples of the first, at which answers are computed."""
LIVE_HOP_MS: Final = 25
"""Of the shipped models."""
LIMITS_MS: Final = (100, 125, 150, 200, 250)
HOP_LIMIT_MS: Final = 200
"""The limit under which hops are compared."""
COUNTS: Final = (2, 4)


@dataclass(frozen=True, slots=True)
class Answers:
    """Of one model, on the user's test trials."""

    arm: str
    window_ms: int
    log_probabilities: Array
    """(answer, K), one every 5 ms."""
    truth: Labels
    trial: Labels

    def decide(self, hop_ms: int, n: int) -> tuple[float, float]:
        """Macro-F1 and accuracy of decisions over the last ``n`` answers, one answer every ``hop_ms``."""
        kept = np.concatenate([at[:: hop_ms // HOPS_MS[0]] for at in runs(self.trial)])
        mean = smoothed(self.log_probabilities[kept], self.trial[kept], n)
        marks = score(self.truth[kept], mean.argmax(axis=1), mean.shape[1])
        return marks.macro_f1, marks.accuracy


class Delay:
    """Folds over subjects."""

    question = "Within a given decision delay, which window and how much smoothing recognise best?"

    def folds(self, data: Path, quick: bool) -> list[Fold]:
        """One per subject and seed."""
        epochs, windows = (1, WINDOWS_MS[-1:]) if quick else (EPOCHS, WINDOWS_MS)
        return [
            Fold(f"{name}-seed{seed}", {"subject": name, "seed": seed, "epochs": epochs, "shortest_ms": windows[0]})
            for seed in range(SEEDS)
            for name in subjects_of(load(data), quick)
        ]

    def compute(self, fold: Fold, data: Path, work: Path) -> Outcome:
        """Train an encoder per window length without the subject, then score every hop and limit."""
        trials, of = load(data), fold.settings
        user = NewUser.of(trials, TEN, str(of["subject"]))
        scores: list[Score] = []
        for window_ms in (window for window in WINDOWS_MS if window >= int(of["shortest_ms"])):
            training = HybridTraining(TEN, int(of["seed"]), int(of["epochs"]), window_s=window_ms / 1000)
            encoder = encoder_for(user.others, training, data, work)
            features = _Features.of(encoder, user, window_ms)
            scores += _scores(trials, features, str(of["subject"]), int(of["seed"]))
        return Outcome(tuple(scores))


@dataclass(frozen=True, slots=True)
class _Features:
    window_ms: int
    learn: Mapping[Trial, Array]
    """Every 62.5 ms."""
    test: Mapping[Trial, Array]
    """Every 5 ms."""

    @classmethod
    def of(cls, encoder: HybridEncoder, user: NewUser, window_ms: int) -> "_Features":
        rate_hz = user.test[0].rate_hz
        window = round(window_ms * rate_hz / 1000)
        learn, test = Cut(window, round(DENSE_HOP_S * rate_hz)), Cut(window, round(HOPS_MS[0] * rate_hz / 1000))
        return cls(
            window_ms,
            {trial: features_of(encoder, trial, learn) for trial in user.calibration},
            {trial: features_of(encoder, trial, test) for trial in user.test},
        )


def answers_within(limit_ms: float, window_ms: float, hop_ms: float) -> int:
    """How many answers may be averaged; 0 if not even one window is young enough."""
    left = limit_ms - window_ms / 2
    return int(left / (hop_ms / 2)) + 1 if left >= 0 else 0


def smoothed(log_probabilities: Array, trial: Labels, n: int) -> Array:
    """The mean over the last ``n`` answers of the same trial, fewer at its start: (answer, K), in the same order.

    The live path's ``DecisionStage`` for whole trials at once: answers every 5 ms are many.
    """
    parts = []
    for at in runs(trial):
        total = np.cumsum(log_probabilities[at], axis=0, dtype=np.float64)
        total[n:] = total[n:] - total[:-n]
        parts.append(total / np.minimum(np.arange(1, len(at) + 1), n)[:, np.newaxis])
    return np.asarray(np.concatenate(parts), np.float32)


def runs(trial: Labels) -> list[Labels]:
    """The places of each trial's answers, trial after trial."""
    return np.split(np.arange(len(trial)), np.flatnonzero(np.diff(trial)) + 1)


def _scores(trials: list[Trial], features: _Features, subject: str, seed: int) -> Iterator[Score]:
    for gestures in TABLES:
        for count in COUNTS:
            for answers in _answers(trials, features, (gestures, count, subject)):
                for table, condition, hop_ms, n in _decisions(answers.window_ms):
                    f1, accuracy = answers.decide(hop_ms, n)
                    name = f"{gestures}, {count} trials, {table}"
                    yield Score(name, answers.arm, condition, subject, seed, f1, f1, accuracy)


def _decisions(window_ms: int) -> Iterator[tuple[str, str, int, int]]:
    """Table, condition, hop and number of answers of everything that is scored with this window."""
    live = f"every {LIVE_HOP_MS} ms"
    yield live, "1 answer", LIVE_HOP_MS, 1
    for limit_ms in LIMITS_MS:
        if n := answers_within(limit_ms, window_ms, LIVE_HOP_MS):
            yield live, f"{limit_ms} ms", LIVE_HOP_MS, n
    for hop_ms in HOPS_MS:
        yield f"within {HOP_LIMIT_MS} ms", f"every {hop_ms} ms", hop_ms, answers_within(HOP_LIMIT_MS, window_ms, hop_ms)


def _answers(trials: list[Trial], features: _Features, what: tuple[str, int, str]) -> Iterator[Answers]:
    gestures, count, subject = what
    labels = TABLES[gestures]
    split = NewUser.of(trials, labels, subject).first(count)
    test = Stacked.of(split.test, labels, features.test, 1)
    sparse = Stacked.of(split.train, labels, features.learn, SPARSE)
    dense = Stacked.of(split.train, labels, features.learn, 1)
    control = _through(fit_head(sparse.x[:, TIME_DOMAIN], sparse.y), test.x[:, TIME_DOMAIN])
    yield Answers(f"control, {features.window_ms} ms", features.window_ms, control, test.y, test.trial)
    ours = _through(fit_gaussians(dense.x, dense.y), test.x)
    yield Answers(f"hybrid and Gaussians, {features.window_ms} ms", features.window_ms, ours, test.y, test.trial)


@torch.no_grad()
def _through(head: nn.Module, x: Array) -> Array:
    return np.concatenate([head(part).numpy() for part in torch.from_numpy(x).split(4096)])


EXPERIMENT: Experiment = Delay()
