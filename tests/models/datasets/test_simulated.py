import numpy as np
import pytest

from models.datasets import labels_of, load_trials
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
