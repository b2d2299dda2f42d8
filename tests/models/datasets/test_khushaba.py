from pathlib import Path

import numpy as np
import pytest

from models.datasets import labels_of, load_trials
from models.datasets.khushaba import GESTURES, SIX, TEN, load
from models.errors import DatasetError


def write(file: Path, classes: list[str], trials: int = 2) -> np.ndarray:
    x = np.arange(len(classes) * trials * 8 * 2, dtype=np.int16).reshape(len(classes), trials, 8, 2)
    np.savez(file, x=x, classes=np.array(classes), fs=4000.0, uV_per_lsb=0.2)
    return x


def test_trials_are_microvolts_with_our_names(tmp_path):
    x = write(tmp_path / "S03.npz", ["T-T", "HC"])
    trials = load(tmp_path)
    assert [(t.subject, t.session, t.label, t.trial) for t in trials] == [
        ("S03", "1", "thumb", 1),
        ("S03", "1", "thumb", 2),
        ("S03", "1", "hand_close", 1),
        ("S03", "1", "hand_close", 2),
    ]
    assert trials[3].samples.dtype == np.float32
    assert trials[3].rate_hz == 4000
    np.testing.assert_allclose(trials[3].samples, x[1, 1] * 0.2, rtol=1e-6)


def test_six_are_the_fingers_and_the_hand_and_ten_add_the_pinches():
    assert SIX == ("thumb", "index", "middle", "ring", "little", "hand_close")
    assert TEN[6:] == ("thumb_index", "thumb_middle", "thumb_ring", "thumb_little")


def test_a_data_set_keeps_its_gestures_alone(tmp_path):
    write(tmp_path / "S01.npz", list(GESTURES))
    assert {t.label for t in load_trials("khushaba-6", tmp_path)} == set(SIX)
    assert {t.label for t in load_trials("khushaba-10", tmp_path)} == set(TEN)


def test_labels_come_in_the_order_of_the_data_set():
    assert labels_of("khushaba-6", []) == SIX


def test_a_gesture_without_trials_is_named(tmp_path):
    write(tmp_path / "S01.npz", ["T-T"])
    with pytest.raises(DatasetError, match="hand_close"):
        load_trials("khushaba-6", tmp_path)


def test_an_empty_folder_says_what_to_give(tmp_path):
    with pytest.raises(DatasetError, match=r"S01\.npz"):
        load(tmp_path)


@pytest.mark.parametrize("keep", [0, 10, 300])
def test_a_truncated_file_is_named(tmp_path, keep):
    write(tmp_path / "S01.npz", ["T-T"])
    (tmp_path / "S01.npz").write_bytes((tmp_path / "S01.npz").read_bytes()[:keep])
    with pytest.raises(DatasetError, match="again"):
        load(tmp_path)


def test_an_unknown_class_is_refused(tmp_path):
    write(tmp_path / "S01.npz", ["X-X"])
    with pytest.raises(DatasetError, match="X-X"):
        load(tmp_path)


def test_an_unknown_data_set_lists_the_known_ones(tmp_path):
    with pytest.raises(DatasetError, match="khushaba-6, khushaba-10, simulated"):
        load_trials("ninapro", tmp_path)


def test_the_real_recordings_are_whole(shared_data):
    trials = load_trials("khushaba-10", shared_data("khushaba2012-2ch"))
    assert len(trials) == 7 * 10 * 6
    assert {(t.samples.shape, t.rate_hz) for t in trials} == {((20000, 2), 4000.0)}
