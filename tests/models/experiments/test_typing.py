import numpy as np
import pytest
from wristband_typing import recording

from models.errors import DatasetError
from models.experiments.catalogue import experiment
from models.experiments.typing import new_people


def write(folder, users):
    for user in range(users):
        taken = recording(("a", "b", "c"), seconds=8, seed=user)
        arrays = {"keys": np.array(taken.keys), "times": taken.times, "rate_hz": taken.rate_hz}
        np.savez(folder / f"user-{user:02d}.npz", samples=taken.signal, **arrays)
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write(tmp_path_factory.mktemp("typing"), 5)


def test_a_new_person_is_scored_before_and_after(data, tmp_path):
    study = experiment("typing")
    (fold,) = study.folds(data, True)
    outcome = study.compute(fold, data, tmp_path / "folds" / "a.work")
    assert [(one.arm, one.condition) for one in outcome.scores] == [
        ("generic", "0 min"),
        ("last layer", "0.05 min"),
        ("everything", "0.05 min"),
    ]
    assert {(one.subject, one.measure) for one in outcome.scores} == {("user-01", "1 - CER")}
    assert set(outcome.notes) == {"CER, generic, 0 min", "CER, last layer, 0.05 min", "CER, everything, 0.05 min"}
    assert len(list((tmp_path / "networks").iterdir())) == 1


def test_new_people_are_not_among_those_it_learns_from(data, tmp_path):
    assert new_people(data) == ["user-01", "user-02", "user-03", "user-04"]
    with pytest.raises(DatasetError, match="4 people: simulate more"):
        new_people(write(tmp_path, 4))


def test_every_seed_and_person_is_a_fold_of_its_own(data):
    folds = experiment("typing").folds(data, False)
    assert [(fold.seed, fold.settings["user"]) for fold in folds[:5]] == [
        (0, "user-01"),
        (0, "user-02"),
        (0, "user-03"),
        (0, "user-04"),
        (1, "user-01"),
    ]
    assert len({fold.key("typing", "") for fold in folds}) == 12
