import numpy as np
import pytest

from models.datasets import dataset, labels_of, load_trials
from models.errors import DatasetError


def write(folder, labels, samples=None):
    samples = np.arange(2 * len(labels), dtype=np.float32).reshape(-1, 2) if samples is None else samples
    np.savez(folder / "user-07.npz", samples=samples, rate_hz=4000.0, channels=np.array(["a", "b"]), labels=labels)
    return samples


def test_each_run_of_a_label_is_a_trial_numbered_per_label(tmp_path):
    samples = write(tmp_path, np.array(["rest", "fist", "fist", "rest", "rest", "point", "fist"]))
    trials = load_trials("simulated", tmp_path)
    assert [(t.label, t.trial, len(t.samples)) for t in trials] == [
        ("rest", 1, 1),
        ("fist", 1, 2),
        ("rest", 2, 2),
        ("point", 1, 1),
        ("fist", 2, 1),
    ]
    assert {(t.subject, t.rate_hz) for t in trials} == {("user-07", 4000.0)}
    np.testing.assert_array_equal(np.concatenate([t.samples for t in trials]), samples)


def test_labels_are_sorted_by_name(tmp_path):
    write(tmp_path, np.array(["rest", "fist", "rest", "point"]))
    assert labels_of("simulated", load_trials("simulated", tmp_path)) == ("fist", "point", "rest")


def test_labels_that_do_not_fit_the_samples_are_refused(tmp_path):
    write(tmp_path, np.array(["rest", "fist"]), np.zeros((3, 2), np.float32))
    with pytest.raises(DatasetError, match="2 labels for 3 samples"):
        load_trials("simulated", tmp_path)


def test_an_empty_recording_is_refused(tmp_path):
    write(tmp_path, np.array([], dtype=str), np.zeros((0, 2), np.float32))
    with pytest.raises(DatasetError, match="empty"):
        load_trials("simulated", tmp_path)


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / "user-00.npz").write_bytes(b"PK\3\4 not a zip")
    with pytest.raises(DatasetError, match="user-00.npz"):
        load_trials("simulated", tmp_path)


def test_an_empty_folder_says_how_to_fill_it(tmp_path):
    with pytest.raises(DatasetError, match="palmaris simulate"):
        load_trials("simulated", tmp_path)


# --- sessions and grids -----------------------------------------------------------------------------------------------


def write_session(folder, name, grid=((0, 1),)):
    labels = np.array(["rest", "pinch", "pinch"])
    arrays = {"samples": np.zeros((3, 2), np.float32), "rate_hz": 1000.0, "labels": labels}
    np.savez(folder / name, grid=np.array(grid), **arrays)


def test_a_session_stands_in_the_name_of_its_file_and_counts_its_own_trials(tmp_path):
    for name in ("user-07.npz", "user-07_day-1.npz", "user-12_day-1.npz"):
        write_session(tmp_path, name)
    pinches = [trial for trial in load_trials("simulated-grid", tmp_path) if trial.label == "pinch"]
    assert {(t.subject, t.session, t.trial) for t in pinches} == {
        ("user-07", "1", 1),
        ("user-07", "day-1", 1),
        ("user-12", "day-1", 1),
    }


def test_where_the_channels_stand_is_in_the_files(tmp_path):
    write_session(tmp_path, "user-07.npz", ((1,), (0,)))
    write_session(tmp_path, "user-08.npz", ((1,), (0,)))
    assert dataset("simulated-grid").grid(tmp_path) == ((1,), (0,))
    write_session(tmp_path, "user-09.npz", ((0, 1),))
    with pytest.raises(DatasetError, match="different devices"):
        dataset("simulated-grid").grid(tmp_path)


def test_two_channels_form_no_grid(tmp_path):
    write(tmp_path, np.array(["rest", "fist"]))
    with pytest.raises(DatasetError, match="grid"):
        dataset("simulated-grid").grid(tmp_path)
