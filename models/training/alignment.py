"""Adaptation without labels: the statistics of new features are moved onto those of the calibration."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Features = npt.NDArray[np.float32]

LEAST: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of each feature, over windows of all gestures alike."""

    mean: npt.NDArray[np.float64]
    """(F,)."""
    deviation: npt.NDArray[np.float64]
    """(F,)."""

    @classmethod
    def of(cls, features: Features) -> "Statistics":
        """Of (window, F)."""
        return cls(features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64) + LEAST)


def aligned(features: Features, seen: Statistics, wanted: Statistics) -> Features:
    """(window, F) with the statistics ``seen`` -> (window, F) with those ``wanted``."""
    standard = (features - seen.mean) / seen.deviation
    return np.asarray(standard * wanted.deviation + wanted.mean, np.float32)


def rolling(features: Features, wanted: Statistics, windows: float) -> Features:
    """The same in a stream (window, F), by statistics that forget: none looks ahead, the first are those ``wanted``.

    Args:
        features: in the order of time.
        wanted: those of the calibration.
        windows: after so many, the past weighs 1 / e.
    """
    rate = 1 - np.exp(-1 / windows)
    mean, variance = wanted.mean, wanted.deviation**2
    answers = np.empty_like(features)
    for at, row in enumerate(features):
        away = row - mean
        mean = mean + rate * away
        variance = (1 - rate) * (variance + rate * away**2)
        answers[at] = aligned(row, Statistics(mean, np.sqrt(variance)), wanted)
    return answers
