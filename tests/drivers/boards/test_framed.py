from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from drivers.boards.board import Board
from drivers.boards.framed import from_uri
from drivers.errors import SourceUnknown
from drivers.registry import SourceUri

LAYOUT = """
name = "band"
sync = "A5 5A"
counter = "u16"
channels = 16
samples = "i16"
checksum = "crc16"
end = "0A"
rate = 1000
scale = 0.5
baud = 921600
start = "go\\n"
rows = 4
"""


def board(options: str) -> Board:
    return from_uri(SourceUri.parse(f"serial:///dev/ttyACM0?{options}"))


def test_a_file_and_a_uri_say_the_same(tmp_path: Path, emulators: ModuleType) -> None:
    path = tmp_path / "band.toml"
    path.write_text(LAYOUT)
    counts = emulators.signal(0, 5, 16)
    data = emulators.WRISTBAND.encode(np.arange(5), counts)
    for met in (board(f"layout={path}"), board(emulators.WRISTBAND_OPTIONS.removeprefix("board=framed&"))):
        packets = met.parser().feed(data)
        assert np.array_equal(packets.samples, counts[:4] * 0.5)
        assert (met.info.rate_hz, met.info.unit, met.period, met.start) == (1000, "uV", 65536, b"go\n")


def test_the_uri_goes_before_the_file(tmp_path: Path) -> None:
    path = tmp_path / "band.toml"
    path.write_text(LAYOUT)
    met = board(f"layout={path}&rate=2000&name=mine")
    assert (met.info.name, met.info.rate_hz, met.bauds) == ("mine", 2000, (921600,))
    assert np.array(met.info.grid).tolist() == np.arange(16).reshape(4, 4).tolist()


def test_without_a_scale_the_unit_is_arbitrary() -> None:
    assert board("sync=A5&channels=2&rate=500").info.unit == "a.u."


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ("channels=2&rate=500", "lacks sync"),
        ("sync=&channels=2&rate=500", "lacks sync"),
        ("sync=A5&rate=500", "lacks channels"),
        ("sync=A5&channels=2", "lacks rate"),
        ("sync=XY&channels=2&rate=500", "sync=XY is not valid"),
        ("sync=A5&channels=0&rate=500", "greater than 0"),
        ("sync=A5&channels=2&rate=500&samples=i12", "known: u8, i8"),
        ("sync=A5&channels=2&rate=500&checksum=md5", "known: none, sum8"),
        ("sync=A5&channels=6&rate=500&rows=4", "do not fill a grid of 4 rows"),
        ("layout=/no/such/file.toml", "cannot read the layout"),
    ],
)
def test_a_layout_that_cannot_be(options: str, why: str) -> None:
    with pytest.raises(SourceUnknown, match=why):
        board(options)


@pytest.mark.parametrize(
    ("text", "why"),
    [("sync = A5", "cannot read the layout"), ("colour = 'red'", "unknown key 'colour'"), ("rate = -1", "rate = -1")],
)
def test_a_file_that_is_no_layout(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "band.toml"
    path.write_text(text)
    with pytest.raises(SourceUnknown, match=why):
        board(f"layout={path}")
