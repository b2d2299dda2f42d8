import pytest

from models.datasets.trials import select
from models.errors import DatasetError


def test_select_keeps_the_trials_of_the_labels(synthetic_trials):
    kept = select(synthetic_trials(), ["fist", "rest"])
    assert {trial.label for trial in kept} == {"fist", "rest"}
    assert len(kept) == 2 * 2 * 2


def test_select_names_a_label_without_trials(synthetic_trials):
    with pytest.raises(DatasetError, match="wave"):
        select(synthetic_trials(), ["fist", "wave"])
