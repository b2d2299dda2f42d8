"""The layout of a ``.palmaris`` file, which docs/recording-format.md describes: a line of text, then blocks.

Every block begins with the same 28 bytes, little-endian: a sync word, its kind, a sample index, the length of its
payload and two checksums, one of the payload and one of the 24 bytes before it. So a reader can hop from header to
header without touching the samples, and finds the next block where one is damaged.
"""

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from mmap import mmap
from typing import Any, NamedTuple

from drivers.source import SourceInfo

MAGIC = b"PALMARIS REC 1\r\n"
SYNC = b"\x89plm"
HEADER, SAMPLES, MARKER, TAKEN_BACK, END = b"HEAD", b"SMPL", b"MARK", b"DROP", b"END "
#: kind and sync word, sample index, bytes of payload, checksum of the payload
_FRONT = struct.Struct("<4s4sqII")
_CHECK = struct.Struct("<I")
_WHOLE = struct.Struct("<4s4sqIII")
#: What stands before the samples of a block: device time in seconds, time of arrival in nanoseconds.
TIMES = struct.Struct("<dq")


class Place(NamedTuple):
    """A block in a file; its payload is not looked at yet."""

    kind: bytes
    sample: int
    """Index of the first sample, or of the one that a marker belongs to."""
    start: int
    """Position of the payload."""
    length: int
    checksum: int
    """Of the payload."""

    @property
    def begin(self) -> int:
        """Position of the block."""
        return self.start - _WHOLE.size

    @property
    def stop(self) -> int:
        """Position after the payload."""
        return self.start + self.length


def pack(kind: bytes, sample: int, content: bytes) -> bytes:
    """One block."""
    front = _FRONT.pack(SYNC, kind, sample, len(content), zlib.crc32(content))
    return b"".join((front, _CHECK.pack(zlib.crc32(front)), content))


def places(data: mmap) -> Iterator[Place]:
    """Every block with a good header that is there to its last byte; what lies between two of them is damaged.

    Payloads are looked at only where no block follows at once: bytes may have been lost within, and the next block with
    them.
    """
    at = 0
    while (at := data.find(SYNC, at)) >= 0:
        place = place_at(data, at)
        if place and (data[place.stop : place.stop + 4] == SYNC or payload(data, place) is not None):
            yield place
            at = place.stop
        else:
            at += 1


def place_at(data: mmap, at: int) -> Place | None:
    """The block that begins at a position, or ``None`` where none does or it is cut short."""
    start = at + _WHOLE.size
    if start > len(data):
        return None
    _, kind, sample, length, checksum, check = _WHOLE.unpack_from(data, at)
    if start + length > len(data) or check != zlib.crc32(data[at : at + _FRONT.size]):
        return None
    return Place(kind, sample, start, length, checksum)


def payload(data: mmap, place: Place) -> bytes | None:
    """What a block holds, or ``None`` where it is damaged."""
    content = data[place.start : place.stop]
    return content if zlib.crc32(content) == place.checksum else None


@dataclass(frozen=True, slots=True)
class About:
    """What the header says."""

    source: SourceInfo
    started: datetime
    """Wall clock of the recording host, with its offset from UTC."""
    recorded_by: str
    """Program and version."""

    def encode(self) -> bytes:
        """As JSON."""
        header = {"format": 1, "started": self.started.isoformat(), "recorded_by": self.recorded_by}
        return json.dumps(header | {"source": asdict(self.source)}, ensure_ascii=False).encode()

    @classmethod
    def decode(cls, text: bytes) -> "About":
        """Raises ``ValueError``, ``KeyError`` or ``TypeError`` where it is none."""
        header = json.loads(text)
        if header["format"] != 1:
            raise ValueError(f"format {header['format']}, which needs a newer palmaris")
        return cls(_source(**header["source"]), datetime.fromisoformat(header["started"]), header["recorded_by"])


def _source(
    channels: list[str], grid: list[list[int]] | None, notes: list[str] | None = None, **rest: Any
) -> SourceInfo:
    rows = None if grid is None else tuple(tuple(row) for row in grid)
    if not channels or not rest["rate_hz"] > 0:
        raise ValueError("no channels or no rate")
    return SourceInfo(channels=tuple(channels), grid=rows, notes=tuple(notes or ()), **rest)
