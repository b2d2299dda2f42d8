import numpy as np
import pytest

from models.datasets import load_trials
from models.datasets.myo_readings import LABELS, SEVEN, load
from models.errors import DatasetError


def recording(movement: int, runs: int = 4) -> np.ndarray:
    """Rest and the movement in turn, five samples each; channel 0 counts them."""
    labels = np.repeat([0, movement] * (runs // 2), 5)
    x = np.zeros((len(labels), 9), np.int8)
    x[:, 0], x[:, -1] = np.arange(len(labels)), labels
    return x


def write(folder, name: str, **changed) -> None:
    arrays = {f"s{session}_g{movement}": recording(movement) for session in (1, 2, 3) for movement in range(8)}
    np.savez(folder / f"{name}.npz", fs=200.0, **{**arrays, **changed})


def test_each_stretch_of_a_label_is_a_trial_of_its_session(tmp_path):
    write(tmp_path, "123_right")
    trials = [t for t in load(tmp_path) if t.session == "2" and t.label in ("fist", "ulnar")]
    assert [(t.subject, t.label, t.trial) for t in trials] == [
        ("123_right", "ulnar", 1),
        ("123_right", "ulnar", 2),
        ("123_right", "fist", 1),
        ("123_right", "fist", 2),
    ]
    assert trials[1].samples[:, 0].tolist() == [15, 16, 17, 18, 19]
    assert (trials[0].samples.dtype, trials[0].samples.shape, trials[0].rate_hz) == (np.float32, (5, 8), 200)


def test_rest_lies_between_the_movements_and_in_a_recording_of_its_own(tmp_path):
    write(tmp_path, "123_left")
    rest = [t for t in load(tmp_path) if t.label == "rest" and t.session == "1"]
    assert [t.trial for t in rest] == [1, *[1, 2] * 7]
    assert len(rest[0].samples) == 20


def test_both_names_choose_their_labels(tmp_path):
    write(tmp_path, "123_left")
    assert {t.label for t in load_trials("myo", tmp_path)} == set(LABELS)
    assert {t.label for t in load_trials("myo-7", tmp_path)} == set(SEVEN)


@pytest.mark.parametrize("wrong", [np.zeros((5, 8), np.int8), np.full((5, 9), 9, np.int8), np.zeros((0, 9), np.int8)])
def test_another_layout_is_refused(tmp_path, wrong):
    write(tmp_path, "123_left", s2_g3=wrong)
    with pytest.raises(DatasetError, match=r"s2_g3"):
        load(tmp_path)


def test_a_folder_without_such_files_is_refused(tmp_path):
    np.savez(tmp_path / "S01.npz", x=1)
    with pytest.raises(DatasetError, match="10000_right"):
        load(tmp_path)


def test_the_real_recordings_are_whole(shared_data):
    trials = load(shared_data("myo-readings-8ch"))
    people = {t.subject for t in trials}
    assert len(people) == 6
    for person in people:
        held = [(t.session, t.label, t.trial) for t in trials if t.subject == person and t.label in SEVEN]
        assert sorted(held) == sorted((s, label, n) for s in "123" for label in SEVEN for n in range(1, 7))
