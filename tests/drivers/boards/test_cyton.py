from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.boards.cyton import FRAME, UV_PER_COUNT, DaisyParser, encode, encode_daisy, from_uri, with_daisy
from drivers.boards.frame_parser import FrameParser
from drivers.errors import SourceUnavailable
from drivers.registry import SourceUri

URI = SourceUri.parse("serial:///dev/ttyUSB0?board=cyton")


def test_a_frame_as_the_documentation_draws_it() -> None:
    counts = np.array([[1, -1, 2**23 - 1, -(2**23), 0, 256, 65536, -2]])
    frame = encode(np.array([0x1FF]), counts)
    assert frame.hex(" ") == (
        "a0 ff 00 00 01 ff ff ff 7f ff ff 80 00 00 00 00 00 00 01 00 01 00 00 ff ff fe 00 00 00 00 00 00 c0"
    )


def test_one_count_is_0_02235_microvolts() -> None:
    assert round(UV_PER_COUNT, 5) == 0.02235
    data = encode(np.arange(4), np.full((4, 8), -(2**23)))
    assert FrameParser(FRAME).feed(data).samples[0].tolist() == pytest.approx([-187_500.02] * 8)


@pytest.mark.parametrize("end", range(0xC0, 0xD0))
def test_any_kind_of_auxiliary_data_will_do(end: int) -> None:
    frames = np.frombuffer(encode(np.arange(5), np.ones((5, 8), np.int64)), np.uint8).reshape(5, 33).copy()
    frames[:, 26:32], frames[:, 32] = 0xA0, end
    assert len(FrameParser(FRAME).feed(frames.tobytes()).counters) == 4


@given(first=st.integers(0, 127), count=st.integers(3, 40), sizes=st.lists(st.integers(0, 100), max_size=5))
def test_daisy_packets_are_joined(first: int, count: int, sizes: list[int], wire_faults: ModuleType) -> None:
    counts = np.arange(16 * count).reshape(count, 16)
    data = encode_daisy(np.arange(first, first + count), counts) + encode(
        np.array([2 * (first + count) + 1]), counts[:1, :8]
    )
    packets = wire_faults.parse(DaisyParser(), wire_faults.cut(data, sizes))
    assert packets.counters.tolist() == [number % 128 for number in range(first, first + count)]
    assert np.array_equal(packets.samples, (counts * UV_PER_COUNT).astype(np.float32))


def test_half_a_daisy_pair_is_no_sample() -> None:
    data = encode_daisy(np.arange(6), np.ones((6, 16), np.int64))
    assert DaisyParser().feed(data[: 5 * 33] + data[6 * 33 :]).counters.tolist() == [
        0,
        1,
        3,
        4,
    ]  # 2 lost its second half
    assert DaisyParser().feed(data[33:]).counters.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("daisy", "cases", "faults"),
    [(False, 100_000, ("drop", "insert", "double")), (False, 20_000, ("flip",)), (True, 20_000, ("flip",))],
)
def test_a_hundred_thousand_faults(
    daisy: bool, cases: int, faults: tuple[str, ...], emulators: ModuleType, wire_faults: ModuleType
) -> None:
    channels, size = (16, 66) if daisy else (8, 33)
    counts = emulators.signal(0, cases * wire_faults.SEGMENT, channels)
    data = (encode_daisy if daisy else encode)(np.arange(len(counts)), counts)
    outcome = wire_faults.ordeal(
        DaisyParser() if daisy else FrameParser(FRAME),
        [data[at : at + size] for at in range(0, len(data), size)],
        (counts * UV_PER_COUNT).astype(np.float32),
        lambda samples: emulators.numbers_in(samples, UV_PER_COUNT),
        faults,
    )
    if faults == ("flip",):
        assert outcome.worst() <= 0
        assert outcome.invented < cases  # a wrong bit in a value: nothing in the frame tells
    else:
        assert outcome.worst() <= 2
        assert outcome.invented <= 2


def talk(board: str, *answers: bytes) -> list[bytes]:
    """What the host asks, when the board answers so."""
    meet = (with_daisy if board == "cyton-daisy" else from_uri)(URI).meet
    assert meet is not None
    conversation = meet()
    asked = [next(conversation).send]
    for answer in answers[:-1]:
        asked.append(conversation.send(answer).send)  # noqa: PERF401 - a failure must not lose what was asked
    with pytest.raises(StopIteration) as met:
        conversation.send(answers[-1])
    assert len(met.value.value.info.channels) == (16 if board == "cyton-daisy" else 8)
    return asked


def test_the_conversations() -> None:
    banner = b"OpenBCI V3 8-16 channel\n$$$"
    assert talk("cyton", banner) == [b"sv"]
    assert talk("cyton-daisy", banner, b"daisy attached16$$$") == [b"sv", b"C"]
    with pytest.raises(SourceUnavailable, match="no OpenBCI Cyton answers .it said nothing"):
        talk("cyton", b"")
    with pytest.raises(SourceUnavailable, match="failed to poll host"):
        talk("cyton", b"Failure: Communications timeout - Device failed to poll host$$$")
    with pytest.raises(SourceUnavailable, match="use board=cyton"):
        talk("cyton-daisy", banner, b"no daisy to attach!8$$$")
