"""What is particular to serial ports; what every source must do is in test_sources.py."""

import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from drivers.boards import BOARDS
from drivers.errors import SourceUnavailable, SourceUnknown
from drivers.registry import SourceUri
from drivers.serial_port import SerialSource, from_uri


def source(text: str) -> SerialSource:
    return from_uri(SourceUri.parse(text))


@pytest.fixture
def text_board(emulators: ModuleType, tmp_path: Path) -> Iterator[Any]:
    with emulators.EmulatedBoard(emulators.text_model(), tmp_path) as board:
        yield board


@pytest.mark.parametrize("name", BOARDS)
def test_every_board_of_the_table_can_be_asked_for(name: str) -> None:
    options = {"text": "&rate=500", "framed": "&rate=500&channels=2&sync=A5"}.get(name, "")
    assert source(f"serial:///dev/ttyUSB0?board={name}{options}").info.rate_hz > 0


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ("", "board= is not known; known: cyton, cyton-daisy, emager"),
        ("board=cytn", "did you mean board=cyton?"),
        ("board=cyton&rate=500", "unknown option 'rate'; known options: board, baud"),
        ("board=cyton&baud=fast", "baud=fast is not valid"),
    ],
)
def test_a_uri_that_says_nothing(options: str, why: str) -> None:
    with pytest.raises(SourceUnknown) as caught:
        source(f"serial:///dev/ttyUSB0?{options}")
    assert why in str(caught.value)


def test_another_language_is_told_from_silence(text_board: Any) -> None:
    with pytest.raises(SourceUnavailable, match=r"no EMaGer there: \d+ bytes came, but none are its packets; check"):
        source(f"serial://{text_board.port}?board=emager").__enter__()
    text_board.hold()
    with pytest.raises(SourceUnavailable, match="no text lines there: it sends nothing; check that it is switched on"):
        source(f"serial://{text_board.port}?board=text&rate=500&channels=2").__enter__()


def test_a_refused_board_leaves_the_port_free(text_board: Any) -> None:
    with pytest.raises(SourceUnavailable, match="no OpenBCI Cyton answers"):
        source(f"serial://{text_board.port}?board=cyton").__enter__()
    with source(f"serial://{text_board.port}?board=text&rate=500") as opened:
        assert opened.info.channels == ("ch1", "ch2")


def test_a_source_that_is_not_open_says_so(text_board: Any) -> None:
    closed = source(f"serial://{text_board.port}?board=text&rate=500&channels=2")
    with pytest.raises(SourceUnavailable, match="enter the source"):
        closed.read(0.1)
    with closed:
        pass
    with pytest.raises(SourceUnavailable, match="enter the source"):
        closed.read(0.1)


def test_no_window_spans_the_silence_of_a_board_that_counts_nothing(text_board: Any) -> None:
    with source(f"serial://{text_board.port}?board=text&rate=500&channels=2") as opened:
        text_board.hold()
        seen = 0
        while chunk := opened.read(0.05):
            seen = chunk.first + len(chunk.samples)
        while opened.read(0.05):  # now it is silent for a tenth of a second and more
            pass
        assert opened.read(0.1) is None
        text_board.send(10)
        after = opened.read(1.0)
    assert after is not None
    assert after.first > seen


def test_a_board_that_fell_silent_is_started_again(emulators: ModuleType, tmp_path: Path) -> None:
    with emulators.EmulatedBoard(emulators.cyton_model(), tmp_path) as board:
        with source(f"serial://{board.port}?board=cyton") as opened:
            board.hold()
            while opened.read(0.1):
                pass
            for _ in range(23):
                assert opened.read(0.1) is None
            # twice in 2.4 seconds, and never faster: a command may stop a board for a moment
            assert board.hears(b"svcbcbcb")
        assert board.hears(b"svcbcbcbs")


def test_it_is_stopped_when_it_is_closed(emulators: ModuleType, tmp_path: Path) -> None:
    with emulators.EmulatedBoard(emulators.framed_model(), tmp_path) as board:
        with source(f"serial://{board.port}?{board.model.options}"):
            pass
        assert board.hears(b"halt\n")


def test_a_stall_is_as_long_as_it_lasted(emulators: ModuleType, tmp_path: Path) -> None:
    with (
        emulators.EmulatedBoard(emulators.cyton_model(), tmp_path) as board,
        source(f"serial://{board.port}?board=cyton") as opened,
    ):
        board.hold()
        seen = 0
        while chunk := opened.read(0.2):
            seen = chunk.first + len(chunk.samples)
        assert opened.read(1.0) is None
        sent = board.number
        board.send(10)
        after = opened.read(1.0)
    assert after is not None
    assert emulators.numbers_in(after.samples, board.model.scale)[0] == sent  # not the one that waited for it
    assert after.first - seen == pytest.approx(1.2 * 250, abs=5)
    assert opened.losses.samples == after.first - seen


def test_a_device_that_is_busy_does_not_hear_silence(emulators: ModuleType, tmp_path: Path) -> None:
    """The reader comes late, the samples are all there: no gap."""
    with (
        emulators.EmulatedBoard(emulators.cyton_model(), tmp_path) as board,
        source(f"serial://{board.port}?board=cyton") as opened,
    ):
        board.hold()
        while opened.read(0.1):
            pass
        began = time.monotonic()
        while time.monotonic() - began < 1.5:
            pass  # the service is busy
        board.send(30)
        chunks = list(iter(lambda: opened.read(0.1), None))
    assert opened.losses.samples == 0
    assert sum(len(chunk.samples) for chunk in chunks) == 30
