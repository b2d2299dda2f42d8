"""Splits by trial, made before any window is cut: windows overlap, so a split of windows would leak (SYSTEMS 9.4)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from models.datasets.trials import Trial
from models.errors import DatasetError

Identity = tuple[str, str, str, int]


@dataclass(frozen=True, slots=True)
class Split:
    """Trials to learn from, and trials to be judged by.

    Raises:
        DatasetError: a side is empty, a trial is on both, or something is no recorded trial at all.
    """

    train: tuple[Trial, ...]
    test: tuple[Trial, ...]

    def __post_init__(self) -> None:
        """Refuse a split that leaks."""
        if not self.train or not self.test:
            raise DatasetError("a side of the split is empty: choose trials or subjects that the data set has")
        if not all(isinstance(trial, Trial) for trial in (*self.train, *self.test)):
            raise DatasetError(
                "only recorded trials are split: generated windows join those to learn from, with mixed() of "
                "models.augmentation.synthetic"
            )
        if shared := {identity(trial) for trial in self.train} & {identity(trial) for trial in self.test}:
            subject, session, label, number = sorted(shared)[0]
            raise DatasetError(
                f"trial {number} of {label}, subject {subject}, session {session}, is on both sides: split by trial"
            )


def by_trial(trials: Sequence[Trial], test: Collection[int]) -> Split:
    """Hold out the trials of these numbers, of every subject and label."""
    return Split(
        tuple(trial for trial in trials if trial.trial not in test),
        tuple(trial for trial in trials if trial.trial in test),
    )


def leave_subject_out(trials: Sequence[Trial], subject: str) -> Split:
    """Hold out every trial of one subject."""
    return Split(
        tuple(trial for trial in trials if trial.subject != subject),
        tuple(trial for trial in trials if trial.subject == subject),
    )


def identity(trial: Trial) -> Identity:
    """Subject, session, label and number: what tells a trial from all others of its data set."""
    return trial.subject, trial.session, trial.label, trial.trial
