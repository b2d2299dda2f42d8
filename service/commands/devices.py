"""``palmaris devices``: what is plugged in, on the network or simulated, and the URI that opens it."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Column, Table

from drivers.brainflow_board import list_boards
from drivers.devices import list_serial_ports
from drivers.errors import SourceUnavailable
from drivers.lsl_streams import list_streams
from drivers.registry import open_source
from drivers.simulator import DEVICES

Row = tuple[str, str, str]


def devices() -> None:
    """Print what was found, and why a kind of device could not be looked for."""
    console = Console()
    table = Table("device", "seems to be", Column("--source", overflow="fold"))
    kinds = (("serial ports", _serial()), ("LSL streams", _lsl()), ("simulated users", _simulated()))
    for kind, found in kinds:
        try:
            rows = list(found)
        except SourceUnavailable as error:
            console.print(f"{kind}: {error}", style="yellow")
            continue
        for row in rows or [(f"no {kind}", "", "")]:
            table.add_row(*row)
    console.print(table)
    try:
        console.print("brainflow://BOARD with one of:", ", ".join(list_boards()), style="dim")
    except SourceUnavailable as error:
        console.print(f"BrainFlow boards: {error}", style="yellow")


def _serial() -> Iterator[Row]:
    for port in list_serial_ports():
        yield port.port, port.seems, port.uri


def _simulated() -> Iterator[Row]:
    for name in DEVICES:
        info = open_source(f"sim://{name}").info
        yield name, f"simulated, {len(info.channels)} channels at {info.rate_hz:g} Hz", f"sim://{name}"


def _lsl() -> Iterator[Row]:
    for stream in list_streams():
        shape = f"{stream.kind}, {stream.channels} channels at {stream.rate_hz:g} Hz, from {stream.host}"
        yield stream.name, shape, f"lsl://{stream.name}"
