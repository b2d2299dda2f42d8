import numpy as np
import pytest

from models.experiments.catalogue import experiment
from models.experiments.disturbances import DISTURBANCES, MODELS, SEEDS


@pytest.fixture(scope="module")
def scores(small_khushaba, tmp_path_factory):
    study = experiment("disturbances")
    fold = study.folds(small_khushaba, True)[0]
    return study.compute(fold, small_khushaba, tmp_path_factory.mktemp("out") / "folds" / "a.work").scores


def of(scores, row, condition):
    return np.mean([score.macro_f1 for score in scores if (score.arm, score.condition) == (row, condition)])


def test_every_disturbance_meets_every_adaptation(scores):
    cells = {(score.table, score.arm, score.condition) for score in scores}
    quick = ["nothing", "mains 50 Hz, as large as the signal", "first channel lost", "fatigue 20 %"]
    assert list(dict.fromkeys(score.arm for score in scores)) == quick
    assert len(cells) == len(scores) == 2 * len(MODELS) * len(quick) * 5
    assert {score.condition for score in scores} == {"none", "rolling", "unlabelled", "1 trial", "2 trials"}


def test_the_full_size_has_every_disturbance(small_khushaba):
    folds = experiment("disturbances").folds(small_khushaba, False)
    assert {fold.settings["every"] for fold in folds} == {1}
    assert len(folds) == 3 * SEEDS


@pytest.mark.parametrize("name", DISTURBANCES)
def test_a_disturbance_changes_the_samples_and_nothing_else_does(name):
    x = 100 * np.random.default_rng(0).standard_normal((4000, 2)).astype(np.float32)
    disturbed = DISTURBANCES[name](x, 2000.0, np.random.default_rng(0))
    assert disturbed.shape == x.shape
    assert np.array_equal(disturbed, x) == (name == "nothing")


def test_a_disturbance_costs_and_labelled_trials_give_back(scores):
    """The gestures of the small data set differ in how strong each channel is, and in nothing else."""
    clean, lost = of(scores, "nothing", "none"), of(scores, "first channel lost", "none")
    assert lost < clean - 0.2
    assert of(scores, "first channel lost", "2 trials") > lost + 0.1


def test_the_same_fold_gives_the_same_scores(scores, small_khushaba, tmp_path):
    study = experiment("disturbances")
    fold = study.folds(small_khushaba, True)[0]
    assert study.compute(fold, small_khushaba, tmp_path / "folds" / "a.work").scores == scores
