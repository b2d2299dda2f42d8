import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.datasets.emg2qwerty import Session, Split, load, read, read_split, sessions
from models.errors import DatasetError

h5py = pytest.importorskip("h5py", reason="pip install 'palmaris[recordings]'")

KIND = np.dtype([("emg_right", "<f4", (16,)), ("time", "<f8"), ("emg_left", "<f4", (16,))])
NAME = "2020-08-13-1597354281-keystrokes-09456349"
BEGIN = 1597354281.0
PRESSES = [("Key.shift", 0.1), ("H", 0.15), ("i", 0.4), ("Key.space", 0.6), ("Key.tab", 0.7), ("x", 0.8)]


def press(key, seconds):
    return {"key": key, "start": BEGIN + seconds, "end": BEGIN + seconds + 0.08, "ascii": 0}


def write(folder, presses, name=NAME, samples=2000):
    """A session in the layout of emg2qwerty: 1 s."""
    series = np.zeros(samples, KIND)
    series["emg_left"], series["emg_right"] = np.random.default_rng(4).normal(size=(2, samples, 16))
    series["time"] = BEGIN + np.arange(samples) / 2000
    with h5py.File(folder / f"{name}.hdf5", "w") as file:
        group = file.create_group("emg2qwerty")
        group.create_dataset("timeseries", data=series)
        group.attrs.update({"user": "09456349", "session_name": name, "condition": "on_keyboard"})
        group.attrs["keystrokes"] = json.dumps([press(*one) for one in presses])
    return folder / f"{name}.hdf5", series


@pytest.fixture
def session(tmp_path):
    return write(tmp_path, [*PRESSES, ("Key.backspace", 0.9), ("late", 1.2), ("a", 1.3), ("b", -0.2)])


def test_a_session(session):
    file, series = session
    whole = read(file)
    assert np.array_equal(whole.signal, np.hstack([series["emg_left"], series["emg_right"]]))
    assert whole.signal.dtype == np.float32
    assert whole.text == "⇧Hi x⌫"
    assert np.abs(whole.times - [200, 300, 800, 1200, 1600, 1800]).max() <= 1
    assert (whole.user, whole.session, whole.rate_hz) == ("09456349", NAME, 2000)


def test_a_window_has_only_the_keys_that_go_down_in_it(session):
    file, series = session
    part = read(file, 250, 1000)
    assert np.array_equal(part.signal[:, :16], series["emg_left"][250:1000])
    assert part.text == "Hi"
    assert np.abs(part.times - [50, 550]).max() <= 1


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 1999), max_size=4, unique=True), st.lists(st.integers(0, 3998), max_size=8))
def test_windows_side_by_side_have_each_key_once(tmp_path, cuts, halves):
    file, _ = write(tmp_path, [("a", half / 4000) for half in halves])
    whole, edges = read(file), [0, *sorted(cuts), 2000]
    parts = [read(file, start, stop) for start, stop in pairwise(edges)]
    assert whole.text == "a" * len(halves)
    times = np.concatenate([part.times + start for part, start in zip(parts, edges, strict=False)])
    assert np.array_equal(times, whole.times)


def test_keys_out_of_order_are_sorted(tmp_path):
    file, _ = write(tmp_path, [("b", 0.5), ("a", 0.2)])
    assert read(file).text == "ab"


def test_lost_samples_leave_keys_where_they_were(session):
    file, series = session
    series["time"][1000:] += 0.5
    with h5py.File(file, "a") as root:
        root["emg2qwerty/timeseries"][:] = series
    whole = read(file)
    assert whole.text == "⇧Hi x⌫a"  # what was pressed in the hole stands at its end
    assert whole.times[3:6].tolist() == [1000, 1000, 1000]


def test_metadata_and_published_splits(tmp_path, session):
    (tmp_path / "metadata.csv").write_text(
        "user,session,condition,duration_mins,num_keystrokes,num_prompts,quality_check_tags\n"
        f"9456349,{NAME},on_keyboard,21.5,4321,40,[]\n"
    )
    assert sessions(tmp_path) == [Session("9456349", NAME, 21.5, 4321)]
    (tmp_path / "user0.yaml").write_text(
        "# @package _global_\nuser: user0\ndataset:\n"
        f"  train:\n  - user: 9456349\n    session: {NAME}\n  - session: other@1\n    user: 7\n"
        f"  val:\n  - user: 9456349\n    session: '{NAME}-val'\n"
        "  test:\n  - user: 9456349\n    session: last\n"
    )
    split = read_split(tmp_path / "user0.yaml")
    assert split == Split((NAME, "other@1"), (f"{NAME}-val",), ("last",))
    assert [whole.session for whole in load(tmp_path, split.train[:1])] == [NAME]


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(DatasetError, match=r"metadata\.csv is missing"):
        sessions(tmp_path)
    with pytest.raises(DatasetError, match="config/user"):
        read_split(tmp_path / "generic.yaml")
    (tmp_path / "generic.yaml").write_text("dataset:\n  train:\n")
    with pytest.raises(DatasetError, match="does not name sessions"):
        read_split(tmp_path / "generic.yaml")
    with pytest.raises(DatasetError, match="another layout"):
        next(load(tmp_path, ["gone"]))


@pytest.mark.parametrize("keystrokes", ["[{}]", "no JSON", '[{"key": 1, "start": "x"}]'])
def test_damaged_keystrokes_are_refused(session, keystrokes):
    with h5py.File(session[0], "a") as root:
        root["emg2qwerty"].attrs["keystrokes"] = keystrokes
    with pytest.raises(DatasetError, match="copy it again"):
        read(session[0])


def test_times_that_fall_back_are_refused(session):
    file, series = session
    series["time"][5] = 0
    with h5py.File(file, "a") as root:
        root["emg2qwerty/timeseries"][:] = series
    with pytest.raises(DatasetError, match="do not rise"):
        read(file)
