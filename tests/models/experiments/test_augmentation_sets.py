import numpy as np
import pytest

from models.datasets.trials import Trial
from models.experiments.augmentation_sets import SETS, slowed, thinned
from models.pipeline.filters import design
from models.spec import FilterSpec
from models.training.windows import Windows


def wave(hz: float) -> Trial:
    t = np.arange(8000) / 4000
    samples = np.sin(2 * np.pi * hz * t)[:, np.newaxis].astype(np.float32)
    return Trial(samples, 4000.0, "fist", "S1", "1", 1)


@pytest.mark.parametrize(("hz", "kept"), [(100.0, 1.0), (300.0, 1.0), (700.0, 0.03), (900.0, 0.03)])
def test_what_a_slower_rate_cannot_hold_is_gone_before(hz, kept):
    slow = slowed(wave(hz), 4, FilterSpec(high_hz=400.0))
    assert (slow.rate_hz, slow.samples.shape, slow.samples.dtype) == (1000.0, (2000, 1), np.float32)
    strength = np.sqrt(2 * np.square(slow.samples[200:]).mean())
    assert strength == pytest.approx(1, abs=0.1) if kept == 1.0 else strength < kept


def test_a_rate_that_is_low_enough_stays():
    trial = wave(100.0)
    assert slowed(trial, 1, FilterSpec()) is trial


def test_thinned_windows_keep_their_labels_and_sources():
    windows = Windows(np.arange(7.0, dtype=np.float32).reshape(7, 1, 1), np.arange(7), np.arange(7), ())
    few = thinned(windows, 3)
    assert [few.x.ravel().tolist(), few.y.tolist(), few.source.tolist()] == [[0, 3, 6]] * 3


@pytest.mark.parametrize("name", sorted(SETS))
def test_the_filter_of_each_set_fits_its_rate(name):
    rate_hz = {"khushaba": 1000.0, "flexemg": 1000.0, "myo": 200.0}[name]
    assert np.isfinite(design(SETS[name].filters, rate_hz)).all()
    assert round(0.25 * rate_hz) % SETS[name].fold == 0


def test_trials_of_the_real_recordings_are_of_one_session_and_without_rest(shared_data):
    recorded = SETS["myo"]
    trials = recorded.load(shared_data(recorded.folder).parent)
    assert {trial.session for trial in trials} == {"1"}
    assert {trial.label for trial in trials} == set(recorded.labels)
    assert recorded.windows(trials[:2]).x.shape[1:] == (50, 8)
