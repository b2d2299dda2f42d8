import numpy as np
import pytest

from models.datasets.khushaba import SIX, load
from models.experiments.pooled import ARMS, EXPERIMENT, SPLITS, windows_at_random

LEAKY = ("csae", "control")


@pytest.fixture(scope="module")
def trials(small_khushaba):
    return load(small_khushaba)


@pytest.fixture(scope="module")
def outcomes(small_khushaba, tmp_path_factory):
    """Every arm by trial; two of them with windows at random."""
    work = tmp_path_factory.mktemp("pooled")
    folds = EXPERIMENT.folds(small_khushaba, True)
    folds = [fold for fold in folds if fold.settings["split"] == "by-trial" or fold.settings["arm"] in LEAKY]
    return [(fold, EXPERIMENT.compute(fold, small_khushaba, work / fold.name)) for fold in folds]


@pytest.fixture
def scores(outcomes):
    return [score for _, outcome in outcomes for score in outcome.scores]


def of(windows):
    return {windows.trials[source] for source in windows.source}


def test_by_trial_nothing_is_on_both_sides(trials):
    halves = SPLITS["by-trial"][1](trials, 0)
    assert {trial.trial for trial in of(halves.learn)} == {1, 2, 3, 4}
    assert {trial.trial for trial in of(halves.test)} == {5, 6}


def test_at_random_scored_windows_overlap_with_training_windows(trials):
    halves = windows_at_random(trials, 0)
    assert of(halves.test) & of(halves.learn)
    heads = {window[:500].tobytes() for window in halves.test.x}
    tails = {window[500:].tobytes() for window in halves.learn.x}
    assert heads & tails


def test_at_random_every_window_is_used_once_and_each_gesture_of_each_subject_gives_a_third(trials):
    honest, random = SPLITS["by-trial"][1](trials, 0), windows_at_random(trials, 0)
    assert (len(random.learn), len(random.test)) == (len(honest.learn), len(honest.test))
    rows = [window.tobytes() for half in (random.learn, random.test) for window in half.x]
    assert sorted(rows) == sorted(window.tobytes() for half in (honest.learn, honest.test) for window in half.x)
    cells = [
        (random.test.trials[source].subject, y) for source, y in zip(random.test.source, random.test.y, strict=True)
    ]
    assert {cells.count((subject, y)) for subject in ("S01", "S02", "S03") for y in range(len(SIX))} == {6}


def test_at_random_labels_stay_with_their_windows_and_the_seed_decides(trials):
    first, again, other = (windows_at_random(trials, seed).test for seed in (0, 0, 1))
    assert [SIX[y] for y in first.y] == [first.trials[source].label for source in first.source]
    assert np.array_equal(first.x, again.x)
    assert not np.array_equal(first.x, other.x)


def test_each_table_holds_the_scores_of_its_own_split(outcomes):
    for fold, outcome in outcomes:
        assert {score.table for score in outcome.scores} == {SPLITS[fold.settings["split"]][0]}


def test_every_arm_is_scored_for_every_subject_the_fcae_with_two_classifiers(scores):
    cells = {(score.table, score.arm, score.subject) for score in scores}
    assert len(cells) == len(scores) == (len(ARMS) + 1 + len(LEAKY)) * 3


def test_at_random_nothing_is_smoothed(scores):
    leaky = [score for score in scores if "leaks" in score.table]
    assert leaky
    assert all(score.smoothed_macro_f1 == score.macro_f1 for score in leaky)


def test_the_control_learns_even_when_it_should_be_quick(scores):
    assert min(score.macro_f1 for score in scores if "control" in score.arm) > 0.3


def test_autoencoders_tell_how_well_they_rebuild(outcomes):
    noted = {fold.settings["arm"] for fold, outcome in outcomes if outcome.notes}
    assert noted == {"csae", "cae", "fcae"}
    assert all(outcome.notes["r2"] < 1 and 0 <= outcome.notes["zeros"] <= 1 for _, outcome in outcomes if outcome.notes)


def test_quick_and_full_share_no_fold(small_khushaba):
    full, quick = (EXPERIMENT.folds(small_khushaba, quick) for quick in (False, True))
    assert (len(full), len(quick)) == (2 * 5 * len(ARMS), 2 * len(ARMS))
    assert len({fold.key("pooled", "") for fold in (*full, *quick)}) == len(full) + len(quick)
