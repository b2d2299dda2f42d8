"""Where channels stand, in a file or row by row."""

import numpy as np
import pytest

from drivers.channel_map import read_channel_map, read_grid
from drivers.errors import SourceUnknown
from drivers.registry import open_source


def test_a_channel_map_is_rows_of_numbers_with_remarks(tmp_path):
    path = tmp_path / "map.csv"
    path.write_text("# a corner cut off\n0, 1,2 , 3\n\n4 5 6 -1  # near the wrist\n")
    assert read_channel_map(path) == ((0, 1, 2, 3), (4, 5, 6, -1))


def test_a_line_that_is_no_row_is_named(tmp_path):
    path = tmp_path / "map.csv"
    path.write_text("0, 1\n2, three\n")
    with pytest.raises(ValueError, match=r"map\.csv, line 2: '2, three' is no row"):
        read_channel_map(path)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_is_none_says_what_to_give(tmp_path, content):
    path = tmp_path / "map.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match="give a text file"):
        read_channel_map(path)


def test_rows_and_columns_are_counted_row_by_row():
    assert read_grid("2x3") == ((0, 1, 2), (3, 4, 5))


@pytest.mark.parametrize("map_file", [False, True])
def test_any_source_takes_a_grid(tmp_path, map_file):
    samples = np.arange(40, dtype=np.float32).reshape(10, 4)
    np.savez(tmp_path / "four.npz", samples=samples, rate_hz=1000.0)
    (tmp_path / "map.txt").write_text("3 2\n1 0\n")
    grid = tmp_path / "map.txt" if map_file else "2x2"
    with open_source(f"replay://{tmp_path / 'four.npz'}?speed=max&grid={grid}") as source:
        assert source.info.grid == (((3, 2), (1, 0)) if map_file else ((0, 1), (2, 3)))
        np.testing.assert_array_equal(source.read(1.0).samples[:1], samples[:1])


def test_a_map_that_is_not_there_is_told_before_the_device_is_opened():
    with pytest.raises(SourceUnknown, match=r"grid=nowhere\.txt is not valid .* give a text file"):
        open_source("sim://two-channel?grid=nowhere.txt")
