from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.boards.board import Board
from drivers.boards.chords import MODELS, encode, frame, from_uri
from drivers.boards.frame_parser import FrameParser
from drivers.errors import SourceUnavailable, SourceUnknown
from drivers.registry import SourceUri

UNO = MODELS["UNO-R3"]


def test_a_frame_as_the_firmware_fills_it() -> None:
    assert encode(UNO, np.array([258]), np.array([[0x200, 1, 2, 3, 4, 0x3FF]])).hex(" ") == (
        "c7 7c 02 02 00 00 01 00 02 00 03 00 04 03 ff 01"
    )


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=20)
@given(count=st.integers(4, 300), sizes=st.lists(st.integers(0, 50), max_size=4))
def test_what_a_board_sends_is_parsed(name: str, count: int, sizes: list[int], wire_faults: ModuleType) -> None:
    model = MODELS[name]
    counts = np.random.default_rng(count).integers(0, 2 ** (model.bits or 10), (count, model.channels))
    data = encode(model, np.arange(count), counts)
    packets = wire_faults.parse(FrameParser(frame(model, model.channels)), wire_faults.cut(data, sizes))
    assert np.array_equal(packets.samples, counts[:-1])
    assert np.array_equal(packets.counters, np.arange(count - 1) % 256)


def test_the_first_channels_can_be_kept() -> None:
    counts = np.arange(24).reshape(4, 6)
    packets = FrameParser(frame(UNO, 2)).feed(encode(UNO, np.arange(4), counts))
    assert np.array_equal(packets.samples, counts[:3, :2])


def meet(options: str, *answers: bytes) -> Board:
    conversation = from_uri(SourceUri.parse(f"serial:///dev/ttyACM0?{options}")).meet
    assert conversation is not None
    talk = conversation()
    next(talk)
    try:
        for answer in answers:
            talk.send(answer)
    except StopIteration as end:
        board: Board = end.value
        return board
    raise AssertionError("the conversation did not end")


def test_a_board_says_what_it_is() -> None:
    assert meet("", b"UNO-R4\r\n").info.rate_hz == 500
    assert len(meet("", b"\xc7\x7cNANO-CLONE\r\n").info.channels) == 8
    assert meet("", b"", b"", b"NPG-LITE\r\n").info.channels == ("ch1", "ch2", "ch3")


def test_the_user_may_know_better() -> None:
    board = meet("channels=2&sent=6&rate=250", b"NPG-LITE\r\n")
    assert (len(board.info.channels), board.info.rate_hz) == (2, 250)
    with pytest.raises(SourceUnavailable, match="sends 3 channels, not 4"):
        meet("channels=4", b"NPG-LITE\r\n")
    with pytest.raises(SourceUnknown, match="must be positive"):
        meet("channels=-1")


def test_another_sketch_is_no_chords_board() -> None:
    with pytest.raises(SourceUnavailable, match=r"no board with the Chords firmware answers WHORU .*board=text"):
        meet("", b"512,498\r\n", b"", b"512,498\r\n", b"512,499\r\n")


@pytest.mark.parametrize(("cases", "faults"), [(100_000, ("drop", "insert", "double")), (20_000, ("flip", "garbage"))])
def test_a_hundred_thousand_faults(
    cases: int, faults: tuple[str, ...], emulators: ModuleType, wire_faults: ModuleType
) -> None:
    counts = emulators.signal(0, cases * wire_faults.SEGMENT, 6)
    data = encode(UNO, np.arange(len(counts)), counts)
    frames = [data[at : at + 16] for at in range(0, len(data), 16)]
    parser = FrameParser(frame(UNO, 6))
    outcome = wire_faults.ordeal(parser, frames, counts.astype(np.float32), emulators.numbers_in, faults)
    assert outcome.worst() <= 2
    assert outcome.invented <= (cases / 2 if "flip" in faults else 2)  # of 16 bits, 10 may be wrong unseen
