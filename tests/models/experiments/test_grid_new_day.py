import pytest

from models.experiments.catalogue import experiment
from models.experiments.grid_folds import FLEXEMG, sessions_of
from models.experiments.grid_new_day import SEEDS, pairs_of, table_of


@pytest.fixture(scope="module")
def study():
    return experiment("grid-new-day")


def test_days_of_one_person_and_first_days_of_two_are_pairs(small_flexemg):
    pairs = pairs_of(sessions_of(FLEXEMG.load(small_flexemg)))
    assert [table_of(*pair) for pair in pairs] == [
        "new day, S1/1 to S1/3",
        "new user, S1/1 to S2/1",
        "new day, S1/3 to S1/1",
        "new user, S2/1 to S1/1",
    ]


def test_there_is_a_fold_per_seed_and_pair_and_one_control(study, small_flexemg):
    folds = study.folds(small_flexemg, False)
    assert len(folds) == 4 * (SEEDS + 1)
    assert [fold.seed for fold in folds if fold.settings["arm"] == "control"] == [0] * 4


def test_a_fold_scores_the_target_alone(study, small_flexemg, tmp_path):
    _, network = study.folds(small_flexemg, True)
    scores = study.compute(network, small_flexemg, tmp_path / "folds" / "a.work").scores
    assert {(score.table, score.subject) for score in scores} == {("new day, S1/1 to S1/3", "S1")}
    assert len({score.arm for score in scores}) == 2 + 2 * 3
