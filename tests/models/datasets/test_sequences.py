from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.datasets.sequences import Sequence


def sequence(times, samples=100):
    signal = np.arange(samples, dtype=np.float32)[:, None]
    keys = tuple("abcdefghij"[: len(times)])
    return Sequence(signal, 2000.0, keys, np.array(times, np.int64), "ann", "monday")


def test_a_window_has_the_keys_that_went_down_in_it():
    part = sequence([0, 10, 19, 20, 50]).between(10, 20)
    assert part.text == "bc"
    assert part.times.tolist() == [0, 9]
    assert part.signal[:, 0].tolist() == list(range(10, 20))
    assert (part.user, part.session, part.rate_hz) == ("ann", "monday", 2000.0)


@given(st.lists(st.integers(0, 99), max_size=10), st.lists(st.integers(0, 100), max_size=5))
def test_windows_side_by_side_have_each_key_once(times, cuts):
    whole = sequence(sorted(times))
    edges = [0, *sorted(cuts), 100]
    parts = [whole.between(start, stop) for start, stop in pairwise(edges)]
    assert "".join(part.text for part in parts) == whole.text


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(ValueError, match="in the order of their times"):
        sequence([5, 4])
    with pytest.raises(ValueError, match="each needs one"):
        Sequence(np.zeros((5, 1), np.float32), 2000.0, ("a",), np.zeros(0, np.int64), "ann", "1")


def test_it_says_how_long_it_is():
    assert sequence([]).seconds == 0.05
