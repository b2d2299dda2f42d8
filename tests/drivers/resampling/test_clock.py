"""The device's clock: drift is followed without lag, jitter hardly, and nothing makes the line jump."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.resampling.clock import FASTEST, DeviceClock

RATE_HZ = 1000.0


def follow(times_s, count=10, rate_hz=RATE_HZ):
    """A clock, and how late it said each chunk's first sample was. (chunk,) times."""
    clock, late = DeviceClock(rate_hz, keep=64), []
    for number, time_s in enumerate(times_s):
        clock.observe(number * count, count, time_s)
        late.append(clock.late_at(number * count))
    return clock, np.array(late)


def test_a_clock_that_keeps_its_rate_is_never_late():
    clock, late = follow(12345.678 + np.arange(20000) * 0.01)
    assert clock.even
    assert (late == 0).all()


@pytest.mark.parametrize("ppm", [500, -500, 8000])
def test_a_drift_is_followed_without_lag(ppm):
    true_s = np.arange(30000) * 0.01 * (1 + ppm * 1e-6)
    _, late = follow(7.0 + true_s)
    np.testing.assert_allclose(late[200:], (true_s * RATE_HZ - np.arange(30000) * 10)[200:], atol=0.02)


@pytest.mark.parametrize(("jitter_s", "within"), [(1e-3, 0.15), (5e-3, 0.6)])
def test_jitter_is_smoothed(jitter_s, within):
    true_s = np.arange(30000) * 0.01 * (1 + 500e-6)
    jitter = np.random.default_rng(3).uniform(-jitter_s, jitter_s, len(true_s))
    jitter[0] = 0  # time is counted from the first chunk on
    _, late = follow(true_s + jitter)
    settled = slice(2000, None)
    np.testing.assert_allclose(late[settled], (true_s * RATE_HZ - np.arange(30000) * 10)[settled], atol=within)


@given(
    st.lists(st.tuples(st.integers(0, 3000), st.floats(-0.09, 0.09)), min_size=2, max_size=40),
    st.floats(-0.02, 0.02),
)
def test_the_line_never_jumps_whatever_the_times(chunks, drift):
    clock, first, told = DeviceClock(RATE_HZ, keep=10**6), 0, []
    for count, jitter_s in chunks:
        clock.observe(first, count, first / RATE_HZ * (1 + drift) + jitter_s)
        first += count
    at = np.arange(first)
    told = np.array([clock.late_at(sample) for sample in at[:: max(1, first // 50)]])
    assert (np.abs(np.diff(told)) <= FASTEST * max(1, first // 50) + 1e-9).all()
    moments = at[::97] + np.array([clock.late_at(sample) for sample in at[::97]])
    np.testing.assert_allclose(moments - clock.late_when(moments), at[::97], atol=1e-6)


def test_a_clock_that_was_set_is_no_drift():
    times_s = np.arange(2000) * 0.01
    times_s[1000:] += 3600
    clock, late = follow(times_s)
    assert clock.even
    assert (late == 0).all()


def test_long_chunks_are_as_good_as_short_ones():
    true_s = np.arange(40) * 30.0 * (1 + 500e-6)
    _, late = follow(true_s, count=30_000)
    np.testing.assert_allclose(late[3:], (true_s * RATE_HZ - np.arange(40) * 30_000)[3:], atol=0.02)
