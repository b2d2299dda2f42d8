from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from service.latency import BOUNDS_MS, Buckets, Latencies
from service.messages import Latency

MILLISECONDS = st.floats(min_value=0, max_value=1e6, allow_nan=False)


@given(st.lists(MILLISECONDS))
def test_every_value_is_in_its_bucket(values: list[float]) -> None:
    buckets = Buckets()
    for value in values:
        buckets.observe(value)
    edges = (-np.inf, *BOUNDS_MS, np.inf)
    expected = [sum(low < v <= high for v in values) for low, high in pairwise(edges)]
    assert list(buckets.counts) == expected
    assert buckets.sum == sum(values)


def test_waiting_and_computing_are_counted_apart() -> None:
    latencies = Latencies()
    latencies.observe(Latency(signal_ms=150, wait_ms=3, compute_ms=0.4))
    assert (latencies.wait_ms.sum, latencies.compute_ms.sum) == (3, 0.4)
    assert latencies.wait_ms.counts.index(1) == BOUNDS_MS.index(5)
    assert latencies.compute_ms.counts.index(1) == BOUNDS_MS.index(0.5)
