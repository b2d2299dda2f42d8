from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.boards.emager import ELECTRODES, GRID, EmagerWire, encode, from_uri
from drivers.boards.frame_parser import FrameParser
from drivers.errors import SourceUnknown
from drivers.registry import SourceUri


def parser(version: str = "1.0") -> FrameParser:
    return FrameParser(EmagerWire(ELECTRODES[version]))


@pytest.mark.parametrize("version", ELECTRODES)
def test_each_electrode_has_one_place(version: str) -> None:
    assert sorted(ELECTRODES[version]) == list(range(64))
    counts = 2 * np.arange(-32, 32) + np.zeros((5, 1), np.int64)
    assert np.array_equal(parser(version).feed(encode(counts, version)).samples, counts[1:4])


def test_the_marks_are_in_the_lowest_bits() -> None:
    frame = np.frombuffer(encode(np.full((1, 64), -2)), ">i2")
    assert frame[0] == -2
    assert set(frame[1:]) == {-1}


def test_the_grid_is_4_by_16() -> None:
    board = from_uri(SourceUri.parse("serial:///dev/ttyACM0?board=emager&rate=1010"))
    assert np.array(board.info.grid).shape == (4, 16)
    assert sorted(np.ravel(GRID)) == list(range(64))
    assert board.info.rate_hz == 1010


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(SourceUnknown, match=r"known: 1.0, 1.1"):
        from_uri(SourceUri.parse("serial:///dev/ttyACM0?board=emager&version=3"))


@given(start=st.integers(0, 127), seed=st.integers(0, 2**32), sizes=st.lists(st.integers(0, 300), max_size=5))
def test_it_may_be_joined_anywhere(start: int, seed: int, sizes: list[int], wire_faults: ModuleType) -> None:
    counts = 2 * np.random.default_rng(seed).integers(-200, 200, (12, 64))
    received = wire_faults.parse(parser(), wire_faults.cut(encode(counts)[start:], sizes)).samples
    assert np.array_equal(received, counts[1 if start == 0 else 2 : 11])


def test_signs_that_look_like_marks_do_not_mislead_for_long() -> None:
    """All electrodes but one below zero: their upper bytes show the same pattern as the marks."""
    counts = np.full((40, 64), -20)
    counts[:, 5] = 20
    counts[20:] = 2 * np.random.default_rng(1).integers(-200, 200, (20, 64))
    received = parser().feed(encode(counts)[3:]).samples
    assert {row.tobytes() for row in received} <= {row.tobytes() for row in counts.astype(np.float32)}
    assert len(received) >= 18


@pytest.mark.parametrize(("cases", "faults"), [(100_000, ("drop", "insert", "double")), (10_000, ("flip",))])
def test_a_hundred_thousand_faults(
    cases: int, faults: tuple[str, ...], emulators: ModuleType, wire_faults: ModuleType
) -> None:
    counts = emulators.signal(0, cases * wire_faults.SEGMENT, 64)
    data = encode(counts)
    frames = [data[at : at + 128] for at in range(0, len(data), 128)]
    outcome = wire_faults.ordeal(parser(), frames, counts.astype(np.float32), emulators.numbers_in, faults)
    assert outcome.worst() <= (0 if faults == ("flip",) else 2)
    assert outcome.invented <= (cases if faults == ("flip",) else 0)
