"""From one window's log-probabilities to a decision that a hand can follow."""

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LogProbabilities = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class DecisionSpec:
    """How decisions are made; the defaults leave each window to speak for itself."""

    smoothing: int = 1
    """Windows whose log-probabilities are averaged; 1 switches smoothing off. Adds (n - 1) / 2 hops of delay."""
    reject_below: float = 0.0
    """Confidence under which a decision is not accepted; 0 switches rejection off."""

    def __post_init__(self) -> None:
        """Refuse values that mean nothing."""
        if self.smoothing < 1:
            raise ValueError(f"smoothing is a number of windows, at least 1, not {self.smoothing}")
        if not 0 <= self.reject_below <= 1:
            raise ValueError(f"reject_below is a probability from 0 to 1, not {self.reject_below}")


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
    """

    def __init__(self, spec: DecisionSpec) -> None:
        self._spec = spec
        self._recent: deque[LogProbabilities] = deque(maxlen=spec.smoothing)

    def reset(self) -> None:
        """Forget past windows."""
        self._recent.clear()

    def __call__(self, log_probabilities: LogProbabilities) -> Decision:
        """(label,) of one window -> the decision after it."""
        self._recent.append(log_probabilities)
        mean = np.mean(self._recent, axis=0, dtype=np.float64)
        shares = np.exp(mean - mean.max())
        shares /= shares.sum()
        gesture = int(shares.argmax())
        return Decision(gesture, tuple(shares.tolist()), bool(shares[gesture] >= self._spec.reject_below))
