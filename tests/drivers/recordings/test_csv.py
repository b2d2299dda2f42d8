import tracemalloc
from collections import Counter

import numpy as np
import pytest

from drivers.errors import RecordingError
from drivers.recordings.csv import read

TABLE = np.round(np.random.default_rng(5).normal(0, 100, (5000, 3)), 3)


def write(path, table, separator=",", header=None, end=""):
    lines = [] if header is None else [separator.join(header)]
    lines += [separator.join(f"{value:.10g}" for value in row) + end for row in table]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t", " ", " | ", ", "])
@pytest.mark.parametrize("header", [None, ["a", "b", "c"]])
@pytest.mark.parametrize("end", ["", ","])
def test_any_separator_with_and_without_header(separator, header, end, tmp_path, everything):
    path = write(tmp_path / "band.csv", TABLE, separator, header, end if separator.strip() == "," else "")
    recording = read(path, 500.0)
    index, samples, _ = everything(recording)
    assert recording.info.channels == (tuple(header) if header else ("ch1", "ch2", "ch3"))
    assert (recording.info.rate_hz, recording.timed) == (500.0, False)
    assert np.array_equal(index, np.arange(5000))
    assert np.array_equal(samples, TABLE.astype(np.float32))


def test_without_times_the_rate_must_be_given(tmp_path):
    with pytest.raises(RecordingError, match=r"\?rate="):
        read(write(tmp_path / "band.csv", TABLE))


@pytest.mark.parametrize(
    ("name", "per_second"),
    [("t", 1), ("time", 1e3), ("Timestamp", 1e6), ("time_ms", 1e3), ("time (s)", 1), ("timestamp [us]", 1e6)],
)
@pytest.mark.parametrize("column", [0, 3])
def test_a_time_column_is_found_with_its_unit(name, per_second, column, tmp_path, everything):
    times_s = 1000 + np.arange(5000) / 500
    table = np.insert(TABLE, column, times_s * per_second, axis=1)
    header = ["x", "y", "z"]
    header.insert(column, name)
    recording = read(write(tmp_path / "band.csv", table, header=header))
    index, samples, _ = everything(recording)
    assert recording.info.rate_hz == 500
    assert recording.info.channels == ("x", "y", "z")
    assert recording.timed
    assert np.array_equal(index, np.arange(5000))
    assert np.array_equal(samples, TABLE.astype(np.float32))
    last = list(recording.blocks())[-1]
    assert last.due_s == pytest.approx(9.998, abs=1e-3)


def test_gaps_in_the_times_leave_out_indices(tmp_path, everything):
    times_s = np.arange(5000) / 1000
    times_s[2500:] += 1.5
    recording = read(write(tmp_path / "band.csv", np.column_stack([times_s, TABLE]), header=["t", "a", "b", "c"]))
    index, _, _ = everything(recording)
    assert index[2499] == 2499
    assert index[2500] == 4000
    assert any("1500 samples" in note for note in recording.notes)


def test_bursts_of_arrival_are_kept_and_tell_no_gap(tmp_path, everything):
    arrival_s = np.repeat(np.arange(500) * 0.1, 10)
    path = write(tmp_path / "band.csv", np.column_stack([arrival_s, TABLE]), header=["t", "a", "b", "c"])
    recording = read(path)
    blocks = list(recording.blocks())
    assert recording.info.rate_hz == 100
    came = Counter()
    for block in blocks:  # a burst may stand across two reads from disk; both parts are then due at its time
        came[round(block.due_s, 6)] += len(block.samples)
    assert came == {round(number * 0.1, 6): 10 for number in range(500)}
    assert blocks[1].device_s == 0.1
    assert any("bursts" in note for note in recording.notes)


def test_rows_that_cannot_be_read_keep_their_index(tmp_path, everything):
    path = tmp_path / "band.csv"
    path.write_text("# a sketch\n1,2\n3,4\n5\n7,eight\n\n9,10\n1,2,3\n11,12")
    recording = read(path, 100.0)
    index, samples, _ = everything(recording)
    nan = np.nan
    expected = np.array([[1, 2], [3, 4], [nan, nan], [7, nan], [9, 10], [nan, nan], [11, 12]], np.float32)
    assert np.array_equal(samples, expected, equal_nan=True)
    assert np.array_equal(index, np.arange(7))
    assert any("3 rows" in note for note in recording.notes)
    everything(recording)
    assert any("3 rows" in note for note in recording.notes), "a second reading must not count twice"


@pytest.mark.parametrize("text", ["\n\n", "a,b\n", "only words\nand more words\n", "\x00\x01\x02"])
def test_what_holds_no_numbers_is_refused(text, tmp_path):
    (tmp_path / "band.csv").write_text(text)
    with pytest.raises(RecordingError, match="no rows of numbers"):
        read(tmp_path / "band.csv", 100.0)


def test_times_that_stand_still_are_refused(tmp_path):
    path = write(tmp_path / "band.csv", np.column_stack([np.ones(5000), TABLE]), header=["t", "a", "b", "c"])
    with pytest.raises(RecordingError, match="do not grow"):
        read(path)


def test_real_times_and_values_of_a_cyton(shared_data, everything):
    path = shared_data("cyton-lsl-8ch/data/s_04_29_25/r_1/exg.csv")
    table = np.genfromtxt(path, delimiter=",", skip_header=1)
    recording = read(path)
    _, samples, _ = everything(recording)
    assert recording.info.channels == tuple(f"exg_{number}" for number in range(1, 9))
    assert np.array_equal(samples, table[:, 1:].astype(np.float32))
    for block in recording.blocks(start=10_000):
        assert block.device_s == pytest.approx((table[block.first, 0] - table[0, 0]) / 1000)


def test_a_long_file_is_never_held_whole(tmp_path):
    path = tmp_path / "hours.csv"
    row = ",".join(["1234.5678"] * 16) + "\n"
    path.write_text(row * 60_000)
    tracemalloc.start()
    try:
        rows = sum(len(block.samples) for block in read(path, 2000.0).blocks())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert rows == 60_000
    assert peak < path.stat().st_size / 3
