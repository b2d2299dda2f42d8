"""An envelope holds what the filtered signal holds, however it came."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.pipeline.filters import StreamFilter, design
from models.spec import FilterSpec
from service.envelope import HEADER, Block, Envelope, Layout

RATE_HZ = 1000.0
LAYOUT = Layout(RATE_HZ, 2, column=5, columns=3)
FILTERS = FilterSpec()
SIGNAL = np.random.default_rng(3).normal(100, 50, (200, 2)).astype(np.float32)


def blocks(parts: list[np.ndarray], first: int = 0) -> list[tuple[int, bytes, bytes]]:
    envelope = Envelope(LAYOUT, FILTERS)
    found = []
    for part in parts:
        found += [(b.first, b.least.tobytes(), b.greatest.tobytes()) for b in envelope.feed(part, first)]
        first += len(part)
    return found


def cut(sizes: list[int]) -> list[np.ndarray]:
    return np.split(SIGNAL, np.minimum(np.cumsum(sizes), len(SIGNAL))) if sizes else [SIGNAL]


@given(st.lists(st.integers(0, 60)))
def test_chunking_changes_nothing(sizes: list[int]) -> None:
    assert blocks(cut(sizes)) == blocks([SIGNAL])


def test_columns_hold_the_least_and_the_greatest_value_behind_the_filter() -> None:
    filtered = StreamFilter(design(FILTERS, RATE_HZ))(SIGNAL).astype(np.float32)
    found = list(Envelope(LAYOUT, FILTERS).feed(SIGNAL, 70))
    assert [block.first for block in found] == list(range(70, 70 + 195, 15))
    whole = filtered[:195].reshape(-1, 5, 2)
    np.testing.assert_array_equal(np.concatenate([block.least for block in found]), whole.min(axis=1))
    np.testing.assert_array_equal(np.concatenate([block.greatest for block in found]), whole.max(axis=1))


def test_no_block_spans_a_gap() -> None:
    envelope = Envelope(LAYOUT, FILTERS)
    assert not list(envelope.feed(SIGNAL[:14], 0))
    behind = [block.bytes(5) for block in envelope.feed(SIGNAL[14:60], 20)]
    assert behind == [block.bytes(5) for block in Envelope(LAYOUT, FILTERS).feed(SIGNAL[14:60], 20)]
    assert len(behind) == 3


def test_samples_that_are_no_numbers_are_a_gap() -> None:
    broken = SIGNAL.copy()
    broken[20] = np.nan
    assert [block.first for block in Envelope(LAYOUT, FILTERS).feed(broken[:60], 0)] == [0, 21, 36]


def test_the_bytes_are_as_documented() -> None:
    block = Block(2**40, np.array([[1, 2], [3, 4], [5, 6]], np.float32), np.array([[11, 12], [13, 14], [15, 16]], "f4"))
    data = block.bytes(column=5)
    assert HEADER.unpack_from(data) == (2**40, 5, 3, 2)
    assert HEADER.size == 16
    assert np.frombuffer(data[16:], "<f4").tolist() == [1, 11, 2, 12, 3, 13, 4, 14, 5, 15, 6, 16]


def test_a_column_is_a_whole_number_of_samples() -> None:
    assert Layout.of(2000, 8, blocks_hz=30, columns=4) == Layout(2000, 8, column=17, columns=4)
    assert Layout.of(200, 8, blocks_hz=60, columns=64).column == 1
