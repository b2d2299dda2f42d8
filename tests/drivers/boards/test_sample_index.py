import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from drivers.boards.board import NEVER
from drivers.boards.sample_index import SampleIndex
from drivers.source import Losses


def place(period: int, counters: list[int], cut: int = 0) -> tuple[list[int], Losses]:
    losses = Losses()
    index = SampleIndex(period, losses)
    parts = [counters[:cut], counters[cut:]]
    return [int(i) for part in parts for i in index(np.array(part, np.int64))], losses


def test_the_first_packet_is_sample_0_whatever_its_counter() -> None:
    assert place(256, [200, 201, 202]) == ([0, 1, 2], Losses())


def test_a_counter_wraps() -> None:
    assert place(256, [254, 255, 0, 1])[0] == [0, 1, 2, 3]
    assert place(128, [126, 127, 0])[0] == [0, 1, 2]


def test_a_loss_is_a_jump_that_is_counted() -> None:
    assert place(256, [250, 251, 3, 4]) == ([0, 1, 9, 10], Losses(samples=7))


def test_copies_and_stragglers_are_refused() -> None:
    assert place(256, [5, 6, 6, 8, 7, 9]) == ([0, 1, -1, 3, -1, 4], Losses(samples=1, packets=2))


def test_a_board_that_began_anew_leaves_a_gap_of_unknown_length() -> None:
    assert place(2**16, [60000, 60001, 0, 1]) == ([0, 1, 5536, 5537], Losses(samples=5534))
    assert place(2**32, [60000, 60001, 0, 1]) == ([0, 1, 3, 4], Losses(samples=1))


def test_after_a_standstill_the_counter_says_nothing() -> None:
    losses = Losses()
    index = SampleIndex(256, losses)
    index(np.array([7, 8]))
    index.restart(500)
    assert index(np.array([9, 10])).tolist() == [502, 503]
    assert losses.samples == 500


def test_a_standstill_before_the_first_packet_is_none() -> None:
    index = SampleIndex(256, Losses())
    index.restart(500)
    assert index(np.array([9, 10])).tolist() == [0, 1]


@given(st.lists(st.integers(1, 200), min_size=1, max_size=30), st.data(), st.sampled_from([256, 2**16, 2**32, NEVER]))
def test_index_is_received_plus_lost(steps: list[int], data: st.DataObject, period: int) -> None:
    counters = np.cumsum(steps)
    cut = data.draw(st.integers(0, len(steps)))
    indices, losses = place(period, (counters % period).tolist(), cut)
    assert indices == (counters - counters[0]).tolist()
    assert losses == Losses(samples=indices[-1] + 1 - len(indices))
