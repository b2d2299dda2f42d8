import pytest

from models.experiments.user_heads import ARMS


@pytest.fixture
def scores(quick_results):
    return [score for result in quick_results[1] for score in result.scores]


def test_every_arm_is_scored_for_every_subject_and_number_of_trials(scores):
    cells = {(score.subject, score.table, score.arm, score.condition) for score in scores}
    assert len(cells) == len(scores) == 2 * 2 * 4 * len(ARMS)
    assert {score.subject for score in scores} == {"S01", "S02"}


def test_fitting_a_head_takes_less_than_a_second(scores):
    assert max(score.fit_s for score in scores) < 1


def test_gestures_that_differ_are_told_apart_after_calibration(scores):
    last = [score.macro_f1 for score in scores if (score.table, score.condition) == ("6 gestures", "4 trials")]
    assert min(last) > 0.5
