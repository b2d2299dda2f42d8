"""The layout of XDF files (sccn/xdf, wiki page "Specifications"): chunks with a length, a tag and a content.

The library pyxdf is not used because it loads files whole (pyxdf 1.17.5, ``load_xdf``); the tests compare with it.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree as ET

import numpy as np
import numpy.typing as npt

Seconds = npt.NDArray[np.float64]

STREAM_HEADER, SAMPLES, CLOCK_OFFSET = 2, 3, 4
FORMATS = {"float32": "<f4", "double64": "<f8", "int8": "<i1", "int16": "<i2", "int32": "<i4", "int64": "<i8"}


@dataclass(slots=True)
class XdfStream:
    """One stream: its header, and where its samples lie in the file."""

    number: int
    header: ET.Element
    chunks: list[tuple[int, int]] = field(default_factory=list)
    """(position of the content, bytes)"""
    offsets: list[tuple[float, float]] = field(default_factory=list)
    """(time of measurement, seconds to add to the stream's clock)"""

    def text(self, path: str) -> str:
        """A value in the header, empty where it is not there."""
        return (self.header.findtext(path) or "").strip()

    @property
    def channels(self) -> int:
        """Values in a sample."""
        return int(self.text("channel_count"))

    @property
    def rate_hz(self) -> float:
        """Nominal rate, 0 for events."""
        return float(self.text("nominal_srate") or 0)

    @property
    def is_signal(self) -> bool:
        """Whether it holds numbers at a rate."""
        return self.rate_hz > 0 and self.text("channel_format") in FORMATS

    def synchronised(self, times_s: Seconds) -> Seconds:
        """Times on the recorder's clock: the measured offsets, with a straight line through them."""
        if not self.offsets:
            return times_s
        at_s, offset_s = np.array(self.offsets).T
        if len(at_s) < 2 or np.ptp(at_s) == 0:
            return np.asarray(times_s + offset_s.mean())
        slope, level = np.polyfit(at_s - at_s[0], offset_s, 1)
        return np.asarray(times_s + level + slope * (times_s - at_s[0]))


def scan(path: Path) -> tuple[list[XdfStream], bool]:
    """All streams, and whether the file ends as it should. Raises ``ValueError`` where it is no XDF."""
    streams: dict[int, XdfStream] = {}
    size = os.path.getsize(path)
    with path.open("rb") as file:
        if file.read(4) != b"XDF:":
            raise ValueError("it does not begin with XDF:")
        while file.tell() < size:
            try:
                length = _variable_length(file)
                tag, number = struct.unpack("<HI", file.read(6))
            except struct.error:
                return list(streams.values()), False
            start = file.tell()
            end = start + length - 6
            if length < 6 or end > size:
                return list(streams.values()), False
            _note(file, streams, tag, number, length - 6)
            file.seek(end)
    return list(streams.values()), True


def _note(file: BinaryIO, streams: dict[int, XdfStream], tag: int, number: int, length: int) -> None:
    if tag == STREAM_HEADER:
        streams[number] = XdfStream(number, ET.fromstring(file.read(length)))  # noqa: S314 - expat bounds expansion
    elif tag == SAMPLES and number in streams:
        streams[number].chunks.append((file.tell(), length))
    elif tag == CLOCK_OFFSET and number in streams:
        streams[number].offsets.append(struct.unpack("<dd", file.read(16)))


def _variable_length(file: BinaryIO) -> int:
    """One byte says how many bytes hold the number."""
    (count,) = struct.unpack("<B", file.read(1))
    content = file.read(count)
    if count not in (1, 4, 8) or len(content) < count:
        raise struct.error("length")
    return int.from_bytes(content, "little")


def numbers_in(file: BinaryIO, stream: XdfStream, chunk: tuple[int, int]) -> tuple[Seconds, npt.NDArray[np.float64]]:
    """(T,) times of a chunk's samples, NaN where none is stored, and (T, channel) values."""
    file.seek(chunk[0])
    count = _variable_length(file)
    body = np.frombuffer(file.read(chunk[0] + chunk[1] - file.tell()), np.uint8)
    kind = np.dtype(FORMATS[stream.text("channel_format")])
    size = kind.itemsize * stream.channels
    starts = _starts(body, count, size)
    stamped = body[starts] == 8
    times = np.full(count, np.nan)
    times[stamped] = body[starts[stamped, None] + 1 + np.arange(8)].view("<f8")[:, 0]
    values = body[(starts + 1 + 8 * stamped)[:, None] + np.arange(size)].view(kind)
    with np.errstate(invalid="ignore"):  # damage can make a signalling NaN; it is no number, and that is all
        return times, values.astype(np.float64)


def _starts(body: npt.NDArray[np.uint8], count: int, size: int) -> npt.NDArray[np.int64]:
    """(T,) where each sample begins: a byte that says 0 or 8, a time of so many bytes, the values."""
    for stamp in (8, 0):
        step = 1 + stamp + size
        if len(body) == count * step and (body[::step] == stamp).all():
            return np.arange(count) * step
    starts = []
    at = 0
    for _ in range(count):
        starts.append(at)
        at += 1 + int(body[at]) + size
    return np.array(starts, np.int64)


def texts_in(file: BinaryIO, stream: XdfStream) -> Iterator[tuple[float, str]]:
    """(seconds on the stream's clock, text) of every event in a stream of strings; several channels are joined."""
    for start, _ in stream.chunks:
        file.seek(start)
        for _ in range(_variable_length(file)):
            stamp = file.read(1) == b"\x08"
            at_s = struct.unpack("<d", file.read(8))[0] if stamp else float("nan")
            words = [file.read(_variable_length(file)).decode("utf-8", "replace") for _ in range(stream.channels)]
            yield at_s, " ".join(words)
