import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import ValidationError

from calibration.report import Estimate, Gesture, Recommendation, Report, Scores, f1_of, scores_of
from models.training.metrics import score

GESTURES = 3
NONE_OLD = np.zeros(GESTURES, bool)
answer_counts = arrays(np.int64, (6, GESTURES), elements=st.integers(0, 20)).filter(lambda c: (c.sum(axis=1) > 0).all())
TWO_EACH = np.array([0, 0, 1, 1, 2, 2])


def truth_and_answers(counts, gesture):
    answers = [k for row in counts for k, n in enumerate(row) for _ in range(n)]
    return np.repeat(gesture, counts.sum(axis=1)), np.array(answers)


@given(answer_counts)
def test_scores_are_those_of_the_windows_one_by_one(counts):
    ours = scores_of(counts, TWO_EACH, NONE_OLD)
    theirs = score(*truth_and_answers(counts, TWO_EACH), GESTURES)
    assert ours.macro_f1.value == pytest.approx(theirs.macro_f1)
    assert [recall.value for recall in ours.recall] == pytest.approx(theirs.recall)
    assert ours.confusion == theirs.confusion


@given(answer_counts)
def test_intervals_hold_the_value_and_the_worst_and_best_trial_of_two(counts):
    ours = scores_of(counts, TWO_EACH, NONE_OLD)
    for k, recall in enumerate(ours.recall):
        each = [row[k] / row.sum() for row in counts[k == TWO_EACH]]
        assert (recall.low, recall.high) == pytest.approx((min(each), max(each)))
        assert recall.low - 1e-9 <= recall.value <= recall.high + 1e-9


@pytest.mark.parametrize("trials", [4, 12, 48])
def test_an_interval_is_that_of_trials_and_narrows_with_their_number(trials):
    """Half of the trials go wholly well, half of them half: a deviation of 0.25, over the root of their number."""
    gesture = np.repeat(np.arange(GESTURES), trials)
    right = np.tile([30, 60], len(gesture) // 2)
    counts = np.zeros((len(gesture), GESTURES), np.int64)
    counts[np.arange(len(gesture)), gesture] = right
    counts[np.arange(len(gesture)), (gesture + 1) % GESTURES] = 60 - right
    recall = scores_of(counts, gesture, NONE_OLD).recall[0]
    assert recall.value == 0.75
    assert recall.high - recall.low == pytest.approx(2 * 1.96 * 0.25 / np.sqrt(trials), rel=0.15)


def test_one_trial_has_a_value_and_no_interval():
    ours = scores_of(np.diag([5, 5, 5]), np.arange(3), NONE_OLD)
    assert ours.macro_f1 == Estimate(value=1.0)
    assert ours.recall == (Estimate(value=1.0),) * 3


def test_what_was_not_asked_is_not_scored():
    counts = np.array([[4, 1, 0], [5, 0, 0], [0, 0, 0], [0, 0, 0], [0, 2, 3], [0, 0, 5]])
    ours = scores_of(counts, TWO_EACH, NONE_OLD)
    assert ours.recall[1] is None
    assert ours.confusion[1] == (0, 0, 0)
    assert ours.macro_f1.value == pytest.approx(np.mean([2 * 9 / 19, 2 * 8 / 18]))
    assert scores_of(np.zeros((6, 3), np.int64), TWO_EACH, NONE_OLD) is None


def test_old_and_new_gestures_stand_apart_where_there_are_both():
    counts = np.array([[9, 1, 0], [8, 0, 2], [0, 5, 5], [5, 5, 0], [0, 0, 7], [0, 0, 9]])
    ours = scores_of(counts, TWO_EACH, np.array([True, True, False]))
    assert ours.macro_f1.value == pytest.approx((2 * ours.old.value + ours.new.value) / 3)
    assert ours.new.low is not None
    for old in (NONE_OLD, ~NONE_OLD):
        alike = scores_of(counts, TWO_EACH, old)
        assert alike.old is alike.new is None
        assert alike.macro_f1 == ours.macro_f1


@given(answer_counts)
def test_f1_over_some_gestures_forgets_the_windows_of_the_others(counts):
    confusion = np.array(scores_of(counts, TWO_EACH, NONE_OLD).confusion)
    some = score(*truth_and_answers(counts[:4], TWO_EACH[:4]), GESTURES)
    both = 2 * confusion.diagonal()[:2] / (confusion.sum(axis=1)[:2] + confusion[:2].sum(axis=0)[:2])
    assert f1_of(confusion, [0, 1]) == pytest.approx(both.mean())
    assert some.confusion[:2] == tuple(map(tuple, confusion[:2].tolist()))


def a_report():
    scores = scores_of(np.array([[9, 1], [8, 0], [0, 5], [5, 5]]), np.array([0, 0, 1, 1]), np.array([True, False]))
    gestures = tuple(Gesture(label=name, trials=2, windows=20, old=name == "rest") for name in ("rest", "fist"))
    advice = Recommendation(verdict="more_trials", gestures=("fist",), text="Record fist.")
    return Report(
        kind="gaussians",
        gestures=gestures,
        mlp=None,
        gaussians=scores,
        lda=scores,
        previous=None,
        population=scores,
        recommendation=advice,
    )


def test_a_report_goes_through_json_and_back():
    report = a_report()
    assert Report.model_validate_json(report.model_dump_json()) == report
    assert Report.model_validate(report.model_dump(mode="json")) == report
    assert report.after is report.gaussians
    assert report.model_copy(update={"kind": "mlp"}).after is None


def test_a_report_takes_no_more_than_it_knows():
    with pytest.raises(ValidationError):
        Report.model_validate(a_report().model_dump() | {"note": "hello"})
    with pytest.raises(ValidationError):
        Estimate(value=float("nan"))
    with pytest.raises(ValidationError):
        Scores.model_validate({"macro_f1": 1})


def test_what_the_service_needs_comes_without_torch():
    code = "import sys, calibration.advice, calibration.fitting, calibration.head_edits, calibration.profile\n"
    code += "sys.exit('torch' in sys.modules or 'sklearn' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": "."})
