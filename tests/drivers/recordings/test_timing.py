import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.recordings.timing import StampClock, Words, come_in_bursts, rate_of
from drivers.source import Marker


@pytest.mark.parametrize("rate_hz", [100, 200, 250, 512, 1000, 2000, 2048, 4000])
@pytest.mark.parametrize("drift", [-500e-6, 0, 500e-6])
def test_the_nominal_rate_is_found_despite_drift_and_gaps(rate_hz, drift):
    times_s = np.arange(5000) / (rate_hz * (1 + drift))
    times_s[2500:] += 30
    assert rate_of(times_s) == rate_hz


@pytest.mark.parametrize("rate_hz", [100, 250, 512, 1000, 2048])
def test_whole_milliseconds_are_fine_enough(rate_hz):
    assert rate_of(np.round(np.arange(5000) / rate_hz, 3)) == rate_hz


@pytest.mark.parametrize("size", [2, 7, 10, 33])
def test_bursts_with_a_stall_have_the_rate_of_their_samples(size):
    arrival_s = np.repeat(np.arange(100) * size / 500, size)
    arrival_s[len(arrival_s) // 2 // size * size :] += 0.5
    assert rate_of(np.round(arrival_s, 4)) == 500


def test_an_odd_rate_stays_odd():
    assert rate_of(np.arange(3000) / 148.5) == pytest.approx(148.5)


@pytest.mark.parametrize("times", [[], [1.0], [2.0, 2.0, 2.0], [3.0, 2.0, 1.0]])
def test_times_that_do_not_grow_give_no_rate(times):
    assert np.isnan(rate_of(np.array(times)))


def test_bursts_are_told_from_jitter():
    arrival = np.repeat(np.arange(100) * 0.05, 10)
    sampling = np.arange(1000) * 0.005 + np.random.default_rng(1).uniform(-0.002, 0.002, 1000)
    assert come_in_bursts(arrival)
    assert not come_in_bursts(sampling)


# 1 kHz with two gaps, a clock set back, and some unknown times
TIMES = np.arange(300) / 1000
TIMES[100:] += 0.5
TIMES[200:] -= 5
TIMES[[50, 51, 120]] = np.nan


@given(st.lists(st.integers(0, 80)))
def test_chunking_changes_nothing(sizes):
    whole = StampClock(1000)
    index, seconds = whole.feed(TIMES)
    parts = StampClock(1000)
    fed = [parts.feed(part) for part in np.split(TIMES, np.minimum(np.cumsum(sizes, dtype=int), len(TIMES)))]
    assert np.array_equal(np.concatenate([part[0] for part in fed]), index)
    assert np.array_equal(np.concatenate([part[1] for part in fed]), seconds)
    assert (parts.gaps, parts.missing, parts.resets) == (whole.gaps, whole.missing, whole.resets)


def test_gaps_and_resets_leave_out_indices():
    clock = StampClock(1000)
    index, seconds = clock.feed(TIMES)
    assert np.flatnonzero(np.diff(index) != 1).tolist() == [99, 199]
    assert index[100] - index[99] == 501
    assert index[200] - index[199] == 2
    assert seconds[200] - seconds[199] == pytest.approx(0.002)
    assert (np.diff(seconds) >= 0).all()
    assert "1 gaps" in clock.notes()["gaps"]
    assert "1 times" in clock.notes()["resets"]


def test_unknown_times_at_the_start_count_as_samples():
    index, seconds = StampClock(1000).feed(np.array([np.nan, np.nan, 7.002, 7.003]))
    assert index.tolist() == [0, 1, 2, 3]
    assert seconds == pytest.approx([0, 0.001, 0.002, 0.003])


def test_times_of_arrival_tell_no_gap():
    arrival = np.repeat(np.arange(20) * 0.1, 10)
    index, seconds = StampClock(100, bursts=True).feed(arrival)
    assert np.array_equal(index, np.arange(200))
    assert np.array_equal(seconds, arrival)


def test_words_stand_at_the_first_sample_that_is_not_before_them():
    words = Words([(0.0, "rest"), (0.0051, "fist"), (0.02, "late")])
    index = np.arange(10, 30)
    first = words.until(np.arange(5) / 1000, index[:5])
    second = words.until(np.arange(5, 10) / 1000, index[5:10])
    assert first == (Marker(10, "rest"),)
    assert second == (Marker(16, "fist"),)
    assert words.until(np.empty(0), index[:0]) == ()
