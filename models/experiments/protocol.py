"""The protocol that all experiments on new users share: who trains, who calibrates, who is scored, and how.

One subject is the new user, the others train. The user calibrates on the first n trials of each gesture; trials 5 and 6
are scored, and nothing learns from them. Windows of 250 ms every 125 ms, those that start in the first 0.5 s of a trial
dropped (../shared/data/README.md holds the published baseline under the same protocol).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from models.datasets.trials import Trial, select
from models.pipeline.decision import DecisionSpec, DecisionStage
from models.training.metrics import score
from models.training.splits import Split, by_trial, leave_subject_out

TEST_TRIALS: Final = frozenset({5, 6})
CALIBRATION_TRIALS: Final = (1, 2, 3, 4)
WINDOW_S: Final = 0.25
HOP_S: Final = 0.125
SMOOTHING: Final = 5

Array = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


def subjects_of(trials: Sequence[Trial], quick: bool) -> list[str]:
    """Who is the new user, one after the other; the first two alone if it should be quick."""
    subjects = sorted({trial.subject for trial in trials})
    return subjects[:2] if quick else subjects


@dataclass(frozen=True, slots=True)
class NewUser:
    """The trials of an experiment, from the point of view of one subject."""

    others: tuple[Trial, ...]
    """All trials of everybody else."""
    calibration: tuple[Trial, ...]
    """This subject's trials to learn from."""
    test: tuple[Trial, ...]

    @classmethod
    def of(cls, trials: Sequence[Trial], labels: Sequence[str], subject: str) -> "NewUser":
        """Split by subject, then by trial. Raises ``DatasetError`` if a side is empty."""
        people = leave_subject_out(select(trials, labels), subject)
        own = by_trial(people.test, TEST_TRIALS)
        return cls(people.train, own.train, own.test)

    def first(self, count: int) -> Split:
        """Calibrate on the first ``count`` trials of each gesture, score trials 5 and 6."""
        return Split(tuple(trial for trial in self.calibration if trial.trial <= count), self.test)


@dataclass(frozen=True, slots=True)
class Marks:
    """How good answers are, by the measures of all tables."""

    macro_f1: float
    smoothed_macro_f1: float
    accuracy: float


def mark(log_probabilities: Array, truth: Labels, trial: Labels) -> Marks:
    """(window, K), (window,) and (window,) the trial of each, windows of a trial in order -> scores."""
    classes = log_probabilities.shape[1]
    single = score(truth, log_probabilities.argmax(axis=1), classes)
    smooth = score(truth, smoothed(log_probabilities, trial), classes)
    return Marks(single.macro_f1, smooth.macro_f1, single.accuracy)


def smoothed(log_probabilities: Array, trial: Labels) -> Labels:
    """Decisions of the live path's own stage, begun afresh with each trial: (window,)."""
    stage = DecisionStage(DecisionSpec(smoothing=SMOOTHING))
    answers = np.zeros(len(trial), np.int64)
    for at, row in enumerate(log_probabilities):
        if at and trial[at] != trial[at - 1]:
            stage.reset()
        answers[at] = stage(row).gesture
    return answers
