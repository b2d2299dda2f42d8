import numpy as np
import pytest
import torch

from models.augmentation.ladder import Rung
from models.errors import DatasetError
from models.experiments.augmentation import SEEDS, TRIALS, Augmentation
from models.experiments.augmentation_arms import CHANGED, CONTROLS, GAIN, LONGER, PLAIN
from models.experiments.augmentation_sets import Recorded
from models.experiments.augmentation_sweeps import Sweeps
from models.experiments.catalogue import experiment
from models.spec import FilterSpec

torch.set_num_threads(1)

pytestmark = pytest.mark.timeout(600)  # small networks learn: seconds alone, minutes beside other work

PEOPLE = ("1_right", "2_right", "3_right")
SMALL = Recorded("Myo", "myo", "myo-7", ("flexion", "fist"), FilterSpec(high_hz=90.0))
QUESTION = "Do they help?"


def recording(movement: int, person: int) -> np.ndarray:
    """Six times rest and six times the movement, 1.5 s each; a movement is strong on its own channel and the next."""
    rng = np.random.default_rng([movement, person])
    labels = np.repeat([0, movement] * 6, 300)
    strong = np.where(np.isin(np.arange(8), [movement % 8, (movement + 1) % 8]), 40, 8)
    x = rng.normal(0, strong, (len(labels), 8)).round().clip(-128, 127)
    return np.column_stack([x, labels]).astype(np.int8)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    (folder / "myo").mkdir()
    for number, person in enumerate(PEOPLE):
        arrays = {f"s{session}_g{movement}": recording(movement, number) for session in "123" for movement in range(8)}
        np.savez(folder / "myo" / f"{person}.npz", fs=200.0, **arrays)
    return folder


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    return tmp_path_factory.mktemp("out") / "folds" / "a.work"


@pytest.fixture(scope="module")
def outcome(data, work):
    study = Augmentation(QUESTION, {"myo": SMALL})
    (fold,) = study.folds(data, True)
    return study.compute(fold, data, work)


def test_every_arm_meets_every_learner_after_one_and_two_trials(outcome):
    arms = {*CONTROLS, *(rung.value for rung in Rung)}
    wanted = {("Myo, CSAE head", arm) for arm in arms}
    for name in ("TD + LDA", "classical features, Gaussians"):
        wanted |= {(f"Myo, {name}", arm) for arm in arms - {LONGER}}
    for condition in ("1 trial", "2 trials"):
        found = [(s.table, s.arm) for s in outcome.scores if s.condition == condition and GAIN not in s.table]
        assert sorted(found) == sorted(wanted)
    assert {(s.subject, s.seed) for s in outcome.scores} == {(PEOPLE[0], 0)}


def test_gains_are_differences_from_classical_augmentation(outcome):
    f1 = {(s.table, s.arm, s.condition): s.macro_f1 for s in outcome.scores}
    gains = [key for key in f1 if GAIN in key[0]]
    assert len(gains) == len(TRIALS) * (6 + 6 + 7)
    for table, arm, condition in gains:
        plain = table.removesuffix(f": {GAIN}")
        assert f1[table, arm, condition] == f1[plain, arm, condition] - f1[plain, CHANGED, condition]


def test_strong_channels_are_told_apart_by_the_control(outcome):
    """If even the baseline failed on these, its comparison would mean nothing."""
    plain = [s.macro_f1 for s in outcome.scores if (s.table, s.arm) == ("Myo, TD + LDA", PLAIN)]
    assert min(plain) > 0.9


def test_every_rung_is_judged_beside_the_real_windows(outcome):
    figures = ("FID", "AvgKNN", "LOF", "rarity", "outside", "CAS")
    for arm in (PLAIN, CHANGED, *(rung.value for rung in Rung)):
        assert {f"{arm} {figure}" for figure in figures} <= set(outcome.notes)
    assert outcome.notes[f"{PLAIN} FID"] < outcome.notes[f"{Rung.LABEL_ONLY} FID"]
    assert all(outcome.notes[f"{rung} seconds"] > 0 for rung in Rung)


def test_generators_lie_once_for_all_experiments(data, work, outcome):
    before = {file: file.stat().st_mtime_ns for file in work.parent.parent.glob("generators/*/*/*.pt")}
    assert {file.parent.name for file in before} == {"encoder", "label", "semantic"}
    study = Augmentation(QUESTION, {"myo": SMALL}, ("tdct",))
    (fold,) = study.folds(data, True)
    found = study.compute(fold, data, work.with_name("b.work")).scores
    assert {s.table.removesuffix(f": {GAIN}") for s in found} == {"Myo, tdct"}
    assert {s.arm for s in found if GAIN not in s.table} == {*CONTROLS, *(rung.value for rung in Rung)}
    assert {file: file.stat().st_mtime_ns for file in work.parent.parent.glob("generators/*/*/*.pt")} == before


def test_sweeps_vary_one_number_at_a_time_beside_their_control(data, work, outcome):
    study = Sweeps(QUESTION, Augmentation(QUESTION, {"myo": SMALL}))
    (fold,) = study.folds(data, True)
    found = [s for s in study.compute(fold, data, work.with_name("c.work")).scores if s.table == "Myo, TD + LDA"]
    values = {arm: [s.condition for s in found if s.arm == arm] for arm in dict.fromkeys(s.arm for s in found)}
    assert values == {
        CHANGED: ["2"],
        "least confidence": ["0.05", "0.15", "0.25", "0.5", "0.75"],
        "made to real": ["0", "0.5", "1", "2", "4"],
        "Fourier weight": ["0", "0.1"],
    }
    (none,) = (s.macro_f1 for s in found if (s.arm, s.condition) == ("made to real", "0"))
    alone = {(s.table, s.arm, s.condition): s.macro_f1 for s in outcome.scores}
    assert none == alone["Myo, TD + LDA", PLAIN, "1 trial"]


def test_every_subject_is_a_new_user_once_per_seed(data):
    folds = Augmentation(QUESTION, {"myo": SMALL}).folds(data, False)
    assert [fold.settings["subject"] for fold in folds] == list(PEOPLE) * SEEDS


def test_a_folder_without_any_of_the_sets_is_refused(tmp_path):
    with pytest.raises(DatasetError, match=r"khushaba2012-2ch.*give the folder"):
        experiment("augmentation").folds(tmp_path, True)
