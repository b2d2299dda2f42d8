import pytest

from models.experiments.catalogue import experiment
from models.experiments.csae_parts import CONTROL
from models.experiments.experiment import Fold
from models.experiments.leave_one_subject_out import LARGER, MLP

STUDY = experiment("leave-one-subject-out")


@pytest.fixture(scope="module")
def outcome(small_khushaba, tmp_path_factory):
    fold = STUDY.folds(small_khushaba, True)[0]
    return STUDY.compute(fold, small_khushaba, tmp_path_factory.mktemp("loso"))


@pytest.mark.parametrize("table", ["6 gestures", "10 gestures"])
def test_control_and_mlp_get_every_number_of_trials_and_larger_parts_two_and_four(outcome, table):
    cells = [(score.arm, score.condition) for score in outcome.scores if score.table == table]
    each = {f"{count} trial" + "s" * (count != 1) for count in (0, 1, 2, 3, 4)}
    expected = {(arm, count) for arm in (CONTROL, MLP.name) for count in each}
    expected |= {(part.name, count) for part in LARGER for count in ("2 trials", "4 trials")}
    assert sorted(cells) == sorted(expected)


def test_only_the_new_user_is_scored_and_the_autoencoder_is_described(outcome):
    assert {score.subject for score in outcome.scores} == {"S01"}
    assert set(outcome.notes) == {"r2", "zeros"}
    assert 0 <= outcome.notes["zeros"] <= 1


def test_five_seeds_and_every_subject(small_khushaba):
    folds = [fold.settings for fold in STUDY.folds(small_khushaba, False)]
    assert {(of["subject"], of["seed"]) for of in folds} == {(f"S0{n}", seed) for n in (1, 2, 3) for seed in range(5)}
    assert len(folds) == 15
    assert len(STUDY.folds(small_khushaba, True)) == 2


def test_the_control_is_the_same_for_every_seed_and_computed_once(small_khushaba, tmp_path, outcome):
    quick = STUDY.folds(small_khushaba, True)[0]
    other = Fold("S01-seed1", {**quick.settings, "seed": 1})
    found = STUDY.compute(other, small_khushaba, tmp_path)
    assert {score.seed for score in found.scores} == {1}
    assert {score.arm for score in outcome.scores} - {score.arm for score in found.scores} == {CONTROL}
