from pathlib import Path

import numpy as np
import pytest

from drivers.errors import RecordingError
from drivers.recordings.formats import open_recording

# Every kind of file in the shared data; what a reader that knows nothing of ours finds in it.
SHARED = {
    "cyton-lsl-8ch": ("*/**/exg.csv", 250, 8),
    "flexemg-64ch": ("S*.npz", 1000, 64),
    "ganglion-myoware-2ch": ("**/*.txt", 200, 4),
    "grabmyo-sample-28ch": ("*.hea", 2048, 32),
    "grove-rpi-2ch": ("*.npz", None, 2),
    "khushaba2012-2ch": ("*.npz", 4000, 2),
    "myo-readings-8ch": ("*.npz", 200, 8),
    "uci-basic-hand-2ch": ("*.npz", 500, 2),
}


@pytest.mark.parametrize("folder", SHARED)
def test_every_real_file_is_read_from_any_start(folder, shared_data, everything):
    pattern, rate_hz, channels = SHARED[folder]
    paths = sorted(shared_data(folder).glob(pattern))
    assert paths
    for path in paths:
        recording = open_recording(path)
        assert recording.info.rate_hz == rate_hz or rate_hz is None
        assert len(recording.info.channels) == channels
        index, samples, markers = everything(recording)
        assert (np.diff(index) >= 1).all()
        assert np.isfinite(samples).all()
        assert recording.length in (None, index[-1] + 1)
        for start in (1, int(index[len(index) // 3]) + 1):
            from_there = everything(recording, start)
            assert np.array_equal(from_there[0], index[index >= start])
            assert np.array_equal(from_there[1], samples[index >= start])
            assert from_there[2] == [marker for marker in markers if marker.index >= start]


@pytest.mark.parametrize(
    ("name", "quirks"),
    {
        "cyton-lsl-8ch/data/s_04_29_25/r_1/exg.csv": ["look like ms", "taken as microvolts"],
        "flexemg-64ch/S1_3Test.npz": ["DC offset of 45 mV", "5 trials"],
        "ganglion-myoware-2ch/S02/OpenBCI-RAW-S02_S1R0.txt": ["bursts", "no signal in ch3, ch4"],
        "grove-rpi-2ch/P1a.npz": ["56 trials", "irregularly", "4 gaps", "no scale"],
        "khushaba2012-2ch/S04.npz": ["60 trials", "saturated"],
        "myo-readings-8ch/12548_right.npz": ["24 trials", "saturated", "no scale"],
        "uci-basic-hand-2ch/male_1.npz": ["180 trials", "no unit"],
    }.items(),
)
def test_quirks_are_reported(name, quirks, shared_data, everything):
    recording = open_recording(shared_data(name))
    everything(recording)
    for quirk in quirks:
        assert any(quirk in note for note in recording.notes), (quirk, recording.notes)


def test_content_goes_before_the_suffix(tmp_path, everything):
    path = tmp_path / "band.csv"
    with path.open("wb") as file:
        np.savez(file, samples=np.ones((5, 2), np.float32), rate_hz=100.0)
    assert len(everything(open_recording(path))[0]) == 5


def write_npz(path: Path) -> None:
    np.savez_compressed(path, samples=np.ones((5000, 2), np.float32), rate_hz=100.0)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.npz", None, "check the path"),
        ("empty.csv", b"", "is empty"),
        ("notes.doc", b"some words", "no known format"),
        ("no_zip.npz", b"no zip at all", "no known format"),
    ],
)
def test_what_is_no_recording_is_refused_in_words(name, content, words, tmp_path):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RecordingError, match=words):
        open_recording(path)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(RecordingError, match="directory"):
        open_recording(tmp_path)


def test_a_rate_is_refused_where_the_file_states_one(tmp_path):
    write_npz(tmp_path / "band.npz")
    with pytest.raises(RecordingError, match="states its own rate"):
        open_recording(tmp_path / "band.npz", rate_hz=50)
