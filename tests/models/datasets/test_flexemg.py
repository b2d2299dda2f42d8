import numpy as np
import pytest
from scipy.io import savemat

from models.datasets import DATASETS, labels_of, load_trials
from models.datasets.flexemg import LABELS, grid, load, load_ring, ring
from models.errors import DatasetError
from models.pipeline.electrode_grid import electrode_grid

ORDERS = np.array([[3, 4, 2, 1], [1, 2, 4, 3]], np.uint8)
NAMES = np.array(["Rest", "Fist", "Raise", "Lower", "Open"])


def write(folder, name: str, trials: int = 2, **changes) -> np.ndarray:
    """Two channels, 10 samples of rest, 20 of each gesture, 8 of rest; returns the counts [trial, sample, channel]."""
    counts = np.random.default_rng(len(name)).integers(0, 65536, (trials, 98, 2), np.uint16)
    start = np.zeros((trials, 2, 1), np.int64)
    dx = np.diff(counts.transpose(0, 2, 1).astype(np.int64), prepend=start).astype(np.uint16).view(np.int16)
    facts = {"dx": dx, "seq": ORDERS[:trials], "labels": NAMES, "fs": 1000.0, "uV_per_lsb": 0.5}
    np.savez(folder / f"{name}.npz", **{**facts, "timerest": 10, "timegest": 20, **changes})
    return counts


def test_each_gesture_and_the_rest_around_them_are_trials_in_microvolts(tmp_path):
    counts = write(tmp_path, "S1_1Train")
    trials = load(tmp_path)
    assert [(t.label, len(t.samples)) for t in trials[:6]] == [
        ("rest", 10),
        ("lower", 20),
        ("open", 20),
        ("raise", 20),
        ("fist", 20),
        ("rest", 8),
    ]
    assert {(t.subject, t.session, t.rate_hz) for t in trials} == {("S1", "1", 1000.0)}
    assert trials[0].samples.dtype == np.float32
    whole = np.concatenate([t.samples for t in trials if t.trial == 2])
    np.testing.assert_allclose(whole, counts[1] * 0.5, rtol=1e-6)


def test_sessions_are_told_apart_and_their_recordings_counted_on(tmp_path):
    for name in ("S2_1Test", "S1_3Test", "S1_1Test", "S1_1Train"):
        write(tmp_path, name)
    first = write(tmp_path, "S1_1Train")
    trials = load(tmp_path)
    found = [(t.subject, t.session, t.trial) for t in trials[::6]]
    assert found == [
        *[("S1", "1", number) for number in (1, 2, 3, 4)],
        *[("S1", "3", number) for number in (1, 2)],
        *[("S2", "1", number) for number in (1, 2)],
    ]
    np.testing.assert_allclose(trials[0].samples, first[0, :10] * 0.5, rtol=1e-6)  # training comes first


def test_the_grid_counts_from_0(tmp_path):
    savemat(tmp_path / "arraymap.mat", {"arraymap": np.array([[3, 4], [1, 2]], np.uint8)})
    assert grid(tmp_path) == ((2, 3), (0, 1))


def test_a_ring_is_one_column_of_the_map_in_its_order(tmp_path):
    savemat(tmp_path / "arraymap.mat", {"arraymap": np.array([[1, 2], [2, 1]], np.uint8)})
    write(tmp_path, "S1_1Train")
    assert ring(tmp_path) == (1, 0)
    for whole, band in zip(load(tmp_path), load_ring(tmp_path), strict=True):
        np.testing.assert_array_equal(band.samples, whole.samples[:, [1, 0]])
        assert (band.label, band.trial) == (whole.label, whole.trial)


def test_without_its_map_there_is_no_grid(tmp_path):
    with pytest.raises(DatasetError, match=r"arraymap\.mat"):
        grid(tmp_path)


def test_an_empty_folder_says_what_to_give(tmp_path):
    write(tmp_path, "S1_other")
    with pytest.raises(DatasetError, match=r"S1_1Train\.npz"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"dx": np.zeros((2, 98), np.int16)}, r"\[trial, channel, sample\]"),
        ({"seq": ORDERS[:1]}, "one order per trial"),
        ({"labels": np.array(["Rest", "Fist", "Wave", "Lower", "Open"])}, "unknown gestures Wave"),
    ],
)
def test_another_layout_is_refused(tmp_path, changes, reason):
    write(tmp_path, "S1_1Train", **changes)
    with pytest.raises(DatasetError, match=reason):
        load(tmp_path)


def test_a_truncated_file_is_named(tmp_path):
    write(tmp_path, "S1_1Train")
    path = tmp_path / "S1_1Train.npz"
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(DatasetError, match=r"S1_1Train.*again"):
        load(tmp_path)


def test_the_real_recordings_are_whole(shared_data):
    folder = shared_data("flexemg-64ch")
    trials = load_trials("flexemg", folder)
    assert len(trials) == (10 + 5 + 5 + 5) * 6
    assert labels_of("flexemg", trials) == LABELS
    assert {(t.samples.shape, t.rate_hz) for t in trials} == {((5000, 64), 1000.0), ((3000, 64), 1000.0)}
    rows = electrode_grid(DATASETS["flexemg"].grid(folder), 64)
    assert rows.shape == (16, 4)
    assert sorted(rows.ravel()) == list(range(64))


def test_in_the_real_recordings_gestures_are_stronger_than_rest(shared_data):
    """Differences of neighbouring samples stand for the EMG: offset and drift are far above it."""
    sizes: dict[str, list[float]] = {}
    for trial in load_trials("flexemg", shared_data("flexemg-64ch")):
        if (trial.subject, trial.session) == ("S1", "3"):
            sizes.setdefault(trial.label, []).append(np.diff(trial.samples[1500:], axis=0).std())
    assert all(min(sizes[label]) > 2 * np.median(sizes["rest"]) for label in LABELS[1:])
