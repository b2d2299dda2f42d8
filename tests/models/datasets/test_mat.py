import numpy as np
import pytest
from scipy.io import savemat

from models.datasets.mat import read_mat
from models.errors import DatasetError


def test_arrays_come_in_the_order_asked_for(tmp_path):
    savemat(tmp_path / "a.mat", {"one": np.arange(3), "two": np.eye(2), "three": 3})
    two, one = read_mat(tmp_path / "a.mat", "two", "one")
    assert two.tolist() == np.eye(2).tolist()
    assert one.tolist() == [[0, 1, 2]]


@pytest.mark.parametrize("content", [b"", b"not a MATLAB file at all, only words and more words" * 5])
def test_a_file_that_is_none_is_named(tmp_path, content):
    (tmp_path / "a.mat").write_bytes(content)
    with pytest.raises(DatasetError, match=r"a\.mat.*copy it again"):
        read_mat(tmp_path / "a.mat", "one")


def test_a_truncated_file_is_named(tmp_path):
    savemat(tmp_path / "a.mat", {"one": np.random.default_rng(0).normal(size=(100, 100))})
    (tmp_path / "a.mat").write_bytes((tmp_path / "a.mat").read_bytes()[:5000])
    with pytest.raises(DatasetError, match=r"a\.mat.*copy it again"):
        read_mat(tmp_path / "a.mat", "one")


def test_a_missing_file_and_a_missing_array_are_named(tmp_path):
    with pytest.raises(DatasetError, match=r"b\.mat"):
        read_mat(tmp_path / "b.mat", "one")
    savemat(tmp_path / "a.mat", {"two": 2})
    with pytest.raises(DatasetError, match="'one'"):
        read_mat(tmp_path / "a.mat", "one")
