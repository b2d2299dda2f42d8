"""What a clinician should do with a new head: accept it, record more, drop a gesture, or keep the head of before."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from calibration.report import Estimate, Gesture, Recommendation, Scores, f1_of

TARGET_RECALL: Final = 0.7
"""Of single windows: three right of five, which the live smoothing needs at most, then come 84 times in 100."""
HOPELESS_RECALL: Final = 0.5
"""Below it the gesture is answered wrongly more often than rightly."""
HOPELESS_TRIALS: Final = 3
"""So many must have been recorded before a gesture is given up: the third still helps (models/RESULTS.md)."""
ENOUGH_TRIALS: Final = 4
"""More are not asked for: from the third to the fourth, F1 rises by a hundredth or two (models/RESULTS.md)."""
AHEAD: Final = 0.02
"""Of F1, by which the head before must lead to be kept: the new one's estimate learned from a trial less than it."""
LEAST_GESTURES: Final = 2
"""What a head needs."""


def advise(gestures: Sequence[Gesture], after: Scores | None, previous: Scores | None) -> Recommendation:
    """Judge a new head by its scores and those of the head before, ``None`` unless that one has the same gestures.

    The first that applies: keep the head before, drop gestures, record more trials, accept.
    """
    recalls = after.recall if after else (None,) * len(gestures)
    facts = list(zip(gestures, recalls, strict=True))
    hopeless = [gesture.label for gesture, recall in facts if _is_hopeless(gesture, recall)]
    weak = [gesture for gesture, recall in facts if _is_weak(recall)]
    asked = [gesture.label for gesture in weak if gesture.trials < ENOUGH_TRIALS]
    if after and previous and (lead := _lead(previous, after)) > AHEAD:
        return _keep(lead)
    if after and hopeless and len(gestures) - len(hopeless) >= LEAST_GESTURES:
        return _drop(gestures, hopeless, after)
    if asked:
        return _more(facts, asked)
    return _accept(after, [gesture.label for gesture in weak])


def _is_hopeless(gesture: Gesture, recall: Estimate | None) -> bool:
    return gesture.trials >= HOPELESS_TRIALS and recall is not None and recall.value < HOPELESS_RECALL


def _is_weak(recall: Estimate | None) -> bool:
    """Not known, or possibly under the target."""
    return recall is None or (recall.value if recall.low is None else recall.low) < TARGET_RECALL


def _lead(previous: Scores, after: Scores) -> float:
    """By how much the head before is better on the gestures on which both were scored; 0 where there are none."""
    rows = zip(previous.recall, after.recall, strict=True)
    both = [k for k, recalls in enumerate(rows) if None not in recalls]
    return f1_of(previous.confusion, both) - f1_of(after.confusion, both) if both else 0.0


def _keep(lead: float) -> Recommendation:
    text = (
        f"Keep the head of before: on the trials of today its F1 is {100 * lead:.0f} points better than the new one's."
    )
    return Recommendation(verdict="keep_previous", gestures=(), text=text)


def _drop(gestures: Sequence[Gesture], labels: list[str], after: Scores) -> Recommendation:
    names = [gesture.label for gesture in gestures]
    reasons = [_mistake(names, names.index(label), after) for label in labels]
    text = f"Leave out {_listed(labels)}, or choose another gesture instead: {'; '.join(reasons)}."
    return Recommendation(verdict="drop_gesture", gestures=tuple(labels), text=text)


def _mistake(names: list[str], k: int, after: Scores) -> str:
    row = np.array(after.confusion[k])
    right = row[k] / row.sum()
    row[k] = -1
    return (
        f"{names[k]} is recognised in {right:.0%} of its windows, and mostly taken for {names[row.argmax()]} in others"
    )


def _more(facts: list[tuple[Gesture, Estimate | None]], labels: list[str]) -> Recommendation:
    known = [f"{gesture.label} {recall.value:.0%}" for gesture, recall in facts if recall and gesture.label in labels]
    reason = f"so far they are recognised in too few windows, or not surely enough ({', '.join(known)})"
    unknown = "nothing can be said of a gesture before its second trial"
    text = f"Record one more trial of {_listed(labels)}: {reason if known else unknown}."
    return Recommendation(verdict="more_trials", gestures=tuple(labels), text=text)


def _accept(after: Scores | None, weak: list[str]) -> Recommendation:
    text = "Use the new head."
    if after:
        text = f"Use the new head: its F1 is {_percent(after.macro_f1)} on trials that it had not learned from."
    if weak:
        text += f" Expect mistakes with {_listed(weak)}: more trials will hardly help."
    return Recommendation(verdict="accept", gestures=tuple(weak), text=text)


def _percent(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.0%}"
    return f"{estimate.value:.0%} ({estimate.low:.0%} to {estimate.high:.0%})"


def _listed(labels: Iterable[str]) -> str:
    *most, last = labels
    return f"{', '.join(most)} and {last}" if most else last
