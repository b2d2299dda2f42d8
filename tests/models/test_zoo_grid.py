"""The shipped model of images on a simulated forearm: as good as it should be, and no worse with a dead electrode."""

import numpy as np
import pytest

from drivers.registry import open_source
from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import load_recognizer
from models.runtime import load_model

NAME = "all-convnet-simulated"
SETTLED = 0.5
"""Seconds of a gesture that are not scored: the hand is on its way."""


@pytest.fixture(scope="module")
def session() -> tuple[np.ndarray, np.ndarray]:
    """A user of its training on their first day; what they do is another session than those it learned from."""
    taken = open_source("sim://hd-grid").record(32.0)
    return taken.samples, taken.labels


def scored(samples: np.ndarray, labels: np.ndarray, first: int = 0) -> tuple[float, set[tuple[int, ...]]]:
    """Accuracy of the answers from a sample on, and who was dead."""
    recognizer = load_recognizer(load_model(NAME), DecisionSpec())
    settled = round(SETTLED * recognizer.spec.rate_hz)
    right, dead = [], set()
    for prediction in recognizer.feed(samples, 0):
        held = labels[max(0, prediction.index - settled) : prediction.index + 1]
        if prediction.index >= first and (held == held[-1]).all():
            right.append(prediction.gesture == held[-1])
            dead.add(recognizer.dead)
    return float(np.mean(right)), dead


def test_it_knows_a_user_of_its_training_on_another_session(session):
    assert scored(*session)[0] > 0.9


def test_electrodes_that_die_in_mid_stream_cost_next_to_nothing(session):
    samples, labels = session
    broken = samples.copy()
    broken[16_000:, 38] = 187_500
    broken[16_000:, [5, 77]] = 0
    after = 16_000 + 500
    healthy, none = scored(samples, labels, after)
    accuracy, dead = scored(broken, labels, after)
    assert (none, dead) == ({()}, {(5, 38, 77)})
    assert accuracy > healthy - 0.03
