import pytest

from models.errors import DatasetError
from models.experiments.catalogue import EXPERIMENTS, experiment
from models.experiments.experiment import Fold, FoldResult, Score


def test_a_result_survives_its_file():
    result = FoldResult(
        Fold("S01", {"seed": 3}), (Score("t", "a", "c", "S01", 3, 0.5, 0.6, 0.7),), 1.5, "abc", {"r2": 0.9}
    )
    assert FoldResult.from_json(result.to_json()) == result


def test_the_key_changes_with_everything_that_scores_depend_on():
    fold = Fold("S01", {"epochs": 3, "seed": 0})
    keys = {
        fold.key("a", "data"),
        fold.key("b", "data"),
        fold.key("a", "other data"),
        Fold("S01", {"epochs": 4, "seed": 0}).key("a", "data"),
        Fold("S02", {"epochs": 3, "seed": 0}).key("a", "data"),
    }
    assert len(keys) == 5
    assert Fold("S01", {"seed": 0, "epochs": 3}).key("a", "data") == fold.key("a", "data")


@pytest.mark.parametrize("name", sorted(EXPERIMENTS))
def test_every_name_leads_to_an_experiment(name):
    assert experiment(name).question.endswith("?")


ON_GRIDS = {"grid-same-day", "grid-new-day", "grid-shift", "grid-turn"}
ON_OTHERS = {
    *("cross-dataset", "ring", "typing"),
    *(name for name in EXPERIMENTS if name.startswith(("augmentation", "grid-capgmyo", "grid-csl"))),
}
"""What they want is made where they are tested."""


@pytest.mark.parametrize("name", sorted(set(EXPERIMENTS) - ON_OTHERS))
def test_the_quick_size_is_smaller_and_no_two_folds_are_mistaken_for_each_other(name, request):
    data = request.getfixturevalue("small_flexemg" if name in ON_GRIDS else "small_khushaba")
    full, quick = experiment(name).folds(data, False), experiment(name).folds(data, True)
    assert 0 < len(quick) < len(full)
    assert len({fold.key(name, "") for fold in (*full, *quick)}) == len(full) + len(quick)


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(DatasetError, match="user-heads"):
        experiment("nonsense")
