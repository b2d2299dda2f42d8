from dataclasses import replace

import numpy as np
import pytest

from models.augmentation.levels import Levels, subjects_of
from models.training.windows import Cut, cut


@pytest.fixture(scope="module")
def windows(synthetic_trials):
    trials = synthetic_trials(subjects=2, repetitions=1, seconds=1.0)
    louder = [replace(trial, samples=trial.samples * (1 + 4 * (trial.subject == "1"))) for trial in trials]
    return cut(louder, ("fist", "point", "rest"), Cut(100, 50))


def test_everybody_is_equally_strong_in_each_channel(windows):
    even = Levels.of(windows).levelled(windows)
    for subject in ("0", "1"):
        np.testing.assert_allclose(even.x[subjects_of(even) == subject].std(axis=(0, 1)), [100, 100], rtol=1e-5)
    assert even.x.dtype == np.float32
    assert even.trials is windows.trials


def test_gestures_keep_what_tells_them_apart(windows):
    even, ratios = Levels.of(windows).levelled(windows), []
    for x in (windows.x, even.x):
        fist, rest = (x[(windows.y == label) & (subjects_of(windows) == "0")].std() for label in (0, 2))
        ratios.append(fist / rest)
    assert ratios[0] > 10
    assert ratios[1] > 10


def test_what_is_restored_is_as_strong_as_its_subject(windows):
    levels = Levels.of(windows)
    back = levels.restored(levels.levelled(windows).x, subjects_of(windows))
    np.testing.assert_allclose(back, windows.x, rtol=1e-5)
    assert levels.restored(windows.x[:0], np.array([], str)).shape == (0, 100, 2)


def test_a_dead_channel_stays_dead(windows):
    x = windows.x.copy()
    x[:, :, 1] = 0
    dead = replace(windows, x=x)
    even = Levels.of(dead).levelled(dead).x
    assert np.isfinite(even).all()
    assert not even[:, :, 1].any()
