"""The windows of a calibration, stacked: which ones a head learns from, and which ones it is scored on.

F feature, K class.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from calibration.errors import PlanInvalid
from calibration.fitting import FitOrder, LabelledTrial
from calibration.report import Gesture

EVERY_S: Final = 0.0625
"""A window of each so many seconds is kept. Live ones come faster, but overlap nine tenths, and take the fit's time."""
LEAST_WINDOWS: Final = 2
"""Of a trial: a spread needs two."""
REHEARSED: Final = 200
"""Windows of a gesture at most, from all old trials together: a fit takes as long after a year as on the first day."""
MOST_FOLDS: Final = 3
"""A fourth trial is left out together with the first, the fifth with the second: time is short."""

Array = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Windows and their trials."""

    x: Array
    """(window, F)."""
    y: Numbers
    """(window,) index of the label."""
    trial: Numbers
    """(window,) index of the trial."""
    gesture: Numbers
    """(trial,) index of the label."""
    old: Mask
    """(trial,): recorded earlier."""
    scored: Mask
    """(trial,): of today, or of a gesture that was not recorded today."""
    fold: Numbers
    """(trial,): when it is left out; -1 never, because it is not scored or the only one of its gesture."""
    labels: tuple[str, ...]

    @classmethod
    def of(cls, trials: Sequence[LabelledTrial], order: FitOrder) -> Self:
        """Stack the trials, thinned out; their order does not matter.

        Raises:
            PlanInvalid: they are not what a head of these gestures can be made of.
        """
        _require_gestures([trial.gesture for trial in trials], order.labels)
        _require_shapes(trials)
        trials = sorted(trials, key=lambda trial: (order.labels.index(trial.gesture), not trial.old, trial.repetition))
        gesture = np.array([order.labels.index(trial.gesture) for trial in trials])
        old = np.array([trial.old for trial in trials])
        many = np.bincount(gesture[old], minlength=len(order.labels))
        parts = [_thin(trial, order.rate_hz, int(many[k])) for trial, k in zip(trials, gesture, strict=True)]
        trial = np.repeat(np.arange(len(trials)), [len(part) for part in parts])
        scored = ~old | ~np.isin(gesture, gesture[~old])
        fold = _folds(gesture, scored)
        return cls(np.concatenate(parts), gesture[trial], trial, gesture, old, scored, fold, order.labels)

    @property
    def folds(self) -> int:
        """How often trials are left out; 0 if there is one of each gesture only."""
        return int(self.fold.max()) + 1

    @property
    def old_gestures(self) -> Mask:
        """(K,): some of it was recorded earlier."""
        return np.isin(np.arange(len(self.labels)), self.gesture[self.old])

    @property
    def gestures(self) -> tuple[Gesture, ...]:
        """What there is of each."""
        trials, windows = np.bincount(self.gesture).tolist(), np.bincount(self.y).tolist()
        facts = zip(self.labels, trials, windows, self.old_gestures.tolist(), strict=True)
        return tuple(Gesture(label=label, trials=t, windows=w, old=old) for label, t, w, old in facts)

    def counts(self, windows: Mask, answers: Numbers) -> Numbers:
        """(window,) those asked and the answers to them -> (trial, K), how often each answer came."""
        counts = np.zeros((len(self.gesture), len(self.labels)), np.int64)
        np.add.at(counts, (self.trial[windows], answers), 1)
        return counts


def spread(count: int, most: int) -> npt.NDArray[np.intp]:
    """Indices of at most so many of ``count`` things, evenly over all of them."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.intp))


def thinned(trial: LabelledTrial, rate_hz: float) -> LabelledTrial:
    """The first window of each slot of time; of a trial that is thinned already, all."""
    slots = (trial.last_samples - trial.last_samples[0]) // (EVERY_S * rate_hz)
    first = np.unique(slots, return_index=True)[1]
    images = None if trial.images is None else trial.images[first]
    return replace(trial, features=trial.features[first], last_samples=trial.last_samples[first], images=images)


def _thin(trial: LabelledTrial, rate_hz: float, old_trials: int) -> Array:
    """A window of each slot of time; of an old trial its share of what is rehearsed."""
    features = thinned(trial, rate_hz).features
    if len(features) < LEAST_WINDOWS:
        raise PlanInvalid(f"a trial of {trial.gesture} is shorter than two windows: record it again, and hold longer")
    share = max(LEAST_WINDOWS, REHEARSED // old_trials) if trial.old else len(features)
    return features[spread(len(features), share)]


def _folds(gesture: Numbers, scored: Mask) -> Numbers:
    """(trial,): the scored trials of each gesture in turn, unless nothing of it would be left to learn from."""
    fold = np.full(len(gesture), -1)
    for k in np.unique(gesture):
        own = gesture == k
        if own.sum() > 1:
            fold[own & scored] = np.arange((own & scored).sum()) % MOST_FOLDS
    return fold


def _require_gestures(recorded: Sequence[str], labels: tuple[str, ...]) -> None:
    if len(labels) < 2 or len(set(labels)) < len(labels):
        raise PlanInvalid("a head tells different gestures apart: name at least two, each once")
    if missing := [label for label in labels if label not in recorded]:
        raise PlanInvalid(f"there is no trial of {', '.join(missing)}: record one, or leave the gesture out")
    if unknown := sorted(set(recorded) - set(labels)):
        raise PlanInvalid(f"there are trials of {', '.join(unknown)}, which the head shall not know: leave them out")


def _require_shapes(trials: Sequence[LabelledTrial]) -> None:
    wanted = trials[0].features.shape[1:]
    for trial in trials:
        features = trial.features
        if features.ndim != 2 or features.dtype != np.float32 or features.shape[1:] != wanted or not wanted[0]:
            raise PlanInvalid("trials hold float32 (window, feature), as many features each: record with one encoder")
        if not len(features) or trial.last_samples.shape != features.shape[:1]:
            raise PlanInvalid(f"a trial of {trial.gesture} has not one last sample for each window: record it again")
        if (np.diff(trial.last_samples) <= 0).any():
            raise PlanInvalid(f"the windows of a trial of {trial.gesture} are out of order: record it again")
        if not np.isfinite(features).all():
            raise PlanInvalid(f"a trial of {trial.gesture} has features that are no numbers: record it again")
