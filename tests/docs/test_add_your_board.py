"""The page docs/add-your-board.md, run as its reader would."""

import binascii
import os
import re
import struct
import sys
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from drivers import boards
from drivers.registry import SourceUri
from drivers.serial_port import from_uri

PAGE = (Path(__file__).parents[2] / "docs" / "add-your-board.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@contextmanager
def device(stream: bytes) -> Iterator[str]:
    """A port at which this comes over and over."""
    primary, secondary = os.openpty()
    tty.setraw(secondary)
    os.set_blocking(primary, False)
    done = threading.Event()

    def send() -> None:
        rest = b""
        while not done.wait(0.002):
            rest = rest or stream
            try:
                rest = rest[os.write(primary, rest) :]
            except BlockingIOError:
                continue

    thread = threading.Thread(target=send)
    thread.start()
    yield os.ttyname(secondary)
    done.set()
    thread.join()
    os.close(primary)
    os.close(secondary)


def wristband(number: int) -> bytes:
    """A frame as the C structure of the page has it, written without our code."""
    body = struct.pack("<H16h", number, *range(-8, 8))
    return b"\xa5\x5a" + body + struct.pack("<H", binascii.crc_hqx(body, 0xFFFF))


def test_the_wristband_needs_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("wristband.toml").write_text(blocks("toml")[0])
    with device(b"".join(map(wristband, range(1000)))) as port:
        uri = blocks("uri")[0].strip().replace("/dev/ttyACM0", port)
        with from_uri(SourceUri.parse(uri)) as source:
            chunk = source.read(1.0)
    assert chunk is not None
    assert np.array_equal(chunk.samples[0], (np.arange(-8, 8) * 0.195).astype(np.float32))
    assert (source.info.name, source.info.rate_hz, source.info.unit) == ("wristband", 1000, "uV")


def test_the_armlet_is_a_board(monkeypatch: pytest.MonkeyPatch) -> None:
    code, registration = blocks("python")
    module = ModuleType("drivers.boards.armlet")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(boards, "BOARDS", dict(boards.BOARDS))
    monkeypatch.setattr("drivers.serial_port.BOARDS", boards.BOARDS)
    exec(code, module.__dict__)  # noqa: S102 - the page's own code
    exec(registration, {})  # noqa: S102
    rows = [(number * 7 % 4000, number * 11 % 4000) for number in range(500)]
    packed = [bytes([a >> 4, (a & 15) << 4 | b >> 8, b & 255]) for a, b in rows]
    stream = b"".join(b"\xff" + three for three in packed if 0xFF not in three)
    with device(stream) as port, from_uri(SourceUri.parse(f"serial://{port}?board=armlet")) as source:
        chunk = source.read(1.0)
    assert chunk is not None
    assert {tuple(row) for row in chunk.samples.tolist()} <= {(float(a), float(b)) for a, b in rows}
    assert len(source.info.channels) == 2
