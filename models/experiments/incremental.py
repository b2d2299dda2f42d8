"""Can a CSAE that knows six gestures learn four more without being trained again? The paper: 90.0 on all ten.

    arXiv 2601.23011. One fold is one seed; all subjects are pooled: trials 1 to 4 learn, trials 5 and 6 are scored.

First an autoencoder and a classifier learn six gestures. Then four come; everything before the MLP stays as it is.
Arms: the MLP, widened to ten outputs with its old rows kept, learns from the new windows alone (it forgets), from these
and ``EXEMPLARS`` old windows of each gesture and person, or from all old windows; a head of Gaussians gets the new ones
added (``growing_head.py``); autoencoder and classifier are trained again on all ten, which the others are measured
against; and the control, LDA, is fitted again on all ten.

Columns: "old six" and "new four" are the mean F1 of those gestures over the windows of those gestures, any of the ten
(before: of the six) an answer; accuracy is of the same windows. Backward transfer, in the notes, is "old six, after"
less "old six, before", mean over subjects. The seconds of an arm are those of its second step. Sizes were chosen on
trial 4 after learning from trials 1 to 3, with seed 0.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from models.datasets.khushaba import SIX, TEN, load
from models.datasets.trials import select
from models.experiments.autoencoders import through
from models.experiments.csae_parts import (
    CLASSIFIER,
    CONTROL,
    Course,
    Teacher,
    control,
    copies_of,
    quality,
    steps,
    windows_of,
)
from models.experiments.experiment import Experiment, Fold, Outcome, Score, Settings
from models.experiments.growing_head import GrowingHead, Seen
from models.experiments.protocol import TEST_TRIALS, Array, Labels, smoothed
from models.networks.csae import CSAE, mlp
from models.training.splits import Split, by_trial
from models.training.windows import Windows

SEEDS: Final = (0, 1, 2, 3, 4)
EXEMPLARS: Final = 20
"""Old windows that are kept of each gesture and person, evenly over their trials; each is repeated until the old
gestures have as many as the new ones."""
TABLE: Final = "six gestures, then four more"
OLD: Final = tuple(range(len(SIX)))
NEW: Final = tuple(range(len(SIX), len(TEN)))
BEFORE, AFTER = "old six, before", "old six, after"
CONDITIONS: Final = {AFTER: OLD, "new four": NEW, "all ten": OLD + NEW}


def widened(known: nn.Sequential, gestures: int) -> nn.Sequential:
    """The MLP with more outputs; the first ones answer as before."""
    wide, learned = mlp(gestures), known.state_dict()
    for name, values in wide.state_dict().items():  # they share their memory with the new MLP
        values[: len(learned[name])] = learned[name]
    return wide.eval()


def exemplars(learn: Seen) -> Seen:
    """All new windows, and a few old ones of each gesture and person, repeated to the number of all their windows."""
    rows = [np.flatnonzero(learn.y >= len(OLD))]
    for person in np.unique(learn.person):
        for gesture in OLD:
            own = np.flatnonzero((learn.y == gesture) & (learn.person == person))
            kept = own[np.linspace(0, len(own) - 1, EXEMPLARS).astype(int)]
            rows.append(np.resize(kept, len(own)))
    return learn.part(np.concatenate(rows))


REHEARSALS: Final[Mapping[str, Callable[[Seen], Seen]]] = {
    "MLP, new gestures alone": lambda learn: learn.part(np.flatnonzero(learn.y >= len(OLD))),
    f"MLP, {EXEMPLARS} old windows rehearsed": exemplars,
    "MLP, all old windows rehearsed": lambda learn: learn,
}
MIXTURES: Final = {"Gaussian per gesture": False, "Gaussian per gesture and person": True}
JOINT: Final = "everything trained again on ten"
Cells = Iterator[Score]


class Incremental:
    """Folds over seeds."""

    question = "Can a CSAE of six gestures learn four more without being trained again?"

    def folds(self, data: Path, quick: bool) -> list[Fold]:
        """One per seed; they do not depend on the data."""
        sizes = dict(zip(("autoencoder", "classifier", "tuning"), (1, 1, 1) if quick else (8, 8, 60), strict=True))
        return [Fold(f"seed{seed}", {"seed": seed, **sizes}) for seed in (SEEDS[:1] if quick else SEEDS)]

    def compute(self, fold: Fold, data: Path, work: Path) -> Outcome:
        """Learn six, add four in every way, score every subject."""
        study = _Study.of(by_trial(select(load(data), TEN), TEST_TRIALS), fold.settings, work)
        six = study.trained(SIX)
        scores = [*study.controls(), *study.added(six), *study.joint()]
        return Outcome(tuple(scores), {**quality(six, study.windows(SIX)), **transfers(scores)})


def transfers(scores: Sequence[Score]) -> dict[str, float]:
    """Backward transfer of each arm that has a before and an after, mean over the subjects."""
    means = {
        (arm, condition): float(np.mean([s.macro_f1 for s in scores if (s.arm, s.condition) == (arm, condition)]))
        for arm, condition in dict.fromkeys((score.arm, score.condition) for score in scores)
    }
    return {
        f"backward transfer, {arm}": means[arm, AFTER] - before
        for (arm, condition), before in means.items()
        if condition == BEFORE
    }


def f1(truth: Labels, answers: Labels, gestures: Sequence[int]) -> float:
    """Mean F1 of these gestures, from the windows of these gestures; an answer outside them is wrong, no more."""
    mine = np.isin(truth, gestures)
    truth, answers = truth[mine], answers[mine]
    right = [np.sum((truth == k) & (answers == k)) for k in gestures]
    either = [np.sum(truth == k) + np.sum(answers == k) for k in gestures]
    return float(np.mean([2 * r / max(e, 1) for r, e in zip(right, either, strict=True)]))


@dataclass(frozen=True, slots=True)
class _Study:
    split: Split
    settings: Settings
    work: Path
    test: Windows

    @classmethod
    def of(cls, split: Split, settings: Settings, work: Path) -> "_Study":
        return cls(split, settings, work, windows_of(split.test, TEN))

    @property
    def teacher(self) -> Teacher:
        return Teacher(int(self.settings["seed"]), self.work)

    def windows(self, labels: tuple[str, ...]) -> Windows:
        """Of these gestures, to learn from."""
        return windows_of(select(self.split.train, labels), labels)

    def trained(self, labels: tuple[str, ...]) -> CSAE:
        """Autoencoder and classifier of these gestures."""
        windows = self.windows(labels)
        network = self.teacher.autoencoder(windows, len(labels), int(self.settings["autoencoder"]))
        copies = copies_of(windows.trials, labels, self.teacher.seed)
        course = Course(int(self.settings["classifier"]), 3e-3)
        return self.teacher.part(f"{len(labels)}-classifier", network, CLASSIFIER, copies, course)

    def controls(self) -> Cells:
        """Of LDA; it is the same for all seeds, and computed for the first."""
        if self.teacher.seed != SEEDS[0]:
            return
        x, start = torch.from_numpy(self.test.x), time.perf_counter()
        after = control(self.split.train, TEN)
        seconds = time.perf_counter() - start
        before = through(control(self.windows(SIX).trials, SIX), x).numpy()
        yield from self._scores(CONTROL, before, through(after, x).numpy(), seconds)

    def joint(self) -> Cells:
        """Of a network that learned all ten at once."""
        start = time.perf_counter()
        network = nn.Sequential(*steps(self.trained(TEN)))
        seconds = time.perf_counter() - start
        yield from self._scores(JOINT, None, through(network, torch.from_numpy(self.test.x)).numpy(), seconds)

    def added(self, six: CSAE) -> Cells:
        """Of the heads on the frozen part, to which four gestures are added."""
        frozen = nn.Sequential(*steps(six)[:-1])
        learn, test = _seen(frozen, self.windows(TEN)), through(frozen, torch.from_numpy(self.test.x))
        yield from self._rehearsed(six.mlp, learn, test)
        yield from self._mixtures(learn, test.numpy())

    def _rehearsed(self, known: nn.Sequential, learn: Seen, test: Tensor) -> Cells:
        before = through(known, test).log_softmax(dim=1).numpy()
        for arm, rehearse in REHEARSALS.items():
            start = time.perf_counter()
            head = self._tuned(arm, known, rehearse(learn))
            seconds = time.perf_counter() - start
            yield from self._scores(arm, before, through(head, test).log_softmax(dim=1).numpy(), seconds)

    def _tuned(self, arm: str, known: nn.Sequential, learn: Seen) -> nn.Sequential:
        with torch.random.fork_rng():
            torch.manual_seed(self.teacher.seed)
            wide = widened(known, len(TEN))
        course = Course(int(self.settings["tuning"]), 5e-3)
        self.teacher.classifier(arm, wide, wide, (torch.from_numpy(learn.x), learn.y), course)
        return wide

    def _mixtures(self, learn: Seen, test: Array) -> Cells:
        for arm, by_person in MIXTURES.items():
            first = GrowingHead.first(learn.part(np.isin(learn.y, OLD)), by_person)
            start = time.perf_counter()
            grown = first.more(learn.part(np.isin(learn.y, NEW)))
            seconds = time.perf_counter() - start
            yield from self._scores(arm, first(test), grown(test), seconds)

    def _scores(self, arm: str, before: Array | None, after: Array, seconds: float) -> Cells:
        """Log-probabilities of the scored windows, by the six and by the ten, -> every column and subject."""
        if before is not None:
            yield from self._column(arm, BEFORE, (before, OLD), 0.0)
        for condition, gestures in CONDITIONS.items():
            yield from self._column(arm, condition, (after, gestures), seconds)

    def _column(self, arm: str, condition: str, what: tuple[Array, tuple[int, ...]], seconds: float) -> Cells:
        answers, gestures = what
        plain, smooth = answers.argmax(axis=1), smoothed(answers, self.test.source)
        whose = _people(self.test)
        for subject in np.unique(whose).tolist():
            own = (whose == subject) & np.isin(self.test.y, gestures)
            y = self.test.y[own]
            marks = f1(y, plain[own], gestures), f1(y, smooth[own], gestures), float(np.mean(y == plain[own]))
            yield Score(TABLE, arm, condition, subject, self.teacher.seed, *marks, seconds)


def _people(windows: Windows) -> npt.NDArray[np.str_]:
    return np.array([trial.subject for trial in windows.trials])[windows.source]


def _seen(frozen: nn.Module, windows: Windows) -> Seen:
    return Seen(through(frozen, torch.from_numpy(windows.x)).numpy(), windows.y, _people(windows))


EXPERIMENT: Experiment = Incremental()
