from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.boards.board import Board
from drivers.boards.text_lines import LONGEST_LINE, TextParser, encode, from_uri
from drivers.errors import SourceUnavailable, SourceUnknown
from drivers.registry import SourceUri
from drivers.source import Losses


def rows(channels: int, text: bytes, time_step: float = 0.0) -> tuple[list[int], list[list[float]]]:
    packets = TextParser(channels, time_step).feed(b"half a line\n" + text)
    return packets.counters.tolist(), packets.samples.tolist()


@pytest.mark.parametrize(
    "line",
    [
        b"512,498\n",
        b"512,498\r\n",
        b"512 498\n",
        b"512\t498\n",
        b"512;498\n",
        b"512 | 498\n",
        b"  512, 498,\n",
        b"A0:512,A1:498\n",
        b"+512.0,498.\n",
    ],
)
def test_a_row(line: bytes) -> None:
    assert rows(2, line) == ([0], [[512.0, 498.0]])


@pytest.mark.parametrize(
    "line", [b"512\n", b"512,498,3\n", b"512,,498\n", b"512,nan\n", b"512,4e8\n", b"512,49\x8d\n", b"\n", b"a,b\n"]
)
def test_no_row(line: bytes) -> None:
    assert rows(2, b"1,2\n" + line + b"3,4\n") == ([0, 2], [[1.0, 2.0], [3.0, 4.0]])


def test_the_first_line_may_be_half_a_line() -> None:
    assert TextParser(2).feed(b"2,498\n512,498\n").samples.tolist() == [[512.0, 498.0]]


def test_a_time_column_shows_what_is_missing() -> None:
    text = b"1000,1\n3000,2\n4900,3\n9100,4\n11000,5\n5,6\n2010,7\n"  # one and a half late is jitter, two is a row
    assert rows(1, text, 2000.0) == ([0, 1, 2, 4, 5, 7, 8], [[1.0], [2.0], [3.0], [4.0], [5.0], [6.0], [7.0]])


def test_the_time_of_a_row_goes_on_where_the_clock_begins_anew() -> None:
    times = TextParser(1, 2000.0).feed(b"half\n1000,1\n3000,2\n4900,3\n9100,4\n5,5\nboot\n2005,6\n").times
    assert times is not None
    assert times.tolist() == pytest.approx([0, 1, 1.95, 4.05, 6.05, 7.05])
    assert TextParser(1).feed(b"half\n1\n2\n").times is None


def test_what_was_refused_is_counted_from_the_first_row_on() -> None:
    parser = TextParser(2)
    parser.feed(b"boot\nboot\n1,2\n")
    assert parser.losses == Losses()
    parser.feed(b"boot\n1,2\n")
    assert parser.losses == Losses(bytes=5, packets=1)


@given(
    pieces=st.lists(st.one_of(st.binary(max_size=40), st.just(b"17,4\n"), st.just(b"9" * 700)), max_size=20),
    sizes=st.lists(st.integers(0, 900), max_size=8),
)
def test_cutting_changes_nothing(pieces: list[bytes], sizes: list[int], wire_faults: ModuleType) -> None:
    text = b"".join(pieces) + b"\n5,6\n7,8\n"
    whole, cut = TextParser(2), TextParser(2)
    expected = whole.feed(text)
    assert wire_faults.same(wire_faults.parse(cut, wire_faults.cut(text, sizes)), expected)
    assert cut.losses == whole.losses
    assert expected.samples[-1].tolist() == [7.0, 8.0]


def test_a_line_without_end_is_not_kept() -> None:
    parser = TextParser(2)
    for _ in range(100):
        parser.feed(b"7" * 500)
    assert len(parser._rest) <= LONGEST_LINE
    assert parser.feed(b"\n5,6\n").samples.tolist() == [[5.0, 6.0]]


def test_a_hundred_thousand_faults(emulators: ModuleType, wire_faults: ModuleType) -> None:
    counts = emulators.signal(0, 100_000 * wire_faults.SEGMENT, 3)
    frames = [b"%04d,%04d,%04d\n" % tuple(row) for row in counts.tolist()]
    parser = TextParser(3)
    parser.feed(b"\n")
    outcome = wire_faults.ordeal(parser, frames, counts.astype(np.float32), emulators.numbers_in)
    assert outcome.worst() <= 1
    assert outcome.invented < 10_000  # a digit is as good as another: text cannot tell


@given(st.lists(st.tuples(st.integers(-(10**6), 10**6), st.integers(0, 1023)), max_size=20), st.sampled_from(",;\t "))
def test_what_is_printed_is_read(values: list[tuple[int, int]], separator: str) -> None:
    samples = np.array(values, np.float32).reshape(-1, 2)
    parser = TextParser(2)
    parser.feed(b"\n")
    assert np.array_equal(parser.feed(encode(samples, separator)).samples, samples)


def meet(options: str, heard: bytes) -> Board:
    board = from_uri(SourceUri.parse(f"serial:///dev/ttyACM0?{options}"))
    assert board.meet is not None
    talk = board.meet()
    next(talk)
    try:
        talk.send(heard)
    except StopIteration as end:
        met: Board = end.value
        return met
    raise AssertionError("the conversation did not end")


def test_columns_and_names_are_found_by_listening() -> None:
    assert meet("rate=500", b"8,3\n512,498\n511,497\n51").info.channels == ("ch1", "ch2")
    assert meet("rate=500", b"\xff\nflexor,extensor\r\n512,498\r\n").info.channels == ("flexor", "extensor")
    assert meet("rate=500&time=us", b"\nmicros,flexor\n1000,498\n3000,498\n").info.channels == ("flexor",)
    with pytest.raises(SourceUnavailable, match="no rows of numbers come"):
        meet("rate=500", b"\xff\xfe\xff")
    assert from_uri(SourceUri.parse("serial:///dev/ttyACM0?rate=500&channels=3")).meet is None


@pytest.mark.parametrize(("options", "why"), [("", "add rate=500"), ("rate=500&time=h", "time=h is not valid")])
def test_what_has_to_be_said(options: str, why: str) -> None:
    with pytest.raises(SourceUnknown, match=why):
        from_uri(SourceUri.parse(f"serial:///dev/ttyACM0?{options}"))
