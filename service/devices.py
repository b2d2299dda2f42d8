"""What can be started as a stream: simulated users, what is plugged in or on the network, what was recorded here."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from drivers.boards import BOARDS
from drivers.devices import list_serial_ports
from drivers.errors import SourceUnavailable
from drivers.lsl_streams import list_streams
from drivers.registry import open_source
from drivers.simulator import DEVICES
from service.streams import models_for_clients

Kind = Literal["simulated", "serial", "lsl", "recording"]

#: Whose packets a file describes, which a client may not name.
NEEDS_A_FILE: Final = "framed"


class Device(BaseModel):
    """Something that a stream can be started from."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    name: str
    seems: str = Field(description="What is probably there, in words; empty where nothing is known.")
    source: str = Field(description="URI to start a stream with; a serial board may need other options.")
    rate_hz: float | None = Field(default=None, description="Samples per second; null: known once it is open.")
    channels: int | None = Field(default=None, description="Null: known once it is open.")


class Devices(BaseModel):
    """What was found."""

    devices: tuple[Device, ...]
    models: tuple[str, ...] = Field(description="Models that a stream can be started with.")
    boards: tuple[str, ...] = Field(description="What may be at a serial port: ?board=NAME in its URI.")
    problems: tuple[str, ...] = Field(description="What could not be looked for, and why.")


def find_devices(data_dir: Path) -> Devices:
    """Look everywhere; takes a second, in which streams on the network answer."""
    found = [*_simulated(), *_serial()]
    problems = []
    try:
        found += _lsl()
    except SourceUnavailable as error:
        problems.append(str(error))
    devices = (*found, *_recorded(data_dir / "recordings"))
    boards = tuple(board for board in BOARDS if board != NEEDS_A_FILE)
    models = tuple(sorted(models_for_clients(data_dir)))
    return Devices(devices=devices, models=models, boards=boards, problems=tuple(problems))


def _simulated() -> Iterator[Device]:
    for name in DEVICES:
        source = f"sim://{name}"
        info = open_source(source).info
        seems = f"{len(info.grid)} x {len(info.grid[0])} electrodes round a forearm" if info.grid else ""
        shape = {"rate_hz": info.rate_hz, "channels": len(info.channels)}
        yield Device(kind="simulated", name=name, seems=seems, source=source, **shape)


def _serial() -> Iterator[Device]:
    for port in list_serial_ports():
        yield Device(kind="serial", name=port.port, seems=port.seems, source=port.uri)


def _lsl() -> Iterator[Device]:
    for stream in list_streams():
        seems = f"{stream.kind}, {stream.channels} channels at {stream.rate_hz:g} Hz, from {stream.host}"
        shape = {"rate_hz": stream.rate_hz, "channels": stream.channels}
        yield Device(kind="lsl", name=stream.name, seems=seems, source=f"lsl://{quote(stream.name)}", **shape)


def _recorded(folder: Path) -> Iterator[Device]:
    for path in sorted(folder.glob("*"), key=lambda path: path.stat().st_mtime, reverse=True):
        if path.is_file() and not path.is_symlink():
            yield Device(kind="recording", name=path.name, seems="", source=f"replay://{quote(path.name)}")
