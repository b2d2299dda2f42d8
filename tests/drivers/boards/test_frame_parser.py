from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.boards.frame_format import FrameFormat
from drivers.boards.frame_parser import FrameParser

WEAK = FrameFormat(sync=b"\xaa", counter="u8", channels=2, sample="i16", end=b"\x0d")
STRONG = FrameFormat(sync=b"\xaa\x55", counter="u16", channels=2, sample="i16", checksum="crc16")
UNNUMBERED = FrameFormat(sync=b"\xaa\x55", channels=2, sample="i16", checksum="sum8")
FORMATS = [WEAK, STRONG, UNNUMBERED]


def stream(wire: FrameFormat, count: int, first: int = 0) -> bytes:
    numbers = np.arange(first, first + count)
    return wire.encode(numbers, np.column_stack([numbers, 1000 - numbers]))


def numbers(wire: FrameFormat, *pieces: bytes) -> list[int]:
    parser = FrameParser(wire)
    return [int(row[0]) for piece in pieces for row in parser.feed(piece).samples]


hostile = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.tuples(st.integers(0, 200), st.integers(1, 4)),
        st.tuples(st.integers(0, 200), st.integers(1, 4), st.integers(1, 12)),
    ),
    max_size=12,
)


def mistreated(wire: FrameFormat, events: list[bytes | tuple[int, ...]]) -> bytes:
    """Garbage, good frames, and frames whose end is missing."""
    pieces = [event if isinstance(event, bytes) else stream(wire, event[1], event[0]) for event in events]
    return b"".join(
        piece[: -event[2]] if not isinstance(event, bytes) and len(event) == 3 else piece
        for piece, event in zip(pieces, events, strict=True)
    )


@pytest.mark.parametrize("wire", FORMATS)
@given(events=hostile, sizes=st.lists(st.integers(0, 40), max_size=8))
def test_cutting_changes_nothing(
    wire: FrameFormat, events: list[bytes | tuple[int, ...]], sizes: list[int], wire_faults: ModuleType
) -> None:
    data = stream(wire, 3) + mistreated(wire, events) + stream(wire, 5, 100)
    whole, pieces = FrameParser(wire), FrameParser(wire)
    expected = whole.feed(data)
    assert wire_faults.same(wire_faults.parse(pieces, wire_faults.cut(data, sizes)), expected)
    assert pieces.losses == whole.losses


@pytest.mark.parametrize("wire", FORMATS)
@given(garbage=st.binary(max_size=300))
def test_garbage_is_never_a_packet_and_never_kept(wire: FrameFormat, garbage: bytes) -> None:
    parser = FrameParser(wire)
    parser.feed(garbage)
    assert len(parser._rest) < 4 * wire.size
    after = parser.feed(stream(wire, 8))
    assert after.samples[-4:, 0].tolist() == [3, 4, 5, 6]


def test_a_frame_waits_for_the_next() -> None:
    assert numbers(STRONG, stream(STRONG, 4)) == [0, 1, 2]
    assert numbers(STRONG, stream(STRONG, 4), stream(STRONG, 1, 4)) == [0, 1, 2, 3]


@pytest.mark.parametrize("wire", [WEAK, STRONG])
def test_a_wrong_byte_costs_its_own_frame(wire: FrameFormat) -> None:
    data = bytearray(stream(wire, 8))
    data[3 * wire.size] ^= 0x10
    assert numbers(wire, bytes(data))[:6] == [0, 1, 2, 4, 5, 6]


@pytest.mark.parametrize(("wire", "header"), [(WEAK, 2), (STRONG, 4)])
@pytest.mark.parametrize("lost", range(1, 5))
def test_lost_bytes_cost_their_own_frame(wire: FrameFormat, header: int, lost: int) -> None:
    data, at = stream(wire, 9), 3 * wire.size + header
    assert numbers(wire, data[:at] + data[at + lost :])[:6] == [0, 1, 2, 4, 5, 6]


def test_a_frame_is_not_believed_when_its_end_is_another_frame_s() -> None:
    """Two bytes are lost in frame 3, and the third of frame 4 happens to be the end mark that is then expected."""
    counts = np.array([[1, 2], [1, 2], [1, 2], [1, 2], [0x0D, 2], [1, 2], [1, 2], [7, 2]])
    data, at = WEAK.encode(np.arange(8), counts), 3 * WEAK.size + 2
    rows = FrameParser(WEAK).feed(data[:at] + data[at + 3 :]).samples
    assert {tuple(row) for row in rows.tolist()} <= {tuple(row) for row in counts.astype(float).tolist()}


def test_a_place_that_only_looks_like_a_frame_is_not_locked_on() -> None:
    """Each frame contains what looks like the start of another; only counters and time tell."""
    counts = np.array([[0x0DAA, i] for i in range(0x0A00, 0x0A20)])
    data = WEAK.encode(np.arange(32), counts)
    assert FrameParser(WEAK).feed(data[3:]).samples[:, 0].tolist() == [0x0DAA] * 30


def test_losses_are_counted_from_the_first_frame_on() -> None:
    parser = FrameParser(WEAK)
    parser.feed(b"OpenBCI V3 8-16 channel$$$" + stream(WEAK, 4))
    assert parser.losses.bytes == 0
    parser.feed(b"twelve bytes" + stream(WEAK, 4, 4))
    assert parser.losses.bytes == 12 + WEAK.size  # the frame before it, of which nobody knows what follows
    assert parser.losses.packets == 1


def test_without_a_counter_losses_are_guessed_from_the_bytes() -> None:
    parser = FrameParser(UNNUMBERED)
    data = stream(UNNUMBERED, 6)
    parser.feed(data)
    after = parser.feed(bytes(2 * UNNUMBERED.size) + data)
    # frame 5 waited for its successor in vain, and two frames' worth of bytes were nothing
    assert after.counters.tolist() == [8, 9, 10, 11, 12]


@pytest.mark.parametrize("wire", FORMATS)
def test_after_a_standstill_nothing_old_comes_out(wire: FrameFormat) -> None:
    parser = FrameParser(wire)
    assert parser.feed(stream(wire, 5)).samples[:, 0].tolist() == [0, 1, 2, 3]
    parser.forget()
    assert parser.feed(stream(wire, 5, 5)).samples[:, 0].tolist() == [5, 6, 7, 8]
