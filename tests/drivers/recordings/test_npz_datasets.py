import numpy as np
import pytest

from drivers.errors import RecordingError
from drivers.recordings.npz import read
from drivers.recordings.npz_datasets import extremes
from drivers.source import Marker

RNG = np.random.default_rng(3)


def test_khushaba_trials_are_joined_with_one_index_left_out(shared_data, everything):
    path = shared_data("khushaba2012-2ch/S01.npz")
    index, samples, markers = everything(read(path))
    archive = np.load(path)
    x = archive["x"].astype(np.float32) * np.float32(0.2)
    assert np.array_equal(samples, x.reshape(-1, 2))
    assert np.flatnonzero(np.diff(index) != 1).tolist() == list(range(19_999, 1_199_999, 20_000))
    assert set(np.diff(index)) == {1, 2}
    assert [marker.text for marker in markers] == [str(name) for name in archive["classes"] for _ in range(6)]
    assert [marker.index for marker in markers] == list(range(0, 1_200_060, 20_001))


def test_flexemg_timeline_counts_and_grid(shared_data, everything):
    path = shared_data("flexemg-64ch/S1_1Test.npz")
    recording = read(path)
    _, samples, markers = everything(recording)
    archive = np.load(path)
    counts = np.cumsum(archive["dx"][1].astype(np.int64), axis=-1) % 65536
    assert np.array_equal(samples[28_000:56_000], counts.T.astype(np.float32) * np.float32(3.0517578125))
    words = ["Rest", "Lower", "Open", "Raise", "Fist", "Rest"]
    assert markers[:6] == [
        Marker(at, word) for at, word in zip([0, 5000, 10000, 15000, 20000, 25000], words, strict=True)
    ]
    assert markers[6] == Marker(28_001, "Rest")
    grid = np.array(recording.info.grid)
    assert grid.shape == (16, 4)
    assert sorted(grid.ravel()) == list(range(64))
    assert grid[0].tolist() == [28, 29, 30, 31]


def test_flexemg_without_its_map_has_no_grid(tmp_path, everything):
    np.savez(
        tmp_path / "S1.npz",
        dx=np.ones((1, 3, 40), np.int16),
        seq=np.array([[2, 1]]),
        labels=["Rest", "Fist", "Raise"],
        timerest=10,
        timegest=10,
        fs=1000.0,
        uV_per_lsb=2.0,
    )
    recording = read(tmp_path / "S1.npz")
    _, samples, markers = everything(recording)
    assert samples[:, 0].tolist() == [2.0 * count for count in range(1, 41)]
    assert [(mark.index, mark.text) for mark in markers] == [(0, "Rest"), (10, "Raise"), (20, "Fist"), (30, "Rest")]
    assert recording.info.grid is None
    assert any("arraymap.mat" in note for note in recording.notes)


def test_myo_labels_stand_where_they_change(shared_data, everything):
    path = shared_data("myo-readings-8ch/10101_right.npz")
    _, samples, markers = everything(read(path))
    archive = np.load(path)
    sets = [archive[key] for key in archive.files[1:]]
    assert np.array_equal(samples, np.concatenate(sets)[:, :8])
    changes, start = [], 0
    for rows in sets:
        changes += [start + at for at in range(len(rows)) if at == 0 or rows[at, 8] != rows[at - 1, 8]]
        start += len(rows) + 1
    assert [marker.index for marker in markers] == changes
    assert {marker.text for marker in markers} >= {"hibernation", "flexion", "fist"}


def test_grove_keeps_its_own_times(shared_data):
    path = shared_data("grove-rpi-2ch/P1a.npz")
    archive = np.load(path)
    dt_s = archive["fifth0__dt_us"].astype(float) * 1e-6
    times_s = np.cumsum(dt_s)
    recording = read(path)
    blocks = []
    for block in recording.blocks():
        if block.first >= len(dt_s):
            break
        blocks.append(block)
    assert recording.timed
    assert np.array_equal(np.concatenate([block.samples for block in blocks]), archive["fifth0__adc"])
    for block in blocks:
        assert block.device_s == pytest.approx(times_s[block.first], abs=1e-9)
        assert block.due_s == pytest.approx(times_s[block.first + len(block.samples) - 1], abs=1e-9)
        assert block.due_s - block.device_s < 0.005
    assert blocks[0].markers == (Marker(0, "fifth"),)


def test_grove_gaps_leave_out_what_is_missing(tmp_path, everything):
    dt_us = np.full(9000, 200, np.uint16)
    dt_us[0], dt_us[1000], dt_us[2000] = 0, 32_200, 1_000  # 32.2 ms: 160 samples missing; 1 ms: jitter
    np.savez(tmp_path / "P.npz", fist0__adc=RNG.integers(0, 1024, (9000, 2)).astype(np.int16), fist0__dt_us=dt_us)
    recording = read(tmp_path / "P.npz")
    index, _, _ = everything(recording)
    assert recording.info.rate_hz == 5000
    assert np.flatnonzero(np.diff(index) != 1).tolist() == [999]
    assert index[1000] == 1000 + 160
    assert any("1 gaps" in note and "160 samples" in note for note in recording.notes)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"x": np.ones((2, 3)), "classes": ["a", "b"]}, "class, trial"),
        ({"x": np.ones((1, 1, 5, 2)), "classes": ["a"]}, "unit_per_lsb"),
        ({"dx": np.ones((2, 3)), "seq": [[1]]}, "trial, channel"),
        ({"s1_g0": np.ones((5, 3), np.int8), "fs": 200.0}, "8 channels"),
        ({"fist0__adc": np.ones((5, 2))}, "fist0__dt_us"),
        ({"fist0__adc": np.ones((5, 2)), "fist0__dt_us": np.ones(4)}, "as many time steps"),
    ],
)
def test_damaged_sets_are_refused_in_words(arrays, words, tmp_path):
    np.savez(tmp_path / "set.npz", **arrays)
    with pytest.raises(RecordingError, match=words):
        read(tmp_path / "set.npz")


def test_saturation_is_a_pile_of_values_not_an_extreme_one():
    wild = np.random.default_rng(0).normal(0, 100, (8000, 2))
    assert extremes(wild) == ()
    assert extremes(np.clip(wild, -150, 150)) != ()
    assert extremes(np.zeros((10, 2))) == ()
