import numpy as np
import pytest

from models.datasets.khushaba import SIX, TEN, load
from models.errors import DatasetError
from models.experiments.protocol import NewUser, mark, smoothed, subjects_of


@pytest.fixture(scope="module")
def trials(small_khushaba):
    return load(small_khushaba)


def test_others_calibration_and_test_share_nothing(trials):
    user = NewUser.of(trials, TEN, "S02")
    assert {trial.subject for trial in user.others} == {"S01", "S03"}
    assert {(trial.subject, trial.trial) for trial in user.calibration} == {("S02", n) for n in (1, 2, 3, 4)}
    assert {(trial.subject, trial.trial) for trial in user.test} == {("S02", 5), ("S02", 6)}


def test_only_the_gestures_asked_for_are_used(trials):
    user = NewUser.of(trials, SIX, "S02")
    assert {trial.label for trial in (*user.others, *user.calibration, *user.test)} == set(SIX)


def test_calibration_takes_the_first_trials_and_never_a_scored_one(trials):
    user = NewUser.of(trials, TEN, "S01")
    assert {trial.trial for trial in user.first(2).train} == {1, 2}
    assert {trial.trial for trial in user.first(99).train} == {1, 2, 3, 4}
    assert user.first(1).test == user.test


def test_a_calibration_without_trials_is_refused(trials):
    with pytest.raises(DatasetError, match="empty"):
        NewUser.of(trials, TEN, "S01").first(0)


def test_an_unknown_subject_is_refused(trials):
    with pytest.raises(DatasetError, match="empty"):
        NewUser.of(trials, TEN, "S99")


def test_quick_means_two_subjects(trials):
    assert subjects_of(trials, quick=False) == ["S01", "S02", "S03"]
    assert subjects_of(trials, quick=True) == ["S01", "S02"]


def test_smoothing_never_reaches_back_into_another_trial():
    sure, slip = [0.0, -9.0], [-4.0, 0.0]
    rows = np.array([sure, sure, slip, slip], np.float32)
    assert smoothed(rows, np.array([0, 0, 0, 0])).tolist() == [0, 0, 0, 0]
    assert smoothed(rows, np.array([0, 0, 1, 1])).tolist() == [0, 0, 1, 1]


def test_marks_of_a_known_answer():
    rows = np.log(np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.6, 0.4]], np.float32))
    marks = mark(rows, np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]))
    assert marks.accuracy == 0.75
    assert marks.macro_f1 == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert marks.smoothed_macro_f1 == 1
