"""How good a user's head is, in numbers and in words; plain JSON both ways. No torch here: the service reads reports.

Scores count windows of trials that the head had not learned from. Intervals come from drawing trials of each gesture
with replacement (bootstrap), never windows: neighbouring windows overlap, and a whole trial goes well or badly.

K gesture, T trial, R resample.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from models.spec import HeadKind

RESAMPLES: Final = 2000
"""So many put either end of an interval within about half a hundredth, in 3 ms."""
INTERVAL: Final = (2.5, 97.5)
"""Percentiles: 95 %."""

KEY_OF_SEQUENCES: Final = "sequence"
"""Where the scores of a head of text or events are kept, ``sequence_report.py``; others have their fields there."""

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Frozen(BaseModel):
    """What is told and stored as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Estimate(Frozen):
    """A share between 0 and 1 with its 95 % interval."""

    value: float
    low: float | None = Field(default=None, description="null: one trial cannot tell how much trials differ.")
    high: float | None = None


class Scores(Frozen):
    """How one head does on held-out trials."""

    macro_f1: Estimate = Field(description="F1 averaged over the gestures that were scored, each counted alike.")
    old: Estimate | None = Field(description="The same over gestures recorded earlier; null unless some are new.")
    new: Estimate | None = Field(description="The same over gestures recorded now only; null unless some are old.")
    recall: tuple[Estimate | None, ...] = Field(description="Of each gesture; null where it was not scored.")
    confusion: tuple[tuple[int, ...], ...] = Field(description="Windows: rows are gestures held, columns answers.")


class Gesture(Frozen):
    """What was there to learn a gesture from."""

    label: str
    trials: int = Field(description="Learned from, earlier ones included.")
    windows: int
    old: bool = Field(description="Some of it was recorded in an earlier calibration.")


class Recommendation(Frozen):
    """What to do next; for a clinician."""

    verdict: Literal["accept", "more_trials", "drop_gesture", "keep_previous"]
    gestures: tuple[str, ...] = Field(description="Those concerned: to record once more, to drop, or still weak.")
    text: str


class Report(Frozen):
    """A fit, as it is shown beside the head and stored with it."""

    kind: HeadKind = Field(description="Which of the candidates is the new head.")
    gestures: tuple[Gesture, ...] = Field(description="In the order of the head's outputs.")
    mlp: Scores | None = Field(description="Leaving trials out; null where each gesture has one trial only.")
    gaussians: Scores | None
    lda: Scores | None = Field(description="Baseline, never the new head.")
    previous: Scores | None = Field(description="The head before, on trials of today of gestures it knows.")
    population: Scores | None = Field(description="The head for everybody, on the trials scored.")
    recommendation: Recommendation
    simulated: bool = Field(
        default=False, description="True: nobody was measured, so the scores say nothing of people."
    )

    @property
    def after(self) -> Scores | None:
        """Of the new head."""
        return self.mlp if self.kind == "mlp" else self.gaussians


def report_in(scores: Mapping[str, Any]) -> Report | None:
    """Of a head as it is stored; ``None`` where it has none, or one of text or events (``sequence_report.py``)."""
    return Report.model_validate(scores) if scores and KEY_OF_SEQUENCES not in scores else None


def scores_of(counts: Counts, gesture: Counts, old: npt.NDArray[np.bool_]) -> Scores | None:
    """Score answers: how often each was given in each trial (T, K), what was held (T,), which gestures are old (K,).

    Trials without answers are left out; ``None`` if no trial is left.
    """
    asked = counts.sum(axis=1) > 0
    counts, gesture = counts[asked], gesture[asked]
    if not len(counts):
        return None
    trials = np.bincount(gesture, minlength=len(old))
    confusion = np.zeros((len(old), len(old)), np.int64)
    np.add.at(confusion, gesture, counts)
    means, drawn = _Means(confusion, trials), _Means(_resampled(counts, gesture), trials)
    old_scored, new_scored = (np.flatnonzero((trials > 0) & group) for group in (old, ~old))
    apart = len(old_scored) and len(new_scored)
    return Scores(
        macro_f1=_f1_estimate(means, drawn, np.flatnonzero(trials)),
        old=_f1_estimate(means, drawn, old_scored) if apart else None,
        new=_f1_estimate(means, drawn, new_scored) if apart else None,
        recall=tuple(_recall_estimate(means, drawn, k) for k in range(len(old))),
        confusion=tuple(map(tuple, confusion.tolist())),
    )


def f1_of(confusion: npt.ArrayLike, gestures: Sequence[int] | npt.NDArray[np.intp]) -> float:
    """Macro-F1 of a confusion matrix (K, K) over some gestures, windows of the others left out."""
    matrix = np.asarray(confusion)
    kept = np.zeros_like(matrix)
    kept[gestures] = matrix[gestures]
    return float(_f1(kept)[gestures].mean())


class _Means:
    """F1 and recall of confusion matrices (..., K, K), and how many trials (K,) they rest on."""

    def __init__(self, confusion: npt.NDArray[np.int64], trials: Counts) -> None:
        self.trials = trials
        self.f1 = _f1(confusion)  # (..., K)
        self.recall = _share(np.diagonal(confusion, axis1=-2, axis2=-1), confusion.sum(axis=-1))  # (..., K)


def _f1_estimate(means: _Means, drawn: _Means, gestures: npt.NDArray[np.intp]) -> Estimate:
    over = drawn.f1[:, gestures].mean(axis=1)
    return _estimate(float(means.f1[gestures].mean()), over, int(means.trials[gestures].max()))


def _recall_estimate(means: _Means, drawn: _Means, k: int) -> Estimate | None:
    trials = int(means.trials[k])
    return _estimate(float(means.recall[k]), drawn.recall[:, k], trials) if trials else None


def _estimate(value: float, drawn: Floats, trials: int) -> Estimate:
    if trials < 2:
        return Estimate(value=value)
    low, high = np.percentile(drawn, INTERVAL).tolist()
    return Estimate(value=value, low=low, high=high)


def _resampled(counts: Counts, gesture: Counts) -> Counts:
    """Confusion matrices (R, K, K) of trials drawn with replacement, as many of each gesture as there are."""
    draw = np.random.default_rng(0)  # the same trials have the same interval
    confusion = np.zeros((RESAMPLES, counts.shape[1], counts.shape[1]), np.int64)
    for k in np.unique(gesture):
        rows = counts[gesture == k]  # (T of this gesture, K)
        confusion[:, k] = draw.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), RESAMPLES) @ rows
    return confusion


def _f1(confusion: Counts) -> Floats:
    """(..., K, K) -> (..., K); 0 for a gesture that was neither held nor answered."""
    right = np.diagonal(confusion, axis1=-2, axis2=-1)
    return _share(2 * right, confusion.sum(axis=-1) + confusion.sum(axis=-2))


def _share(part: Counts, whole: Counts) -> Floats:
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)
