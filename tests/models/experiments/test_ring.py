import numpy as np
import pytest
from scipy.io import savemat

from models.datasets.grabmyo import FOREARM
from models.errors import DatasetError
from models.experiments.catalogue import experiment
from models.experiments.ring import FLEXEMG, GRABMYO, SEEDS

HELD = 1250
"""Samples at 1 kHz that everything is held: windows start in the last 0.5 s of it."""


def strengths(gesture: int) -> np.ndarray:
    """Four neighbours of 16 are strong under a gesture."""
    return np.where((np.arange(16) // 4) == gesture, 200.0, 10.0)


def write_flexemg(folder, name: str, trials: int) -> None:
    rng = np.random.default_rng(len(name))
    held = [rng.normal(0, strengths(gesture)[:, np.newaxis], (trials, 16, HELD)) for gesture in (-1, 0, 1, 2, 3, -1)]
    counts = np.concatenate(held, axis=2) * 2 + 30_000
    facts = {"fs": 1000.0, "uV_per_lsb": 0.5, "timerest": HELD, "timegest": HELD}
    facts |= {"seq": np.tile(np.arange(1, 5, dtype=np.uint8), (trials, 1))}
    facts |= {"labels": np.array(["Rest", "Fist", "Raise", "Lower", "Open"])}
    dx = np.diff(counts.astype(np.int64), prepend=0).astype(np.uint16).view(np.int16)
    np.savez(folder / f"{name}.npz", dx=dx, **facts)


def write_grabmyo(folder) -> None:
    rng = np.random.default_rng(0)
    for number, gesture in enumerate((11, 12, 15, 16)):
        for trial in range(1, 6):
            name = f"session1_participant1_gesture{gesture}_trial{trial}"
            rng.normal(0, strengths(number), (2500, 16)).astype("<i2").tofile(folder / f"{name}.dat")
            lines = [f"{name}.dat 16 1000.0(0)/mV 16 0 0 0 0 {channel}" for channel in FOREARM]
            (folder / f"{name}.hea").write_text("\n".join([f"{name} 16 2048 2500", *lines]))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    for name in (FLEXEMG, GRABMYO):
        (folder / name).mkdir()
    arraymap = np.arange(1, 17)[:, np.newaxis].repeat(2, axis=1)
    savemat(folder / FLEXEMG / "arraymap.mat", {"arraymap": arraymap})
    write_flexemg(folder / FLEXEMG, "S1_1Train", 5)
    write_flexemg(folder / FLEXEMG, "S1_3Test", 2)
    write_grabmyo(folder / GRABMYO)
    return folder


@pytest.fixture(scope="module")
def scores(data, tmp_path_factory):
    """Of all folds in the quick size, by (table, arm, condition)."""
    study, found = experiment("ring"), {}
    for fold in study.folds(data, True):
        for score in study.compute(fold, data, tmp_path_factory.mktemp("fold") / "a.work").scores:
            found[score.table, score.arm, score.condition] = score
    return found


def test_every_way_to_wear_the_ring_meets_every_adaptation(scores):
    arms = {f"{model}, trained {how}" for model in ("CSAE", "control: LDA") for how in ("as worn", "turned")}
    adaptations = ("no adaptation", "re-estimated", "1 trial added", "1 trial alone")
    wanted = {(f"flexemg ring, {how}", arm, at) for how in adaptations for arm in arms for at in ("0", "0.5", "1", "2")}
    wanted |= {(f"flexemg ring, a new day, {how}", arm, "new day") for how in adaptations for arm in arms}
    wanted |= {("GRABMyo, one person", arm, at) for arm in arms for at in ("0", "0.5", "1")}
    assert set(scores) == wanted
    assert {score.subject for (table, *_), score in scores.items() if table.startswith("GRAB")} == {"P01"}


def test_turning_costs_and_each_remedy_gives_back(scores):
    """Gestures of this ring are neighbours, so two electrodes further on two of four are another gesture's."""

    def f1(how, arm, at):
        return scores[f"flexemg ring, {how}", f"control: LDA, trained {arm}", at].macro_f1

    assert f1("no adaptation", "as worn", "0") > 0.95
    assert f1("no adaptation", "as worn", "2") < 0.8
    assert f1("no adaptation", "turned", "2") > f1("no adaptation", "as worn", "2") + 0.1
    assert f1("1 trial alone", "as worn", "2") > 0.95


def test_the_full_size_has_all_seeds_and_both_trainings(data):
    folds = experiment("ring").folds(data, False)
    assert len(folds) == len(SEEDS) * 2 * 2
    assert {fold.settings["training"] for fold in folds} == {"as worn", "turned"}
    assert len({fold.key("ring", "x") for fold in folds}) == len(folds)


def test_other_records_are_other_folds(data, tmp_path):
    before = {fold.name: fold.key("ring", "x") for fold in experiment("ring").folds(data, True)}
    for name in (FLEXEMG, GRABMYO):
        (tmp_path / name).symlink_to(data / name)
    (tmp_path / GRABMYO).unlink()
    (tmp_path / GRABMYO).mkdir()
    for record in (data / GRABMYO).iterdir():
        (tmp_path / GRABMYO / record.name).write_bytes(
            record.read_bytes()[::-1] if record.suffix == ".dat" else record.read_bytes()
        )
    after = {fold.name: fold.key("ring", "x") for fold in experiment("ring").folds(tmp_path, True)}
    assert {name for name in before if before[name] != after[name]} == {n for n in before if n.startswith("grabmyo")}


def test_a_folder_without_the_sets_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="give the folder"):
        experiment("ring").folds(tmp_path, True)
