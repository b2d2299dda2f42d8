import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.training.alignment import Statistics, aligned, rolling

CLEAN = (np.random.default_rng(0).standard_normal((400, 3)) * [1, 5, 0.1] + [0, 40, -3]).astype(np.float32)
WANTED = Statistics.of(CLEAN)


@given(st.floats(0.1, 10), st.floats(-100, 100))
def test_a_gain_and_an_offset_are_undone(gain, offset):
    moved = (gain * CLEAN + offset).astype(np.float32)
    back = aligned(moved, Statistics.of(moved), WANTED)
    np.testing.assert_allclose((back - CLEAN) / WANTED.deviation, 0, atol=0.01)


def test_what_fits_already_is_left_alone():
    np.testing.assert_allclose(aligned(CLEAN, WANTED, WANTED), CLEAN, rtol=1e-4, atol=1e-5)


def test_a_feature_that_never_moves_stays_finite():
    still = np.ones((10, 3), np.float32)
    assert np.isfinite(aligned(still, Statistics.of(still), WANTED)).all()
    assert np.isfinite(rolling(still, Statistics.of(still), 5)).all()


def test_rolling_statistics_come_to_undo_a_gain_and_an_offset():
    moved = (3 * np.tile(CLEAN, (5, 1)) + 7).astype(np.float32)
    back = (rolling(moved, WANTED, 100) - np.tile(CLEAN, (5, 1))) / WANTED.deviation
    early, late = np.abs(back[:20]).mean(), np.abs(back[-400:]).mean()
    assert late < 0.3 < 1 < early


@given(st.integers(1, 399))
def test_rolling_statistics_never_look_ahead(length):
    np.testing.assert_array_equal(rolling(CLEAN[:length], WANTED, 50), rolling(CLEAN, WANTED, 50)[:length])
