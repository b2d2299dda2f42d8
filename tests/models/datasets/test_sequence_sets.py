import json
import re

import numpy as np
import pytest
from wristband_typing import recording

from models.datasets.sequence_sets import SEQUENCE_SETS, Division, sequence_set
from models.errors import DatasetError
from models.pipeline.symbols import SYMBOLS

BOTH = Division(validate=frozenset({"2"}), test=frozenset({"3"}))


@pytest.fixture(scope="module")
def typing(tmp_path_factory):
    """Two made-up users, three sessions each, in the layout of ``palmaris simulate``."""
    folder = tmp_path_factory.mktemp("typing")
    for user in range(2):
        for session in ("", "_2", "_3"):
            one = recording(seconds=1, seed=user)
            facts = {"samples": one.signal, "rate_hz": 2000.0, "keys": np.array(one.keys), "times": one.times}
            np.savez(folder / f"user-0{user}{session}.npz", **facts)
    return folder


def told(recordings):
    return sorted((one.user, one.session) for one in recordings)


def test_simulated_recordings_are_divided_by_sessions(typing):
    parts = sequence_set("simulated-typing").load(typing, BOTH)
    assert {session for _, session in told(parts.learn)} == {"1"}
    assert {session for _, session in told(parts.validate)} == {"2"}
    assert {session for _, session in told(parts.test)} == {"3"}
    assert len(parts.learn) == len(parts.validate) == len(parts.test) == 2
    one = told(parts.learn)[0][0]
    only = sequence_set("simulated-typing").load(typing, Division(frozenset({one}), BOTH.validate, BOTH.test))
    assert told([*only.learn, *only.validate, *only.test]) == [(one, "1"), (one, "2"), (one, "3")]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (Division(), "no session to test on: the data set has, of these people, 1, 2, 3"),
        (Division(test=frozenset({"1", "2", "3"})), "no session to learn from"),
        (Division(test=frozenset({"1"}), validate=frozenset({"9"})), "no session to choose the epoch by"),
        (Division(test=frozenset({"1"}), validate=frozenset({"1"})), "a model is not tested so"),
        (Division(users=frozenset({"nobody"}), test=frozenset({"1"})), "of these people, none"),
    ],
)
def test_a_division_that_leaves_nothing_is_refused(typing, how, words):
    with pytest.raises(DatasetError, match=re.escape(words)):
        sequence_set("simulated-typing").load(typing, how)


def test_labels_are_all_symbols_or_the_events_that_are_there(typing):
    parts = sequence_set("simulated-events").load(typing, BOTH)
    assert sequence_set("simulated-events").labels_of(parts) == ("a", "c")  # of the keys in them
    assert sequence_set("simulated-typing").labels_of(parts) == SYMBOLS
    assert [name for name, entry in SEQUENCE_SETS.items() if entry.simulated] == [
        "simulated-typing",
        "simulated-events",
        "simulated-wrist",
    ]


def test_emg2qwerty_is_divided_by_a_file_of_its_makers(tmp_path):
    h5py = pytest.importorskip("h5py", reason="pip install 'palmaris[recordings]'")
    kind = np.dtype([("emg_left", "<f4", (16,)), ("emg_right", "<f4", (16,)), ("time", "<f8")])
    for name in ("one", "two", "three"):
        series = np.zeros(200, kind)
        series["time"] = np.arange(200) / 2000
        with h5py.File(tmp_path / f"{name}.hdf5", "w") as file:
            group = file.create_group("emg2qwerty")
            group.create_dataset("timeseries", data=series)
            group.attrs.update({"user": "7", "session_name": name, "keystrokes": json.dumps([])})
    split = tmp_path / "user0.yaml"
    split.write_text("train:\n  - session: one\nval:\n  - session: two\ntest:\n  - session: three\n")
    parts = sequence_set("emg2qwerty").load(tmp_path, Division(split=split))
    assert [told(part) for part in (parts.learn, parts.validate, parts.test)] == [
        [("7", "one")],
        [("7", "two")],
        [("7", "three")],
    ]
    with pytest.raises(DatasetError, match="give --split config/user/user0.yaml"):
        sequence_set("emg2qwerty").load(tmp_path, Division())


def test_meta_s_gestures_are_divided_by_their_table(tmp_path):
    with pytest.raises(DatasetError, match=r"discrete_gestures_corpus\.csv is missing"):
        sequence_set("neuromotor").load(tmp_path, Division())


def test_an_unknown_set_names_those_that_there_are():
    with pytest.raises(DatasetError, match=", ".join(SEQUENCE_SETS)):
        sequence_set("khushaba-6")
