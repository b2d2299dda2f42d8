import os
import pickle
import sys

import numpy as np
import pytest

from models.datasets.hdf5 import opened, read_table
from models.errors import DatasetError

h5py = pytest.importorskip("h5py", reason="pip install 'palmaris[recordings]'")

NAMES = ["index_press", "index_release", "thumb_up", "index_press"]


def write_table(group, blocks):
    """A table as pandas 3.1 with PyTables 3.11 was seen to write it; block: names and (row, column) values."""
    group.attrs["pandas_type"], group.attrs["nblocks"] = "frame", len(blocks)
    for number, (names, values) in enumerate(blocks):
        group[f"block{number}_items"] = np.array(names, "S")
        if values.dtype != object:
            group[f"block{number}_values"] = values
            continue
        pickled = pickle.dumps(values, pickle.HIGHEST_PROTOCOL)
        stored = group.create_dataset(f"block{number}_values", (1,), h5py.vlen_dtype(np.uint8))
        stored[0] = np.frombuffer(pickled, np.uint8)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "table.hdf5"
    with h5py.File(path, "w") as root:
        group = root.create_group("prompts")
        times = np.array([[1.0, 1.5], [2.0, 2.5], [3.0, 3.5], [4.0, 4.5]])
        write_table(group, [(["name"], np.array([NAMES], object).T), (["start", "end"], times)])
    return path


def test_columns_by_name(file):
    with opened(file) as root:
        table = read_table(root["prompts"])
    assert table["name"].tolist() == NAMES
    assert table["start"].tolist() == [1, 2, 3, 4]
    assert table["end"].tolist() == [1.5, 2.5, 3.5, 4.5]


def replace(file, pickled):
    with h5py.File(file, "a") as root:
        root["prompts/block0_values"][0] = np.frombuffer(pickled, np.uint8)


def test_arrays_of_an_older_numpy(file):
    pickled = pickle.dumps(np.array([NAMES], object).T, 3).replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    replace(file, pickled)
    with opened(file) as root:
        assert read_table(root["prompts"])["name"].tolist() == NAMES


class Harm:
    def __reduce__(self):
        return os.mkdir, ("harm",)


def test_a_pickle_does_nothing_but_arrays(file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    replace(file, pickle.dumps(np.array([[Harm()]], object)))
    with pytest.raises(DatasetError, match="has no place in a table"), opened(file) as root:
        read_table(root["prompts"])
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize("pickled", [pickle.dumps({"a": 1}), b"no pickle", b"\x80\x05"])
def test_other_pickles_are_refused(file, pickled):
    replace(file, pickled)
    with pytest.raises(DatasetError, match="damaged or has another layout"), opened(file) as root:
        read_table(root["prompts"])


def test_a_cut_file_is_refused(file):
    file.write_bytes(file.read_bytes()[:300])
    with pytest.raises(DatasetError, match="copy it again"), opened(file):
        pass


def test_without_h5py_the_remedy_is_named(file, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(DatasetError, match=r"pip install 'palmaris\[recordings\]'"), opened(file):
        pass
