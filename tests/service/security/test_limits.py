"""Buckets of requests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.security.limits import MOST_ASKERS, Limiter


def test_a_burst_and_then_the_rate() -> None:
    limiter = Limiter(rate_hz=2, burst=3)
    assert [limiter.wait_s("a", 10.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert limiter.wait_s("a", 10.25) == pytest.approx(0.25)
    assert limiter.wait_s("a", 10.5) == 0
    assert limiter.wait_s("a", 10.5) == pytest.approx(0.5)


def test_each_asker_has_a_bucket() -> None:
    limiter = Limiter(rate_hz=1, burst=1)
    assert limiter.wait_s("a", 0.0) == 0
    assert limiter.wait_s("a", 0.0) > 0
    assert limiter.wait_s("b", 0.0) == 0


@given(st.lists(st.floats(0, 20), max_size=200).map(sorted), st.integers(1, 10))
def test_never_more_than_promised_and_waiting_as_told_suffices(times: list[float], burst: int) -> None:
    limiter = Limiter(rate_hz=4, burst=burst)
    for taken, now in enumerate(times):
        if wait := limiter.wait_s("a", now):
            assert limiter.wait_s("a", now + wait + 1e-6) == 0
            return
        assert taken + 1 <= burst + 4 * (now - times[0]) + 1e-6


def test_askers_are_forgotten_the_longest_silent_first() -> None:
    limiter = Limiter(rate_hz=0.001, burst=1)
    limiter.wait_s("first", 0.0)
    for number in range(MOST_ASKERS - 1):
        limiter.wait_s(str(number), 0.0)
    assert limiter.wait_s("first", 0.0) > 0, "still remembered, and now the last"
    limiter.wait_s("one more", 0.0)
    assert limiter.wait_s("0", 0.0) == 0, "forgotten"
    assert limiter.wait_s("first", 0.0) > 0
