from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.boards.board import NEVER
from drivers.boards.checksums import CHECKSUMS
from drivers.boards.frame_format import FrameFormat
from drivers.boards.frame_parser import FrameParser
from drivers.boards.number_types import ENDIANS, WIDTHS

formats = st.builds(
    FrameFormat,
    sync=st.binary(min_size=2, max_size=4),
    channels=st.integers(1, 5),
    sample=st.sampled_from(list(WIDTHS)),
    endian=st.sampled_from(list(ENDIANS)),
    counter=st.sampled_from(["u8", "u16", "u32"]),
    ignored=st.integers(0, 3),
    checksum=st.sampled_from(list(CHECKSUMS)),
    end=st.binary(max_size=2),
)


@given(formats, st.integers(0, 2**20))
def test_what_is_encoded_is_parsed(wire: FrameFormat, first: int) -> None:
    counts = np.random.default_rng(first).integers(0, 128, (12, wire.channels))
    counters = np.arange(first, first + 12)
    data = wire.encode(counters, counts)
    assert len(data) == 12 * wire.size
    packets = FrameParser(wire).feed(data)
    assert np.array_equal(packets.counters, counters[: len(packets.counters)] % wire.period)
    assert np.array_equal(packets.samples, counts[: len(packets.samples)])
    assert len(packets.counters) == 11


def test_the_layout_byte_by_byte() -> None:
    wire = FrameFormat(b"\xa5\x5a", 2, "i16", "little", "u8", ignored=1, checksum="sum8", end=b"\n", scale=0.5)
    assert wire.encode(np.array([7]), np.array([[1, -2]])).hex(" ") == "a5 5a 07 01 00 fe ff 00 05 0a"
    assert wire.samples(np.frombuffer(bytes.fromhex("a55a070100feff00050a"), np.uint8)[None]).tolist() == [[0.5, -1.0]]


def test_without_a_counter_nothing_is_counted() -> None:
    wire = FrameFormat(b"\xa5\x5a", 2, "i16")
    assert wire.period == NEVER
    assert wire.counters(np.zeros((3, wire.size), np.uint8)) is None


def test_a_checksum_follows_the_byte_order() -> None:
    big, little = (FrameFormat(b"\xa5", 1, "u8", endian, checksum="crc16") for endian in ("big", "little"))
    frames = [wire.encode(np.array([0]), np.array([[1]])) for wire in (big, little)]
    assert frames[0][-2:] == frames[1][:-3:-1] == bytes.fromhex("f1d1")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_frame_with_a_number_that_is_none_is_refused(value: float) -> None:
    wire = FrameFormat(b"\xa5\x5a", 1, "f32", counter="u8", checksum="crc16")
    counts = np.ones((6, 1))
    counts[3] = value
    assert FrameParser(wire).feed(wire.encode(np.arange(6), counts)).counters.tolist() == [0, 1, 2, 4]


def test_a_count_that_the_converter_cannot_give_is_refused() -> None:
    wire = FrameFormat(b"\xa5\x5a", 1, "u16", counter="u8", ceiling=1024)
    data = wire.encode(np.arange(6), np.array([[0], [1023], [5], [1024], [5], [5]]))
    assert FrameParser(wire).feed(data).counters.tolist() == [0, 1, 2, 4]


@pytest.mark.parametrize("checksum", ["sum8", "crc16"])
def test_a_hundred_thousand_faults(checksum: str, emulators: ModuleType, wire_faults: ModuleType) -> None:
    """Each costs the frames that it touched and at most two more; no value appears that was not sent."""
    wire = FrameFormat(b"\xa5\x5a", 6, "i16", counter="u16", checksum=checksum)
    cases = 100_000 if checksum == "crc16" else 20_000
    counts = emulators.signal(0, cases * wire_faults.SEGMENT, 6)
    data = wire.encode(np.arange(len(counts)), counts)
    frames = [data[at : at + wire.size] for at in range(0, len(data), wire.size)]
    outcome = wire_faults.ordeal(FrameParser(wire), frames, counts.astype(np.float32), emulators.numbers_in)
    assert outcome.invented == 0
    assert outcome.worst() <= 2
    assert outcome.mean() < 0.2
