"""From one window's log-probabilities to a decision that a hand can follow.

Rejection informed by decision changes goes back to S. T. P. Raghu, D. MacIsaac, E. Scheme, "Decision-change informed
rejection improves robustness in pattern recognition-based myoelectric control", IEEE JBHI 27(12):6051-6061, 2023: a
stream of decisions that changes often is unsure, whatever its confidence says. Only the paper's abstract could be read
here, so the rule below is our own; its numbers are measured on our models and are not the paper's.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from models.spec import REST

LogProbabilities = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class DecisionSpec:
    """How decisions are made; the defaults leave each window to speak for itself."""

    smoothing: int = 1
    """Windows whose log-probabilities are averaged; 1 switches smoothing off. Adds (n - 1) / 2 hops of delay."""
    reject_below: float = 0.0
    """Confidence under which a decision is not accepted; 0 switches rejection off, of changes of mind, too."""
    hold: int = 0
    """Windows after the beginning of a gesture in which no other one may begin; 0 switches the hold off."""
    change_memory: int = 0
    """Hops whose changes of mind are held against a gesture that would begin; 0 switches that off."""

    def __post_init__(self) -> None:
        """Refuse values that mean nothing."""
        if self.smoothing < 1:
            raise ValueError(f"smoothing is a number of windows, at least 1, not {self.smoothing}")
        if not 0 <= self.reject_below <= 1:
            raise ValueError(f"reject_below is a probability from 0 to 1, not {self.reject_below}")
        if self.hold < 0:
            raise ValueError(f"hold is a number of windows, 0 for none, not {self.hold}")
        if self.change_memory < 0:
            raise ValueError(f"change_memory is a number of windows, 0 for none, not {self.change_memory}")


@dataclass(frozen=True, slots=True)
class Decision:
    """What the stage decided."""

    gesture: int
    """Index of the most probable label."""
    probabilities: tuple[float, ...]
    accepted: bool

    @property
    def confidence(self) -> float:
        """Probability of the gesture."""
        return self.probabilities[self.gesture]


class DecisionStage:
    """Averages log-probabilities over the last windows, then accepts or rejects.

    Averaging logarithms is the geometric mean: one window that rules a gesture out weighs more than several that find
    it likely, which suits a stream whose windows overlap (SYSTEMS 2.8).

    A gesture that goes on, and rest, need no more than ``reject_below``: letting go is never held up. A gesture that
    begins, after rest or in place of another, must also

    - wait until ``hold`` windows after the last beginning are over;
    - be surer the more often the windows of the last ``change_memory`` hops changed their mind: n changes divide the
      doubt that is allowed by n + 1. A firm change is one: where 0.5 is enough to go on it needs 0.75, which costs a
      window or two. Where gestures take turns soon none is sure enough, and the accepted one stays.
    """

    def __init__(self, spec: DecisionSpec, labels: Sequence[str] = ()) -> None:
        """``labels`` tell which one is rest; without them every label is a gesture."""
        self._spec = spec
        self._rest = labels.index(REST) if REST in labels else None
        self._recent: deque[list[float]] = deque(maxlen=spec.smoothing)
        self._minds: deque[int] = deque(maxlen=spec.change_memory + 1)
        self.raw: Decision
        """What the last window alone would decide; there is none before the first."""
        self.reset()

    def reset(self) -> None:
        """Forget past windows."""
        self._recent.clear()
        self._minds.clear()
        self._accepted: int | None = None
        self._since = self._spec.hold  # windows since a gesture began; long enough ago for another

    def __call__(self, log_probabilities: LogProbabilities) -> Decision:
        """(label,) of one window -> the decision after it."""
        alone: list[float] = log_probabilities.tolist()  # a few labels: NumPy's calls would cost more than the sums
        self.raw = self._alone(alone)
        self._recent.append(alone)
        self._minds.append(self.raw.gesture)
        self._since += 1
        shares = _shares([sum(values) / len(values) for values in zip(*self._recent, strict=True)])
        gesture = shares.index(max(shares))
        begins = gesture not in (self._accepted, self._rest)
        accepted = shares[gesture] >= self._demand(begins) and not (begins and self._since <= self._spec.hold)
        if accepted:
            self._accepted = gesture
            self._since = 0 if begins else self._since
        return Decision(gesture, shares, accepted)

    def _alone(self, log_probabilities: Sequence[float]) -> Decision:
        shares = _shares(log_probabilities)
        gesture = shares.index(max(shares))
        return Decision(gesture, shares, shares[gesture] >= self._spec.reject_below)

    def _demand(self, begins: bool) -> float:
        """The confidence that is needed now."""
        if not begins or not self._spec.reject_below:
            return self._spec.reject_below
        changes = sum(before != after for before, after in pairwise(self._minds))
        return 1 - (1 - self._spec.reject_below) / (1 + changes)


def _shares(log_probabilities: Sequence[float]) -> tuple[float, ...]:
    """(label,) -> (label,) that sum to 1."""
    highest = max(log_probabilities)
    shares = [math.exp(value - highest) for value in log_probabilities]
    total = sum(shares)
    return tuple(share / total for share in shares)
