import numpy as np
import pytest
import torch
from scipy.io import savemat

from models.augmentation.ladder import Rung
from models.datasets import ninapro
from models.errors import DatasetError
from models.experiments.augmentation_arms import CONTROLS, GAIN, LONGER
from models.experiments.augmentation_papers import SEEDS, WithinSubject, case_of
from models.experiments.catalogue import experiment

torch.set_num_threads(1)

pytestmark = pytest.mark.timeout(600)  # small networks learn: seconds alone, minutes beside other work

GESTURES = (2,)
"""One exercise of two gestures."""


def write(folder, person: int) -> None:
    """Six repetitions of two gestures, 0.6 s each, strong on other channels, with rest between them."""
    rng = np.random.default_rng(person)
    parts = [(g, r) for g in (1, 2) for r in range(1, 7)]
    gestures = np.concatenate([np.repeat([g, 0], [1200, 300]) for g, _ in parts])
    repetitions = np.concatenate([np.full(1500, r) for _, r in parts])
    strong = np.where(np.arange(12)[np.newaxis] % 2 == gestures[:, np.newaxis] % 2, 1e-4, 1e-5)
    emg = rng.standard_normal((len(gestures), 12)) * strong
    labels = {"restimulus": gestures[:, np.newaxis], "rerepetition": repetitions[:, np.newaxis]}
    (folder / f"s{person}").mkdir()
    savemat(folder / f"s{person}" / f"S{person}_E1_A1.mat", {"emg": emg.astype(np.float32), **labels})


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ninapro")
    for person in (1, 2):
        write(folder, person)
    return folder


def test_the_parts_of_a_case_come_from_other_repetitions_and_hop_as_the_protocol_says(data):
    trials = [t for t in ninapro.load(data, GESTURES, "01") if t.label != "rest"]
    case = case_of(trials, ("1", "2"), 0)
    parts = (case.real, case.validate, case.test)
    assert [{t.trial for t in part.trials} for part in parts] == [{1, 3, 4}, {6}, {2, 5}]
    assert [part.x.shape for part in parts] == [(2 * 3 * 5, 400, 12), (2 * 5, 400, 12), (2 * 2 * 9, 400, 12)]
    assert {t.trial for t in case.judges} == {2, 5, 6}


def test_the_ladder_and_its_controls_on_one_person(data, tmp_path):
    study = WithinSubject("toy", GESTURES, ())
    (fold,) = study.folds(data, True)
    outcome = study.compute(fold, data, tmp_path / "a.work")
    arms = {s.arm for s in outcome.scores if GAIN not in s.table}
    assert arms == {*CONTROLS, *(rung.value for rung in Rung)} - {LONGER}
    assert {s.table.removesuffix(f": {GAIN}") for s in outcome.scores} == {"NinaPro toy, TD + LDA"}
    assert {f"{rung} FID" for rung in Rung} <= set(outcome.notes)


def test_everybody_learns_with_all_backbones():
    assert WithinSubject("toy", GESTURES).learners == ("crossformer", "tdct", "stcnet")


def test_the_full_size_has_everybody_and_all_seeds(data):
    folds = experiment("augmentation-ninapro-db7").folds(data, False)
    assert [fold.settings["subject"] for fold in folds] == ["01", "02"] * SEEDS


def test_a_folder_without_the_database_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="NinaPro"):
        experiment("augmentation-ninapro-db2").folds(tmp_path, True)
