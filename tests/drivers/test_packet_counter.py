"""The packet counter: losses are counted, whatever the board's rules are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from drivers.packet_counter import PacketCounter

rules = st.tuples(
    st.integers(0, 101), st.sampled_from([100, 200, 256]), st.sampled_from([1, 2]), st.sampled_from([1, 3])
)


def numbers(rule, packets):
    """The numbers that a board with this rule (lowest, how many, step, samples each) sends, one per sample."""
    lowest, count, step, shared = rule
    return np.repeat(lowest + (np.arange(packets) * step) % count, shared)


@given(rules)
def test_nothing_is_missing_from_a_whole_stream(rule):
    counter = PacketCounter()
    assert sum(counter.missing(number) for number in numbers(rule, 1000)) == 0


@given(rules, st.lists(st.integers(300, 990), max_size=5, unique=True), st.integers(1, 8))
def test_whole_packets_lost_after_the_first_wrap_are_counted(rule, positions, burst):
    shared = rule[3]
    lost = np.unique([at + offset for at in positions for offset in range(burst)]).astype(int)
    kept = np.delete(numbers(rule, 1000).reshape(-1, shared), lost, axis=0).ravel()
    counter = PacketCounter()
    assert sum(counter.missing(number) for number in kept) == len(lost) * shared
