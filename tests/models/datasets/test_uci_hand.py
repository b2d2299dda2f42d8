from pathlib import Path

import numpy as np
import pytest

from models.datasets import labels_of, load_trials
from models.datasets.uci_hand import GESTURES, GRASPS, load
from models.errors import DatasetError


def write(file: Path, classes: list[str], trials: int = 2) -> np.ndarray:
    x = np.arange(len(classes) * trials * 8 * 2, dtype=np.int16).reshape(len(classes), trials, 8, 2)
    np.savez(file, x=x, classes=np.array(classes), fs=500.0, unit_per_lsb=0.001)
    return x


def test_trials_are_the_published_numbers_with_our_names(tmp_path):
    x = write(tmp_path / "male_1.npz", ["cyl", "lat"])
    trials = load(tmp_path)
    assert [(t.subject, t.session, t.label, t.trial) for t in trials] == [
        ("male_1", "1", "cylindrical", 1),
        ("male_1", "1", "cylindrical", 2),
        ("male_1", "1", "lateral", 1),
        ("male_1", "1", "lateral", 2),
    ]
    assert (trials[3].samples.dtype, trials[3].rate_hz) == (np.float32, 500)
    np.testing.assert_allclose(trials[3].samples, x[1, 1] * 0.001, rtol=1e-6)


def test_everybody_comes_once_by_name(tmp_path):
    for name in ("male_1", "female_2", "female_1"):
        write(tmp_path / f"{name}.npz", ["tip"], trials=1)
    assert [trial.subject for trial in load(tmp_path)] == ["female_1", "female_2", "male_1"]


def test_the_data_set_has_a_name_and_its_labels_an_order(tmp_path):
    write(tmp_path / "male_1.npz", list(GESTURES))
    trials = load_trials("uci-hand", tmp_path)
    assert labels_of("uci-hand", trials) == GRASPS
    assert {trial.label for trial in trials} == set(GRASPS)


def test_recordings_of_another_set_are_not_taken_for_these(tmp_path):
    write(tmp_path / "S01.npz", ["cyl"])
    with pytest.raises(DatasetError, match="female_"):
        load(tmp_path)


@pytest.mark.parametrize("keep", [0, 10, 300])
def test_a_truncated_file_is_named(tmp_path, keep):
    write(tmp_path / "male_1.npz", ["cyl"])
    (tmp_path / "male_1.npz").write_bytes((tmp_path / "male_1.npz").read_bytes()[:keep])
    with pytest.raises(DatasetError, match=r"male_1.*again"):
        load(tmp_path)


def test_another_layout_is_refused(tmp_path):
    np.savez(tmp_path / "male_1.npz", x=np.zeros((6, 30, 8)), classes=list(GESTURES), fs=500.0, unit_per_lsb=0.001)
    with pytest.raises(DatasetError, match=r"\[class, trial, sample, channel\]"):
        load(tmp_path)


def test_an_unknown_class_is_refused(tmp_path):
    write(tmp_path / "male_1.npz", ["fist"])
    with pytest.raises(DatasetError, match="fist"):
        load(tmp_path)


def test_the_real_recordings_are_whole(shared_data):
    trials = load_trials("uci-hand", shared_data("uci-basic-hand-2ch"))
    assert len(trials) == 3 * 6 * 30
    assert {(t.samples.shape, t.rate_hz) for t in trials} == {((3000, 2), 500.0)}
    assert 15 < max(np.abs(t.samples).max() for t in trials) < 33
