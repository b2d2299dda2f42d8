import numpy as np
import pytest

from models.datasets import DATASETS, labels_of, load_trials
from models.datasets.grabmyo import FOREARM, FOUR, RINGS
from models.errors import DatasetError


def write(folder, name: str, samples: int = 20) -> np.ndarray:
    """A record of wrist channels too, as they come; returns the counts."""
    names = (*FOREARM, "U1", "W1")
    counts = np.random.default_rng(len(name)).integers(-3000, 3000, (samples, len(names))).astype("<i2")
    lines = [f"{name}.dat 16 1000.0(7)/mV 16 0 0 0 0 {channel}" for channel in names]
    (folder / f"{name}.hea").write_text("\n".join([f"{name} {len(names)} 2048 {samples}", *lines]) + "\n")
    counts.tofile(folder / f"{name}.dat")
    return counts


def test_forearm_channels_of_every_trial(tmp_path):
    (tmp_path / "Session2").mkdir()
    counts = write(tmp_path / "Session2", "session2_participant7_gesture16_trial3")
    write(tmp_path, "session1_participant12_gesture4_trial1")
    first, second = load_trials("grabmyo", tmp_path)
    assert (second.subject, second.session, second.label, second.trial) == ("P12", "1", "4", 1)
    assert (first.subject, first.session, first.label, first.trial) == ("P07", "2", "hand_close", 3)
    assert (first.rate_hz, first.samples.shape) == (2048.0, (20, 16))
    np.testing.assert_allclose(first.samples, counts[:, :16] - 7.0, rtol=1e-5)


def test_an_empty_folder_says_what_to_give(tmp_path):
    (tmp_path / "session1.hea").write_text("")
    with pytest.raises(DatasetError, match=r"session1_participant1_gesture1_trial1\.hea"):
        load_trials("grabmyo", tmp_path)


def test_the_sample_is_whole(shared_data):
    folder = shared_data("grabmyo-sample-28ch")
    trials = load_trials("grabmyo-4", folder)
    assert labels_of("grabmyo-4", trials) == FOUR
    assert sorted((FOUR.index(t.label), t.trial) for t in trials) == [(k, n) for k in range(4) for n in range(1, 6)]
    assert {(t.rate_hz, t.samples.shape) for t in trials} == {(2048.0, (10_240, 16))}
    assert len(load_trials("grabmyo", folder)) == 21


def test_the_sample_bears_out_the_rings(shared_data):
    """Neighbours in a ring are alike, those across the arm less so."""
    folder = shared_data("grabmyo-sample-28ch")
    assert DATASETS["grabmyo"].rings(folder) == RINGS
    alike = np.mean([np.corrcoef(np.diff(t.samples, axis=0).T) for t in load_trials("grabmyo-4", folder)], axis=0)
    for ring in RINGS:
        beside = np.mean([alike[ring[n], ring[n - 1]] for n in range(8)])
        across = np.mean([alike[ring[n], ring[n - 4]] for n in range(8)])
        assert beside > across + 0.05
