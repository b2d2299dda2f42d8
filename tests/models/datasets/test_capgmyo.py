import numpy as np
import pytest
from scipy.io import savemat

from models.datasets import DATASETS, labels_of, load_trials
from models.datasets.capgmyo import GRID, load
from models.errors import DatasetError
from models.pipeline.electrode_grid import electrode_grid


def signal(seed: int, length: int = 1000) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (length, 128))


def write(folder, name: str, gesture: int, seed: int = 0) -> np.ndarray:
    """One preprocessed file, in the folder that its archive unpacks to."""
    data = signal(seed)
    folder.mkdir(parents=True, exist_ok=True)
    savemat(folder / f"{name}.mat", {"data": data, "gesture": gesture, "subject": 1, "trial": 1})
    return data


def write_raw(folder, name: str, runs: list[tuple[int, int]]) -> np.ndarray:
    """One raw file of runs (gesture, length)."""
    gestures = np.concatenate([np.full(length, gesture) for gesture, length in runs])
    data = signal(1, len(gestures))
    savemat(folder / f"{name}.mat", {"data": data, "gesture": gestures[:, np.newaxis], "subject": 1})
    return data


def test_preprocessed_trials_are_microvolts_under_their_numbers(tmp_path):
    data = write(tmp_path / "dba-preprocessed-003", "003-008-010", 8)
    write(tmp_path / "dba-preprocessed-002", "002-001-001", 1)
    trials = load(tmp_path)
    assert [(t.subject, t.session, t.label, t.trial) for t in trials] == [("02", "1", "1", 1), ("03", "1", "8", 10)]
    assert {(t.samples.shape, t.samples.dtype.name, t.rate_hz) for t in trials} == {((1000, 128), "float32", 1000.0)}
    np.testing.assert_allclose(trials[1].samples, 2500 * data, rtol=1e-5)


def test_two_recordings_of_database_b_are_two_sessions_of_one_person(tmp_path):
    for recording in (1, 2, 19, 20):
        write(tmp_path, f"{recording:03}-001-001", 1)
    found = [(t.subject, t.session) for t in load_trials_of_one_gesture("capgmyo-b", tmp_path)]
    assert found == [("01", "1"), ("01", "2"), ("10", "1"), ("10", "2")]
    found = [(t.subject, t.session) for t in load_trials_of_one_gesture("capgmyo-a", tmp_path)]
    assert found == [("01", "1"), ("02", "1"), ("19", "1"), ("20", "1")]


def load_trials_of_one_gesture(name: str, folder):
    return [trial for trial in DATASETS[name].load(folder) if trial.label == "1"]


def test_efforts_of_full_strength_are_left_out(tmp_path):
    write(tmp_path, "001-001-001", 1)
    write(tmp_path, "001-100-001", 100)
    assert [trial.label for trial in load(tmp_path)] == ["1"]


def test_a_raw_files_runs_are_trials_with_the_rest_between(tmp_path):
    data = write_raw(tmp_path, "004_003", [(0, 1500), (3, 2000), (0, 1200), (3, 999), (0, 1000), (3, 1100), (0, 1300)])
    trials = load(tmp_path)
    assert [(t.label, t.trial, len(t.samples)) for t in trials] == [
        ("rest", 1, 1500),
        ("3", 1, 2000),
        ("rest", 1, 1200),
        ("rest", 1, 1000),
        ("3", 2, 1100),
        ("rest", 2, 1300),
    ]
    assert {t.subject for t in trials} == {"04"}
    np.testing.assert_allclose(trials[4].samples, 2500 * data[5700 + 999 :][:1100], rtol=1e-5)


def test_the_gestures_of_a_database_come_in_its_order_without_rest(tmp_path):
    for gesture in range(1, 13):
        write_raw(tmp_path, f"001-{gesture:03}", [(0, 1000), (gesture, 1000)])
    trials = load_trials("capgmyo-c", tmp_path)
    assert labels_of("capgmyo-c", trials) == tuple(str(number) for number in range(1, 13))
    assert len(trials) == 12
    assert len(load_trials("capgmyo-a", tmp_path)) == 8


def test_channels_fill_16_rows_of_8():
    assert electrode_grid(GRID, 128).shape == (16, 8)
    assert DATASETS["capgmyo-b"].grid is not None
    assert electrode_grid(GRID, 128)[2].tolist() == list(range(16, 24))


def test_raw_and_preprocessed_files_together_are_refused(tmp_path):
    write(tmp_path, "001-001-001", 1)
    write_raw(tmp_path, "001-001", [(1, 1000)])
    with pytest.raises(DatasetError, match="trials would come twice"):
        load(tmp_path)


def test_an_empty_folder_says_what_to_give(tmp_path):
    savemat(tmp_path / "other.mat", {"data": signal(0)})
    with pytest.raises(DatasetError, match=r"001-001-001\.mat or 001-001\.mat"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("name", "arrays", "reason"),
    [
        ("001-001-001", {"data": np.zeros((1000, 64))}, r"\(time, 128\), not \(1000, 64\)"),
        ("001-001-001", {"emg": signal(0)}, "'data'"),
        ("001-001", {"data": signal(0), "gesture": np.ones(7)}, "7 labels for 1000 samples"),
    ],
)
def test_another_layout_is_refused(tmp_path, name, arrays, reason):
    savemat(tmp_path / f"{name}.mat", arrays)
    with pytest.raises(DatasetError, match=reason):
        load(tmp_path)
