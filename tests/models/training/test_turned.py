import numpy as np
import pytest

from models.training.train_lda import LDATraining, train_lda
from models.training.turned import turned, when_turned

RING = ((0, 1),)
"""Two electrodes: by one is the other way round, by two as worn."""


@pytest.fixture(scope="module")
def trials(synthetic_trials):
    return synthetic_trials(repetitions=2)


def test_a_line_per_angle_tells_what_model_and_control_score(trials):
    learn, test = [t for t in trials if t.trial == 1], [t for t in trials if t.trial == 2]
    labels = tuple(dict.fromkeys(trial.label for trial in trials))
    control = train_lda(learn, LDATraining("a", labels))
    both_ways = train_lda([*learn, *turned(learn, RING, 1)], LDATraining("b", labels))
    lines = when_turned(both_ways, control, test, RING)
    assert list(lines) == [f"Test trials as one set, rings {how}" for how in ("as worn", "turned by 1", "turned by 2")]
    as_worn, by_1, by_2 = map(told, lines.values())
    assert as_worn == by_2
    assert by_1["LDA"] < as_worn["LDA"] - 0.2
    assert by_1["macro-F1"] == as_worn["macro-F1"]


def told(line):
    return {who: float(score) for who, score in map(str.split, line.split(", "))}


def test_without_rings_there_is_nothing_to_tell(trials):
    model = train_lda(trials, LDATraining("a", tuple(dict.fromkeys(t.label for t in trials))))
    assert when_turned(model, model, trials, ()) == {}


def test_trials_stay_what_they_were_but_for_their_samples(trials):
    (first, *_), (moved, *_) = trials, turned(trials, RING, 1)
    assert (moved.label, moved.subject, moved.trial) == (first.label, first.subject, first.trial)
    np.testing.assert_array_equal(moved.samples, first.samples[:, ::-1])
