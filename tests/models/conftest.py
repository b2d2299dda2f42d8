"""Small synthetic trials: three gestures that differ in how strong each channel is; the effort wanders."""

from collections.abc import Callable

import numpy as np
import pytest

from models.datasets.trials import Trial

LABELS = ("fist", "point", "rest")


def _trial(subject: str, label: str, number: int, seconds: float, rate_hz: float) -> Trial:
    rng = np.random.default_rng([int(subject), LABELS.index(label), number])
    length = round(seconds * rate_hz)
    knots = np.arange(0, length + 250, 250)
    effort = [np.exp(np.interp(np.arange(length), knots, 0.4 * rng.standard_normal(len(knots)))) for _ in range(2)]
    sizes = {"fist": (200.0, 30.0), "point": (30.0, 200.0), "rest": (5.0, 5.0)}[label]
    samples = rng.standard_normal((length, 2)) * np.stack(effort, axis=1) * sizes
    return Trial(samples.astype(np.float32), rate_hz, label, subject, "1", number)


@pytest.fixture(scope="session")
def synthetic_trials() -> Callable[..., list[Trial]]:
    """``subjects`` x three gestures x ``repetitions`` of noise at 1 kHz."""

    def make(subjects: int = 2, repetitions: int = 2, seconds: float = 1.5) -> list[Trial]:
        return [
            _trial(str(subject), label, number + 1, seconds, 1000.0)
            for subject in range(subjects)
            for label in LABELS
            for number in range(repetitions)
        ]

    return make
