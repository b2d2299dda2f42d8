r"""Frames whose layout the user gives, in the URI or in a small TOML file: a board of one's own without any code.

    sync = "A5 5A"          # hexadecimal
    counter = "u8"          # u8, u16, u32, none
    channels = 16
    samples = "i16"         # u8, i8, u16, i16, u24, i24, u32, i32, f32
    endian = "little"       # or big; holds for counter, samples and checksum
    ignored = 0             # bytes after the samples
    checksum = "crc16"      # sum8, xor8, crc16, none: over counter, samples and ignored bytes
    end = "0D 0A"
    rate = 1000             # frames a second
    scale = 0.195           # microvolts per count; without it samples are a.u.
    baud = 921600
    start = "go\n"         # what makes it stream, and what stops it, if anything does
    stop = "halt\n"
    name = "my wristband"
    rows = 4                # the channels form a grid of so many rows

Parts stand in a frame in the order sync, counter, samples, ignored, checksum, end. ``rate``, ``channels`` and ``sync``
are needed. Whatever the URI says goes before what the file says.
"""

import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from drivers.boards.board import Board, numbered
from drivers.boards.checksums import CHECKSUMS
from drivers.boards.frame_format import FrameFormat
from drivers.boards.frame_parser import FrameParser
from drivers.boards.number_types import ENDIANS, WIDTHS
from drivers.errors import SourceUnknown
from drivers.registry import SourceUri
from drivers.source import SourceInfo


def _one_of(*known: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in known:
            raise ValueError(f"known: {', '.join(known)}")
        return text

    return check


def _positive(convert: Callable[[str], Any]) -> Callable[[str], Any]:
    def check(text: str) -> Any:
        value = convert(text)
        if not value > 0:
            raise ValueError("it must be greater than 0")
        return value

    return check


#: option -> how its text becomes a value
OPTIONS: dict[str, Callable[[str], Any]] = {
    "sync": bytes.fromhex,
    "counter": _one_of("none", "u8", "u16", "u32"),
    "channels": _positive(int),
    "samples": _one_of(*WIDTHS),
    "endian": _one_of(*ENDIANS),
    "ignored": int,
    "checksum": _one_of(*CHECKSUMS),
    "end": bytes.fromhex,
    "rate": _positive(float),
    "scale": _positive(float),
    "baud": _positive(int),
    "start": str.encode,
    "stop": str.encode,
    "name": str,
    "rows": _positive(int),
}
NEEDED = ("rate", "channels", "sync")


def from_uri(uri: SourceUri) -> Board:
    """``serial:///dev/ttyACM0?board=framed&layout=band.toml``, or the keys of the file as options."""
    layout = {**_read(uri, uri.take("layout", "", str)), **_options(uri)}
    if missing := [name for name in NEEDED if not layout.get(name)]:
        raise SourceUnknown(f"{uri.text}: the layout lacks {missing[0]}; see docs/add-your-board.md")
    return Board(
        info=_info(uri, layout),
        parser=partial(FrameParser, frame(layout)),
        bauds=(layout.get("baud", 115200),),
        period=frame(layout).period,
        start=layout.get("start", b""),
        stop=layout.get("stop", b""),
    )


def frame(layout: dict[str, Any]) -> FrameFormat:
    """The frame of a layout."""
    return FrameFormat(
        sync=layout["sync"],
        channels=layout["channels"],
        sample=layout.get("samples", "i16"),
        endian=layout.get("endian", "little"),
        counter=layout.get("counter", "none"),
        ignored=layout.get("ignored", 0),
        checksum=layout.get("checksum", "none"),
        end=layout.get("end", b""),
        scale=layout.get("scale", 1.0),
    )


def _info(uri: SourceUri, layout: dict[str, Any]) -> SourceInfo:
    count, rows = layout["channels"], layout.get("rows")
    if rows and count % rows:
        raise SourceUnknown(f"{uri.text}: {count} channels do not fill a grid of {rows} rows; change rows")
    return SourceInfo(
        name=layout.get("name", "framed board"),
        rate_hz=layout["rate"],
        channels=numbered(count),
        unit="uV" if "scale" in layout else "a.u.",
        grid=tuple(tuple(range(at, at + count // rows)) for at in range(0, count, count // rows)) if rows else None,
    )


def _options(uri: SourceUri) -> dict[str, Any]:
    taken = {name: uri.take(name, None, convert) for name, convert in OPTIONS.items() if name != "baud"}
    return {name: value for name, value in taken.items() if value is not None}


def _read(uri: SourceUri, path: str) -> dict[str, Any]:
    if not path:
        return {}
    try:
        layout = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SourceUnknown(
            f"{uri.text}: cannot read the layout {path} ({error}); give the path of a TOML file"
        ) from error
    if unknown := set(layout) - set(OPTIONS):
        raise SourceUnknown(f"{path}: unknown key {sorted(unknown)[0]!r}; known: {', '.join(OPTIONS)}")
    return {name: _converted(path, name, value) for name, value in layout.items()}


def _converted(path: str, name: str, value: object) -> Any:
    try:
        return OPTIONS[name](str(value))
    except ValueError as error:
        raise SourceUnknown(f"{path}: {name} = {value!r} is not valid ({error})") from error
