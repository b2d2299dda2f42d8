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


@pytest.mark.parametrize("name", sorted(set(EXPERIMENTS) - {"cross-dataset"}))  # wants two data sets
def test_every_name_leads_to_an_experiment(name, small_khushaba):
    found = experiment(name)
    assert found.question.endswith("?")
    full, quick = found.folds(small_khushaba, False), found.folds(small_khushaba, True)
    assert 0 < len(quick) < len(full)
    assert len({fold.key(name, "") for fold in (*full, *quick)}) == len(full) + len(quick)


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(DatasetError, match="user-heads"):
        experiment("nonsense")
