import numpy as np
import pytest

from calibration.advice import AHEAD, TARGET_RECALL, advise
from calibration.report import Gesture, scores_of

NAMES = ("rest", "fist", "point")


def gestures(trials=(2, 2, 2)):
    return [Gesture(label=name, trials=n, windows=20 * n, old=False) for name, n in zip(NAMES, trials, strict=True)]


def scores(*recalls, trials=2, towards=1):
    """Each gesture with this recall in each of its trials of 100 windows; ``None``: not scored; the rest goes on."""
    rows, held = [], []
    for k, recall in enumerate(recalls):
        for one in [] if recall is None else np.broadcast_to(recall, trials):
            row = np.zeros(len(NAMES), np.int64)
            row[k], row[(k + towards) % len(NAMES)] = round(100 * one), 100 - round(100 * one)
            rows.append(row)
            held.append(k)
    return scores_of(np.array(rows), np.array(held), np.zeros(len(NAMES), bool))


def test_a_good_head_is_accepted_with_its_score():
    told = advise(gestures(), scores(0.9, 0.95, 1.0), None)
    assert (told.verdict, told.gestures) == ("accept", ())
    assert "F1 is 95% (95% to 95%)" in told.text


def test_one_more_trial_is_asked_of_those_alone_whose_lower_bound_is_under_the_target():
    told = advise(gestures(), scores([0.6, 1.0], 0.9, TARGET_RECALL), None)
    assert (told.verdict, told.gestures) == ("more_trials", ("rest",))
    assert "one more trial of rest" in told.text
    assert "rest 80%" in told.text


def test_without_an_interval_the_value_decides():
    told = advise(gestures((1, 1, 1)), scores(0.71, 0.69, 0.9, trials=1), None)
    assert told.gestures == ("fist",)


def test_what_is_not_known_is_asked_for():
    told = advise(gestures((1, 1, 1)), None, None)
    assert (told.verdict, told.gestures) == ("more_trials", NAMES)
    assert "before its second trial" in told.text
    assert advise(gestures((2, 2, 1)), scores(0.9, 0.9, None), None).gestures == ("point",)


def test_a_gesture_that_stays_hopeless_is_dropped_and_its_double_named():
    weak = scores(0.9, 0.4, 0.9)
    assert advise(gestures((2, 2, 2)), weak, None).verdict == "more_trials"
    told = advise(gestures((2, 3, 2)), weak, None)
    assert (told.verdict, told.gestures) == ("drop_gesture", ("fist",))
    assert "fist is recognised in 40% of its windows, and mostly taken for point in others" in told.text


def test_two_gestures_at_least_are_left():
    told = advise(gestures((3, 3, 3)), scores(0.2, 0.2, 0.9), None)
    assert (told.verdict, told.gestures) == ("more_trials", ("rest", "fist"))


def test_nobody_is_asked_for_ever():
    told = advise(gestures((4, 4, 4)), scores(0.9, 0.6, 0.9), None)
    assert (told.verdict, told.gestures) == ("accept", ("fist",))
    assert "Expect mistakes with fist" in told.text


@pytest.mark.parametrize(("before", "verdict"), [(0.95, "keep_previous"), (0.9 + AHEAD / 2, "accept"), (0.8, "accept")])
def test_the_head_before_is_kept_if_it_is_clearly_better(before, verdict):
    told = advise(gestures(), scores(0.9, 0.9, 0.9), scores(before, before, before))
    assert told.verdict == verdict
    assert ("5 points better" in told.text) == (verdict == "keep_previous")


def test_heads_are_compared_on_gestures_on_which_both_were_scored():
    assert advise(gestures(), scores(0.9, 0.9, 0.75), scores(0.9, 0.9, None)).verdict == "accept"
    assert advise(gestures(), scores(0.9, 0.9, None), scores(None, None, 1.0)).verdict == "more_trials"
    assert advise(gestures(), scores(0.75, 0.9, 0.9), scores(1.0, None, None)).verdict == "keep_previous"
