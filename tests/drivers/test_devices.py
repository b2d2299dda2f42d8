from dataclasses import dataclass

import pytest

from drivers.devices import USB, describe, list_serial_ports
from drivers.registry import SourceUri
from drivers.serial_port import from_uri


@dataclass
class Port:
    device: str = "/dev/ttyUSB0"
    description: str = "n/a"
    vid: int | None = None
    pid: int | None = None


@pytest.mark.parametrize(
    ("vid", "pid", "seems", "board"),
    [
        (0x0403, 0x6015, "OpenBCI dongle", "cyton"),
        (0x2341, 0x0043, "Uno R3", "chords"),
        (0x2341, 0x8036, "Arduino", "chords"),
        (0x04B4, 0xF155, "EMaGer", "emager"),
        (0x303A, 0x1001, "ESP32", "chords"),
        (0x2E8A, 0x1234, "RP2040", "text"),
    ],
)
def test_known_adapters(vid: int, pid: int, seems: str, board: str) -> None:
    entry = describe(Port(vid=vid, pid=pid))
    assert seems in entry.seems
    assert entry.uri.startswith(f"serial:///dev/ttyUSB0?board={board}")


def test_an_unknown_port_says_what_it_says_of_itself() -> None:
    assert describe(Port(description="Weather station", vid=1, pid=2)).seems == "Weather station"
    assert describe(Port()).seems == ""


@pytest.mark.parametrize("key", USB)
def test_every_suggestion_is_a_source(key: tuple[int, int]) -> None:
    entry = describe(Port(vid=key[0], pid=max(key[1], 0)))
    assert from_uri(SourceUri.parse(entry.uri)).info.rate_hz > 0


def test_this_machine_can_be_listed() -> None:
    assert [entry.port for entry in list_serial_ports()] == sorted(entry.port for entry in list_serial_ports())
