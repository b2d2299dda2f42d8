"""The sample clock: jitter is smoothed, gaps are marked, set clocks do no harm."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.stamps import TOLERANCE_S, SampleClock

RATE_HZ = 500.0


def stamps(count, start_s=100.0, rate_hz=RATE_HZ):
    return start_s + np.arange(count) / rate_hz


def indices(clock, times, sizes=()):
    """The index of each sample: the first alone, then pieces of these sizes, each heard when its last was sent."""
    found = []
    for part in np.split(times, 1 + np.cumsum([0, *sizes])):
        for run in clock.place(part, float(part[-1])) if len(part) else ():
            found += range(run.first, run.first + run.stop - run.start)
    return found


jitter = st.lists(st.floats(0, TOLERANCE_S / 4), min_size=50, max_size=50)
gaps = st.dictionaries(st.integers(1, 49), st.integers(100, 5000), max_size=3)
chunks = st.lists(st.integers(0, 20), max_size=10)


@given(jitter, gaps, chunks)
def test_any_chunking_gives_every_sample_the_same_index_and_every_gap_its_length(late_s, gaps, sizes):
    counted = np.arange(50)
    for position, missing in gaps.items():
        counted[position:] += missing
    times = 100 + counted / RATE_HZ + np.array(late_s)
    clock = SampleClock(RATE_HZ)
    found = indices(clock, times, sizes)
    assert found == indices(SampleClock(RATE_HZ), times)
    assert clock.lost == found[-1] - 49
    # The length of a gap is known up to the jitter on its two sides.
    np.testing.assert_allclose(found, counted, atol=(len(gaps) or 0) * TOLERANCE_S / 2 * RATE_HZ)
    if not gaps:
        assert found == list(range(50))


def test_the_smoothed_time_follows_a_drifting_clock_through_jitter():
    rng = np.random.default_rng(0)
    true = stamps(5000, rate_hz=RATE_HZ * (1 - 500e-6))  # a device 500 ppm too slow
    clock = SampleClock(RATE_HZ)
    parts = np.split(true + rng.uniform(-0.01, 0.01, 5000), 500)
    starts = [clock.place(part, float(part[-1]))[0] for part in parts]
    assert clock.lost == 0
    errors = np.array([run.time_s for run in starts[50:]]) - true[500::10]
    assert np.abs(errors).max() < 2e-3


def test_a_burst_after_a_stall_of_the_reader_is_no_gap():
    clock = SampleClock(RATE_HZ)
    clock.place(stamps(10), heard_s=0.0)
    (run,) = clock.place(stamps(1000, start_s=100.0 + 10 / RATE_HZ), heard_s=3.0)
    assert run.first == 10


@pytest.mark.parametrize("set_by_s", [-7200.0, 7200.0])
def test_a_clock_that_was_set_without_a_pause_loses_nothing(set_by_s):
    clock = SampleClock(RATE_HZ)
    clock.place(stamps(10), heard_s=0.00)
    (run,) = clock.place(stamps(10, start_s=100 + 10 / RATE_HZ + set_by_s), heard_s=0.02)
    assert (run.first, clock.lost) == (10, 0)


@pytest.mark.parametrize("set_by_s", [-7200.0, 7200.0])
def test_a_sender_that_returns_with_another_clock_loses_what_was_silent(set_by_s):
    clock = SampleClock(RATE_HZ)
    clock.place(stamps(10), heard_s=0.0)
    (run,) = clock.place(stamps(10, start_s=100 + set_by_s), heard_s=2.0)
    assert (run.first, clock.lost) == (1010, 1000)
