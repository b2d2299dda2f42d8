import pickle

import numpy as np
import pytest

from models.datasets.neuromotor import EVENTS, Part, joined, load, parts, read
from models.errors import DatasetError

h5py = pytest.importorskip("h5py", reason="pip install 'palmaris[recordings]'")

KIND = np.dtype([("emg", "<f4", (16,)), ("time", "<f8")])
NAME = "discrete_gestures_user_017_dataset_000"
BEGIN = 1645824198.0
PROMPTS = [("index_press", 0.5), ("index_release", 0.75), ("unknown", 1.0), ("thumb_up", 1.5), ("middle_press", 2.5)]


@pytest.fixture
def folder(tmp_path):
    """A recording of 2 s in the layout of the data set, and the list of its parts."""
    series = np.zeros(4000, KIND)
    series["emg"] = np.random.default_rng(4).normal(size=(4000, 16))
    series["time"] = BEGIN + np.arange(4000) / 2000
    names = np.array([[name] for name, _ in PROMPTS], object)
    with h5py.File(tmp_path / f"{NAME}.hdf5", "w") as root:
        root.create_dataset("data", data=series).attrs["task"] = "discrete_gestures"
        table = root.create_group("prompts")
        table.attrs["nblocks"] = 2
        table["block0_items"], table["block1_items"] = np.array(["name"], "S"), np.array(["time"], "S")
        table.create_dataset("block0_values", (1,), h5py.vlen_dtype(np.uint8))[0] = np.frombuffer(
            pickle.dumps(names, pickle.HIGHEST_PROTOCOL), np.uint8
        )
        table["block1_values"] = np.array([[BEGIN + at] for _, at in PROMPTS])
    (tmp_path / "discrete_gestures_corpus.csv").write_text(
        "start,end,split,dataset_number,user_number,dataset\n"
        f"{BEGIN + 0.25},{BEGIN + 0.6},train,0,17,{NAME}.hdf5\n"
        f"{BEGIN + 1.25},{BEGIN + 1.75},train,0,17,{NAME}\n"
        f"{BEGIN},{BEGIN + 9},test,0,18,{NAME.replace('017', '018')}.hdf5\n"
    )
    return tmp_path, series


def test_the_parts_of_a_split(folder):
    path, series = folder
    first, second = load(path, parts(path, "train"))
    assert np.array_equal(first.signal, series["emg"][500:1200])
    assert (first.keys, first.times.tolist()) == (("index_press",), [500])
    assert (second.keys, second.times.tolist()) == (("thumb_up",), [500])
    assert (first.user, first.session, first.rate_hz) == ("user_017", "dataset_000", 2000)


def test_parts_are_joined_as_the_makers_test(folder):
    path, _ = folder
    (whole,) = joined(parts(path, "train"))
    assert whole == Part(NAME, BEGIN + 0.25, BEGIN + 1.75)
    assert read(path, whole).keys == ("index_press", "index_release", "thumb_up")
    assert [part.recording for part in joined(parts(path, "test"))] == [NAME.replace("017", "018")]


def test_a_whole_recording(folder):
    path, series = folder
    whole = read(path, Part(NAME))
    assert np.array_equal(whole.signal, series["emg"])
    assert whole.keys == ("index_press", "index_release", "thumb_up")
    assert whole.times.tolist() == [1000, 1500, 3000]
    assert len(EVENTS) == 9


def test_what_is_missing_is_named(folder):
    path, _ = folder
    with pytest.raises(DatasetError, match="nothing to val"):
        parts(path, "val")
    with pytest.raises(DatasetError, match=r"corpus\.csv is missing"):
        parts(path / "gone", "val")
    with pytest.raises(DatasetError, match="018_dataset_000.hdf5 is damaged"):
        read(path, parts(path, "test")[0])
    with pytest.raises(DatasetError, match="no recording of discrete gestures"):
        read(path, Part("handwriting_user_000_dataset_000"))


def test_another_layout_is_refused(folder):
    path, _ = folder
    with h5py.File(path / f"{NAME}.hdf5", "a") as root:
        del root["prompts/block1_items"]
    with pytest.raises(DatasetError, match="another layout"):
        read(path, Part(NAME))
