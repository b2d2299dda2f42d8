import numpy as np
import pytest
from scipy.io import savemat

from drivers.errors import RecordingError
from drivers.recordings.formats import open_recording
from drivers.source import Marker

RNG = np.random.default_rng(4)
STIMULUS = np.repeat([0, 3, 0, 7], [500, 1000, 500, 1000])[:, None]


def ninapro(path, channels, **more):
    emg = RNG.normal(size=(3000, channels))
    savemat(path, {"emg": emg, "stimulus": STIMULUS * 0, "restimulus": STIMULUS, "repetition": STIMULUS, **more})
    return emg.astype(np.float32)


@pytest.mark.parametrize(("channels", "rate_hz"), [(10, 100), (12, 2000)])
def test_ninapro(channels, rate_hz, tmp_path, everything):
    emg = ninapro(tmp_path / "S1_E1_A1.mat", channels)
    recording = open_recording(tmp_path / "S1_E1_A1.mat")
    _, samples, markers = everything(recording)
    assert (recording.info.rate_hz, recording.info.unit, recording.length) == (rate_hz, "a.u.", 3000)
    assert np.array_equal(samples, emg)
    assert markers == [Marker(0, "rest"), Marker(500, "3"), Marker(1500, "rest"), Marker(2000, "7")]
    assert any("no unit" in note for note in recording.notes)
    assert any("not raw" in note for note in recording.notes) == (channels == 10)


def test_ninapro_of_an_unknown_rate_needs_one(tmp_path):
    path = tmp_path / "S1_E1_A1.mat"
    ninapro(path, 16)
    with pytest.raises(RecordingError, match=r"\?rate=200"):
        open_recording(path)
    assert open_recording(path, 200.0).info.rate_hz == 200
    ninapro(path, 16, frequency=np.array([[1111.0]]))
    assert open_recording(path).info.rate_hz == 1111


def test_capgmyo_preprocessed(tmp_path, everything):
    data = RNG.uniform(-1, 1, (1000, 128))
    path = tmp_path / "001-002-003.mat"
    savemat(path, {"data": data, "subject": [[1]], "gesture": [[2]], "trial": [[3]]})
    recording = open_recording(path)
    _, samples, markers = everything(recording)
    assert (recording.info.rate_hz, recording.info.unit) == (1000, "uV")
    assert samples == pytest.approx(data * 2500, rel=1e-5, abs=1e-3)
    assert markers == [Marker(0, "2")]


def test_capgmyo_raw(tmp_path, everything):
    path = tmp_path / "001_005.mat"
    data = RNG.uniform(-1, 1, (3000, 128))
    savemat(path, {"data": data, "gesture": STIMULUS.T})
    assert [mark.text for mark in everything(open_recording(path))[2]] == ["rest", "3", "rest", "7"]
    savemat(path, {"data": data})
    assert everything(open_recording(path))[2] == [Marker(0, "5")]


def test_version_7_3(tmp_path, everything):
    h5py = pytest.importorskip("h5py", reason="pip install 'palmaris[recordings]'")
    path = tmp_path / "S1_E1_A1.mat"
    emg = RNG.normal(size=(3000, 12)).astype(np.float32)
    with h5py.File(path, "w", userblock_size=512) as file:
        file["emg"], file["restimulus"] = emg.T, STIMULUS.T
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM")
    recording = open_recording(path)
    _, samples, markers = everything(recording)
    assert np.array_equal(samples, emg)
    assert len(markers) == 4


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_a_cut_file_is_refused(share, tmp_path):
    path = tmp_path / "S1_E1_A1.mat"
    ninapro(path, 12)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(RecordingError, match="damaged or cut short"):
        open_recording(path)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"noise": [1.0]}, "no known layout"),
        ({"emg": np.ones((3, 2, 2))}, "time, channel"),
        ({"emg": np.ones((0, 12))}, "time, channel"),
        ({"data": np.array(["a"])}, "time, channel"),
        ({"emg": np.ones((50, 12)), "restimulus": [1, 2]}, "do not fit"),
    ],
)
def test_other_layouts_are_refused_in_words(variables, words, tmp_path):
    savemat(tmp_path / "x.mat", variables)
    with pytest.raises(RecordingError, match=words):
        open_recording(tmp_path / "x.mat")
