from dataclasses import replace

import numpy as np
import pytest

from models.errors import DatasetError
from models.pipeline.filters import StreamFilter, design
from models.spec import FilterSpec, ModelSpec
from models.training.windows import Cut, cut

HOW = Cut(window=250, hop=125)


def test_windows_know_their_trial_and_label(synthetic_trials):
    trials = synthetic_trials()
    windows = cut(trials, ("rest", "point", "fist"), HOW)
    assert windows.x.shape == (len(trials) * 7, 250, 2)
    assert windows.x.dtype == np.float32
    for label, source in zip(windows.y, windows.source, strict=True):
        assert ("rest", "point", "fist")[label] == trials[source].label


def test_windows_are_those_of_the_live_filter(synthetic_trials):
    trials = synthetic_trials()
    windows = cut(trials, ("fist", "point", "rest"), HOW)
    whole = StreamFilter(design(FilterSpec(), 1000.0))(trials[3].samples).astype(np.float32)
    starts = range(500, 1251, 125)
    np.testing.assert_array_equal(windows.x[windows.source == 3], [whole[start : start + 250] for start in starts])


def test_a_trial_does_not_depend_on_the_trials_before_it(synthetic_trials):
    trials = synthetic_trials()
    all_of_them = cut(trials, ("fist", "point", "rest"), HOW)
    alone = cut(trials[4:5], ("fist", "point", "rest"), HOW)
    np.testing.assert_array_equal(alone.x, all_of_them.x[all_of_them.source == 4])


@pytest.mark.parametrize(("skip_s", "count"), [(0.0, 11), (0.5, 7), (0.51, 6), (1.25, 1), (1.3, 0)])
def test_windows_that_start_too_early_are_dropped(synthetic_trials, skip_s, count):
    long_enough = [synthetic_trials()[0], replace(synthetic_trials()[1], samples=np.zeros((9000, 2), np.float32))]
    windows = cut(long_enough, ("fist", "point", "rest"), replace(HOW, skip_s=skip_s))
    assert np.count_nonzero(windows.source == 0) == count


def test_a_model_gives_the_windows_that_it_sees():
    spec = ModelSpec(name="m", rate_hz=1000, channels=2, window=250, hop=25, features=4)
    assert Cut.of(spec, 0.125) == HOW


def test_trials_too_short_are_refused(synthetic_trials):
    with pytest.raises(DatasetError, match="record longer"):
        cut(synthetic_trials(seconds=0.7), ("fist", "point", "rest"), HOW)


def test_trials_of_two_rates_are_refused(synthetic_trials):
    trials = synthetic_trials()
    with pytest.raises(DatasetError, match="1000 Hz, 2 channels at 2000 Hz"):
        cut([*trials, replace(trials[0], rate_hz=2000.0)], ("fist", "point", "rest"), HOW)


def test_no_trials_are_refused():
    with pytest.raises(DatasetError, match="no trials"):
        cut([], ("fist",), HOW)
