import pytest

from models.experiments.catalogue import experiment
from models.experiments.grid_same_day import NETWORKS, SEEDS


@pytest.fixture(scope="module")
def study():
    return experiment("grid-same-day")


def test_every_session_meets_every_network_and_the_control_once(study, small_flexemg):
    folds = study.folds(small_flexemg, False)
    assert len(folds) == 3 * (1 + SEEDS * (len(NETWORKS) + 1))
    assert len({fold.name for fold in folds}) == len(folds)


def test_networks_are_scored_with_every_vote_and_the_others_by_windows(study, small_flexemg, tmp_path):
    cells = []
    for fold in study.folds(small_flexemg, True):
        outcome = study.compute(fold, small_flexemg, tmp_path / "folds" / f"{fold.name}.work")
        cells += [(score.arm, score.condition) for score in outcome.scores]
        assert {(score.subject, score.table) for score in outcome.scores} == {("S1", "same day")}
    assert cells == [
        ("control: TD + LDA", "250 ms windows"),
        ("embedded", "1 image"),
        ("embedded", "40 ms vote"),
        ("embedded", "150 ms vote"),
        ("2srnn", "160 ms windows"),
    ]


def test_the_control_knows_the_small_data_set(study, small_flexemg, tmp_path):
    fold = study.folds(small_flexemg, True)[0]
    (score,) = study.compute(fold, small_flexemg, tmp_path / "folds" / "a.work").scores
    assert score.accuracy > 0.95
