import errno
import os
import threading
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.errors import SourceLost, SourceUnavailable
from drivers.serial_line import BREATH_S, SerialLine, _reason


@pytest.fixture
def cable() -> Iterator[tuple[int, str]]:
    """A pseudo-terminal: the device's end, and the port's name."""
    primary, secondary = os.openpty()
    tty.setraw(secondary)
    yield primary, os.ttyname(secondary)
    for end in (primary, secondary):
        os.close(end)


def test_bytes_go_both_ways(cable: tuple[int, str]) -> None:
    primary, port = cable
    line = SerialLine(port, 115200)
    line.send(b"hello")
    assert os.read(primary, 99) == b"hello"
    os.write(primary, b"\x00\x11\x13\xff\n")
    assert line.receive(1.0) == b"\x00\x11\x13\xff\n"
    line.close()


def test_receive_waits_no_longer_than_it_may(cable: tuple[int, str]) -> None:
    line = SerialLine(cable[1], 115200)
    began = time.monotonic()
    assert line.receive(0.1) == b""
    assert 0.1 <= time.monotonic() - began < 1.0
    line.close()


def test_what_comes_while_it_waits_is_handed_over_at_once(cable: tuple[int, str]) -> None:
    line = SerialLine(cable[1], 115200)
    threading.Timer(0.05, os.write, (cable[0], b"x")).start()
    began = time.monotonic()
    assert line.receive(60.0) == b"x"
    assert time.monotonic() - began < 30
    line.close()


def test_a_fast_sender_does_not_wake_it_for_every_byte(cable: tuple[int, str]) -> None:
    line = SerialLine(cable[1], 115200)
    os.write(cable[0], b"x")
    line.receive(1.0)
    os.write(cable[0], b"y")
    began = time.monotonic()
    assert line.receive(1.0) == b"y"
    assert time.monotonic() - began >= BREATH_S / 2
    line.close()


def test_a_port_has_one_owner(cable: tuple[int, str]) -> None:
    line = SerialLine(cable[1], 115200)
    with pytest.raises(SourceUnavailable, match=r"is in use; close the program"):
        SerialLine(cable[1], 115200)
    line.close()
    SerialLine(cable[1], 115200).close()


def test_a_port_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="is not there; plug the board in"):
        SerialLine(str(tmp_path / "ttyUSB9"), 115200)
    (tmp_path / "file").touch()
    with pytest.raises(SourceUnavailable, match="check that it is a serial port"):
        SerialLine(str(tmp_path / "file"), 115200)


def test_a_speed_that_is_none(cable: tuple[int, str]) -> None:
    with pytest.raises(SourceUnavailable, match="baud"):
        SerialLine(cable[1], -5)


def test_no_permission_names_the_group(tmp_path: Path) -> None:
    error = PermissionError(errno.EACCES, "Permission denied")
    assert "usermod -aG dialout $USER" in _reason(str(tmp_path / "gone"), error)
    group = tmp_path.group()
    assert f"its group is {group}" in _reason(str(tmp_path), error)


def test_a_pulled_cable(cable: tuple[int, str]) -> None:
    primary, secondary = os.openpty()
    tty.setraw(secondary)
    line = SerialLine(os.ttyname(secondary), 115200)
    os.close(primary)
    os.close(secondary)
    with pytest.raises(SourceLost, match="is gone .*plug the board in again"):
        line.receive(1.0)
    with pytest.raises(SourceLost, match="is gone"):
        line.send(b"x")
    line.close()
