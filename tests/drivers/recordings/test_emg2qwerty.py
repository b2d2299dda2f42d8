import json

import numpy as np
import pytest

from drivers.errors import RecordingError
from drivers.recordings.formats import open_recording
from drivers.source import Marker

h5py = pytest.importorskip("h5py", reason="pip install 'palmaris[recordings]'")

KIND = np.dtype([("emg_left", "<f4", (16,)), ("emg_right", "<f4", (16,)), ("time", "<f8")])


@pytest.fixture
def session(tmp_path):
    """A session in the layout of emg2qwerty, with a gap of 0.1 s after row 3000."""
    series = np.zeros(5000, KIND)
    rng = np.random.default_rng(2)
    series["emg_left"], series["emg_right"] = rng.normal(size=(2, 5000, 16))
    series["time"] = 1.6e9 + np.arange(5000) / 2000
    series["time"][3000:] += 0.1
    keys = [{"key": "a", "start": 1.6e9 + 0.5, "end": 1.6e9 + 0.6}, {"key": "Key.space", "start": 1.6e9 + 1.5501}]
    with h5py.File(tmp_path / "session.hdf5", "w") as file:
        group = file.create_group("emg2qwerty")
        group.create_dataset("timeseries", data=series, chunks=(100,), compression="gzip")
        group.attrs["keystrokes"] = json.dumps([*keys, {"key": "early", "start": 1.5e9}])
    return tmp_path / "session.hdf5", series


def test_both_bands_side_by_side(session, everything):
    path, series = session
    recording = open_recording(path)
    index, samples, markers = everything(recording)
    assert recording.info.rate_hz == 2000
    assert (recording.info.channels[0], recording.info.channels[31]) == ("L1", "R16")
    assert np.array_equal(samples, np.hstack([series["emg_left"], series["emg_right"]]))
    assert np.flatnonzero(np.diff(index) != 1).tolist() == [2999]
    assert index[3000] == 3200
    assert [marker.text for marker in markers] == ["a", "Key.space"]
    assert markers[0].index in (1000, 1001)  # doubles since 1970 are as fine as 0.2 us
    assert index[np.searchsorted(series["time"], 1.6e9 + 1.5501)] == markers[1].index
    assert any("1 gaps" in note for note in recording.notes)


def test_a_start_in_the_middle(session, everything):
    index, samples, markers = everything(open_recording(session[0]), 3000)
    assert index[0] == 3200
    assert np.array_equal(samples[:, :16], session[1]["emg_left"][3000:])
    assert markers == [Marker(3200, "Key.space")]


def test_a_cut_file_is_refused(session):
    path = session[0]
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(RecordingError, match="damaged or cut short"):
        open_recording(path)


def test_another_layout_is_refused(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["noise"] = np.ones(5)
    with pytest.raises(RecordingError, match="not of emg2qwerty's layout"):
        open_recording(tmp_path / "other.h5")


def test_damaged_key_presses_are_refused(session):
    with h5py.File(session[0], "a") as file:
        file["emg2qwerty"].attrs["keystrokes"] = '[{"key": "a"}]'
    with pytest.raises(RecordingError, match="damaged key presses"):
        open_recording(session[0])


def test_keys_become_markers_wherever_they_fall(session, everything):
    path, series = session
    with h5py.File(path, "a") as file:
        presses = [{"key": str(row), "start": float(series["time"][row])} for row in range(0, 5000, 64)]
        file["emg2qwerty"].attrs["keystrokes"] = json.dumps(presses)
    index, _, markers = everything(open_recording(path))
    assert markers == [Marker(int(index[row]), str(row)) for row in range(0, 5000, 64)]
