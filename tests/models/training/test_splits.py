import pytest

from models.errors import DatasetError
from models.training.splits import Split, by_trial, leave_subject_out


def test_by_trial_holds_out_the_numbers_of_every_subject_and_label(synthetic_trials):
    split = by_trial(synthetic_trials(repetitions=3), {3})
    assert {trial.trial for trial in split.train} == {1, 2}
    assert {trial.trial for trial in split.test} == {3}
    assert len(split.test) == 2 * 3


def test_leave_subject_out_holds_out_one_person(synthetic_trials):
    split = leave_subject_out(synthetic_trials(subjects=3), "1")
    assert {trial.subject for trial in split.train} == {"0", "2"}
    assert {trial.subject for trial in split.test} == {"1"}


def test_a_trial_on_both_sides_is_refused(synthetic_trials):
    trials = tuple(synthetic_trials())
    with pytest.raises(DatasetError, match="trial 2 of fist, subject 0, session 1, is on both sides"):
        Split(trials[:2], trials[1:])


def test_a_copy_of_a_trial_leaks_as_much_as_the_trial(synthetic_trials):
    with pytest.raises(DatasetError, match="both sides"):
        Split(tuple(synthetic_trials()), tuple(synthetic_trials()[:1]))


@pytest.mark.parametrize("numbers", [{9}, {1, 2}])
def test_an_empty_side_is_refused(synthetic_trials, numbers):
    with pytest.raises(DatasetError, match="empty"):
        by_trial(synthetic_trials(), numbers)


def test_an_unknown_subject_is_refused(synthetic_trials):
    with pytest.raises(DatasetError, match="empty"):
        leave_subject_out(synthetic_trials(), "nobody")
