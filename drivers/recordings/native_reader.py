"""Reads ``.palmaris`` recordings: headers when opened, samples only when asked for."""

from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from mmap import ACCESS_READ, mmap
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from drivers.errors import RecordingError
from drivers.recordings.native_layout import (
    END,
    HEADER,
    MAGIC,
    MARKER,
    SAMPLES,
    SYNC,
    TAKEN_BACK,
    TIMES,
    About,
    Place,
    payload,
    place_at,
    places,
)
from drivers.recordings.recording import Block
from drivers.source import Marker


def read(path: Path) -> "NativeRecording":
    """The recording in a file. Raises ``RecordingError`` where it has no header or holds no samples."""
    data = _mapped(path)
    about = _about(path, data)
    contents = _survey(data, len(about.source.channels))
    if not contents.firsts:
        raise RecordingError(f"{path} holds no samples; record it again")
    return NativeRecording(data, about, contents)


@dataclass(frozen=True, slots=True)
class Glance:
    """What the beginning and the end of a file tell, however long it is."""

    about: About
    first: int
    """Index of the first sample."""
    length: int
    """Index after the last sample; ``first`` where there is none."""


def glance(path: Path) -> Glance:
    """Look at a file without going through it. Raises ``RecordingError`` where it has no header."""
    data = _mapped(path)
    about = _about(path, data)
    opening = next((place for place in places(data) if place.kind == SAMPLES), None)
    first = 0 if opening is None else opening.sample
    return Glance(about, first, first if opening is None else _length(data, 4 * len(about.source.channels)))


def _length(data: mmap, row_bytes: int) -> int:
    """Index after the last sample: the last blocks are looked for from the end, past markers that were added later."""
    at = len(data)
    while (at := data.rfind(SYNC, 0, at)) >= 0:
        place = place_at(data, at)
        if place is not None and place.kind == SAMPLES:
            return place.sample + (place.length - TIMES.size) // row_bytes
    return 0


class Placed(NamedTuple):
    """A marker, and where in the file its block begins: the name by which it can be taken back."""

    position: int
    marker: Marker


@dataclass(slots=True)
class _Contents:
    """What the headers of all blocks tell."""

    firsts: "array[int]" = field(default_factory=lambda: array("q"))
    """(block,) sample index of each block of samples."""
    positions: "array[int]" = field(default_factory=lambda: array("q"))
    """(block,) where each of them begins."""
    length: int = 0
    """Index after the last sample."""
    placed: list[Placed] = field(default_factory=list)
    """Markers that were not taken back, in the order of their samples."""
    closed: bool = False
    damaged_bytes: int = 0
    torn_bytes: int = 0
    """After the last block."""


class NativeRecording:
    """A recording with the arrival of every chunk. A damaged block is left out in the index."""

    timed = True

    def __init__(self, data: mmap, about: About, contents: _Contents) -> None:
        self.info = about.source
        self.started = about.started
        self.length = contents.length
        self.first = contents.firsts[0]
        self.placed = tuple(contents.placed)
        self._data = data
        self._contents = contents
        self._unreadable: set[int] = set()
        self._moved: set[Marker] = set()
        self._origin_s: float | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What is damaged, as far as it was read."""
        found = self._contents
        counts = {
            "the recording was never closed; it is complete up to its last block": not found.closed,
            f"the last {found.torn_bytes} bytes are no complete block and cannot be read": found.torn_bytes,
            f"{found.damaged_bytes} bytes are damaged; what they held is missing": found.damaged_bytes,
            f"{len(self._unreadable)} blocks of samples are damaged and left out in the index": self._unreadable,
            f"{len(self._moved)} markers stand at missing samples; they come with the nearest ones": self._moved,
        }
        return tuple(text for text, applies in counts.items() if applies)

    def blocks(self, start: int = 0) -> Iterator[Block]:
        """All samples from index ``start`` on, each block as it arrived."""
        markers = deque(marker for _, marker in self.placed if marker.index >= start)
        held: Block | None = None
        for block in self._samples(start):
            if held is not None:
                yield self._marked(held, markers, held.first + len(held.samples))
            held = block
        if held is not None:
            yield self._marked(held, markers, None)

    def _marked(self, block: Block, markers: deque[Marker], stop: int | None) -> Block:
        """With the markers up to index ``stop``, or all; those of missing samples are moved into the block."""
        if not markers:
            return block
        taken = []
        while markers and (stop is None or markers[0].index < stop):
            marker = markers.popleft()
            index = min(max(marker.index, block.first), block.first + len(block.samples) - 1)
            if index != marker.index:
                self._moved.add(marker)
            taken.append(Marker(index, marker.text))
        return replace(block, markers=tuple(taken))

    def _samples(self, start: int) -> Iterator[Block]:
        total = len(self._contents.firsts)
        for at in range(max(0, bisect_right(self._contents.firsts, start) - 1), total):
            block = self._block(at)
            skip = max(0, start - self._contents.firsts[at])
            if block is not None and skip < len(block.samples):
                device_s = block.device_s - self._first_s() + skip / self.info.rate_hz
                yield Block(block.first + skip, block.samples[skip:], device_s, block.due_s)

    def _first_s(self) -> float:
        """Device time of the first block that can be read."""
        if self._origin_s is None:
            blocks = (self._block(at) for at in range(len(self._contents.firsts)))
            self._origin_s = next(block.device_s for block in blocks if block is not None)
        return self._origin_s

    def _block(self, at: int) -> Block | None:
        """Block number ``at`` with the device time as recorded, or ``None`` where it is damaged."""
        place = place_at(self._data, self._contents.positions[at])
        content = payload(self._data, place) if place else None
        if place is None or content is None:
            self._unreadable.add(at)
            return None
        device_s, arrived_ns = TIMES.unpack_from(content)
        samples = np.frombuffer(content, "<f4", offset=TIMES.size).astype(np.float32)
        return Block(place.sample, samples.reshape(-1, len(self.info.channels)), device_s, arrived_ns * 1e-9)


def _mapped(path: Path) -> mmap:
    try:
        with path.open("rb") as file:
            return mmap(file.fileno(), 0, access=ACCESS_READ)
    except (OSError, ValueError) as error:  # ValueError: an empty file
        raise RecordingError(f"{path} cannot be read ({error}); check the path, or record it again") from error


def _about(path: Path, data: mmap) -> About:
    headers = (payload(data, place) for place in places(data) if place.kind == HEADER)
    text = next((text for text in headers if text is not None), None)
    if text is None:
        raise RecordingError(f"{path} has no readable header; it is no .palmaris recording or is damaged beyond repair")
    try:
        return About.decode(text)
    except (ValueError, KeyError, TypeError) as error:
        raise RecordingError(f"{path}: the header makes no sense ({error}); read it with a newer palmaris") from error


def _survey(data: mmap, channels: int) -> _Contents:
    contents = _Contents()
    at = len(MAGIC) if data[: len(MAGIC)] == MAGIC else 0
    for place in places(data):
        contents.damaged_bytes += place.begin - at
        at = place.stop
        if not _note(contents, data, place, 4 * channels):
            contents.damaged_bytes += place.length
    contents.torn_bytes = len(data) - at
    contents.placed.sort(key=attrgetter("marker.index"))
    return contents


def _note(contents: _Contents, data: mmap, place: Place, row_bytes: int) -> bool:
    """Whether the block makes sense. Samples are believed until they are read. Other kinds may come in the future."""
    if place.kind == SAMPLES:
        return _note_samples(contents, place, row_bytes)
    content = payload(data, place)
    if content is not None and place.kind == MARKER:
        contents.placed.append(Placed(place.begin, _marker(place, content)))
    if content is not None and place.kind == TAKEN_BACK:
        _take_back(contents.placed, _marker(place, content))
    contents.closed |= place.kind == END
    return content is not None


def _marker(place: Place, content: bytes) -> Marker:
    return Marker(place.sample, content.decode("utf-8", "replace"))


def _take_back(placed: list[Placed], marker: Marker) -> None:
    """Named by what it says, so that damage elsewhere in the file never makes it mean another one."""
    known = [other for _, other in placed]
    if marker in known:
        del placed[known.index(marker)]


def _note_samples(contents: _Contents, place: Place, row_bytes: int) -> bool:
    rows, rest = divmod(place.length - TIMES.size, row_bytes)
    if rest or rows < 1 or place.sample < contents.length:
        return False
    contents.firsts.append(place.sample)
    contents.positions.append(place.begin)
    contents.length = place.sample + rows
    return True
