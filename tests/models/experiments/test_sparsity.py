import pytest

from models.experiments.experiment import Fold
from models.experiments.sparsity import EXPERIMENT, LAMBDAS


@pytest.fixture(scope="module")
def outcomes(small_khushaba, tmp_path_factory):
    """Lambda 0 and 1e-3, a few steps each, by lambda."""
    work = tmp_path_factory.mktemp("sparsity")
    folds = [Fold(fold.name, {**fold.settings, "autoencoder": 4}) for fold in EXPERIMENT.folds(small_khushaba, True)]
    return {fold.settings["sparsity"]: EXPERIMENT.compute(fold, small_khushaba, work / fold.name) for fold in folds}


def test_a_large_lambda_leaves_more_zeros_a_smaller_latent_and_a_worse_reconstruction(outcomes):
    none, much = outcomes[0.0].notes, outcomes[1e-3].notes
    assert much["zeros"] > none["zeros"]
    assert much["mean_abs"] < none["mean_abs"]
    assert much["r2"] < none["r2"] < 1


def test_lambda_eff_counts_the_latent(outcomes):
    assert outcomes[1e-3].notes["lambda_eff"] == pytest.approx(1.28)
    assert outcomes[0.0].notes["lambda_eff"] == 0


def test_lambda_is_the_column_and_every_subject_is_scored(outcomes):
    for sparsity, outcome in outcomes.items():
        assert {score.condition for score in outcome.scores} == {f"{sparsity:g}"}
        assert [score.subject for score in outcome.scores] == ["S01", "S02", "S03"]


def test_quick_takes_both_ends_and_shares_no_fold_with_the_full_size(small_khushaba):
    full, quick = (EXPERIMENT.folds(small_khushaba, quick) for quick in (False, True))
    assert [fold.settings["sparsity"] for fold in quick] == [LAMBDAS[0], LAMBDAS[-1]]
    assert len(full) == 5 * len(LAMBDAS)
    assert len({fold.key("sparsity", "") for fold in (*full, *quick)}) == len(full) + len(quick)
