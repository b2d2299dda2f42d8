import numpy as np
import pytest
from scipy.io import savemat

from models.datasets import DATASETS, labels_of, load_trials
from models.datasets.ninapro import DB2, DB4, DB7, TEST, VALIDATION, load, people
from models.errors import DatasetError
from models.training.splits import by_trial


def write(folder, name: str, runs: list[tuple[int, int, int]], extra: int = 0) -> np.ndarray:
    """One file of runs (gesture, repetition, length); emg is longer than its labels by ``extra`` samples."""
    gestures, repetitions = (np.concatenate([np.full(run[2], run[at]) for run in runs]) for at in (0, 1))
    emg = np.random.default_rng(len(name)).normal(0, 1e-5, (len(gestures) + extra, 12)).astype(np.float32)
    folder.mkdir(parents=True, exist_ok=True)
    labels = {"restimulus": gestures[:, np.newaxis], "rerepetition": repetitions[:, np.newaxis]}
    savemat(folder / f"{name}.mat", {"emg": emg, **labels, "subject": 1, "exercise": 1})
    return emg


def whole(first: int, last: int, length: int = 4) -> list[tuple[int, int, int]]:
    """An exercise: six repetitions of each gesture, rest between them."""
    runs = [(0, 0, 7)]
    for gesture in range(first, last + 1):
        for repetition in range(1, 7):
            runs += [(gesture, repetition, length), (0, repetition, 3)]
    return runs


def test_repetitions_are_trials_in_microvolts(tmp_path):
    emg = write(tmp_path / "DB2_s1", "S1_E1_A1", [(0, 0, 5), (1, 1, 4), (0, 1, 3), (1, 2, 6), (0, 0, 2), (2, 1, 4)])
    trials = load(tmp_path, DB2)
    found = [(t.subject, t.session, t.label, t.trial, len(t.samples)) for t in trials]
    assert found == [
        ("01", "1", "1", 1, 4),
        ("01", "1", "rest", 1, 3),
        ("01", "1", "1", 2, 6),
        ("01", "1", "rest", 2, 2),
        ("01", "1", "2", 1, 4),
    ]
    assert (trials[0].samples.dtype, trials[0].rate_hz) == (np.float32, 2000)
    np.testing.assert_allclose(trials[2].samples, emg[12:18] * 1e6, rtol=1e-5)


def test_repetitions_of_one_gesture_without_rest_between_them_are_apart(tmp_path):
    write(tmp_path, "S1_E1_A1", [(3, 1, 4), (3, 2, 4)])
    assert [(t.label, t.trial) for t in load(tmp_path, (3,))] == [("3", 1), ("3", 2)]


@pytest.mark.parametrize("goes_on", [True, False])
def test_exercises_may_count_on_or_from_one_again(tmp_path, goes_on):
    write(tmp_path, "S2_E1_A1", whole(1, 17))
    write(tmp_path, "S2_E2_A1", whole(18, 40) if goes_on else whole(1, 23))
    labels = [t.label for t in load(tmp_path, DB7) if t.label != "rest"]
    assert labels == [str(gesture) for gesture in range(1, 41) for _ in range(6)]


@pytest.mark.parametrize(("name", "exercises", "gestures"), [("db2", DB2, 49), ("db4", DB4, 52), ("db7", DB7, 40)])
def test_each_database_has_its_gestures_without_rest(tmp_path, name, exercises, gestures):
    for number, count in enumerate(exercises, 1):
        write(tmp_path / "s1", f"S1_E{number}_A1", whole(1, count))
    trials = load_trials(f"ninapro-{name}", tmp_path)
    assert labels_of(f"ninapro-{name}", trials) == tuple(str(number) for number in range(1, gestures + 1))
    assert {t.label for t in trials} == set(DATASETS[f"ninapro-{name}"].labels)
    assert len(trials) == 6 * gestures


def test_the_protocol_learns_from_three_and_never_from_what_is_scored(tmp_path):
    write(tmp_path, "S1_E1_A1", whole(1, 2))
    split = by_trial(load(tmp_path, (2,)), TEST)
    learn = by_trial(split.train, VALIDATION)
    numbers = [{t.trial for t in part} for part in (learn.train, learn.test, split.test)]
    assert numbers == [{1, 3, 4}, {6}, {2, 5}]


def test_people_come_by_number_not_by_name(tmp_path):
    for number in (10, 2):
        write(tmp_path / f"s{number}", f"S{number}_E1_A1", [(1, 1, 4)])
    assert [t.subject for t in load(tmp_path, (1,))] == people(tmp_path) == ["02", "10"]


def test_one_person_is_read_alone(tmp_path):
    for number in (1, 2):
        write(tmp_path / f"s{number}", f"S{number}_E1_A1", [(1, 1, 4)])
    (tmp_path / "s1" / "S1_E1_A1.mat").write_bytes(b"would fail")
    assert [t.subject for t in load(tmp_path, (1,), "02")] == ["02"]


def test_samples_without_a_label_are_dropped(tmp_path):
    write(tmp_path, "S1_E1_A1", [(1, 1, 4)], extra=9)
    assert [len(t.samples) for t in load(tmp_path, (1,))] == [4]


def test_a_file_of_another_database_is_refused(tmp_path):
    write(tmp_path, "S1_E3_A1", [(1, 1, 4)])
    with pytest.raises(DatasetError, match=r"exercise 3.*has 2"):
        load(tmp_path, DB7)
    (tmp_path / "S1_E3_A1.mat").unlink()
    write(tmp_path, "S1_E1_A1", whole(1, 17))
    with pytest.raises(DatasetError, match=r"gesture 17.*ends with 12"):
        load(tmp_path, DB4)


def test_another_layout_and_no_files_are_refused(tmp_path):
    with pytest.raises(DatasetError, match="S1_E1_A1"):
        load(tmp_path, DB2)
    savemat(tmp_path / "S1_E1_A1.mat", {"emg": np.zeros((5, 10)), "restimulus": [1], "rerepetition": [1]})
    with pytest.raises(DatasetError, match=r"\(time, 12\)"):
        load(tmp_path, DB2)
    savemat(tmp_path / "S1_E1_A1.mat", {"emg": np.zeros((5, 12)), "restimulus": [], "rerepetition": []})
    with pytest.raises(DatasetError, match="no labelled sample"):
        load(tmp_path, DB2)


def test_a_truncated_file_is_named(tmp_path):
    write(tmp_path, "S1_E1_A1", [(1, 1, 400)])
    (tmp_path / "S1_E1_A1.mat").write_bytes((tmp_path / "S1_E1_A1.mat").read_bytes()[:3000])
    with pytest.raises(DatasetError, match="copy it again"):
        load(tmp_path, DB2)
