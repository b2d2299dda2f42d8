"""The recordings in the data directory: found by name, described, labelled, removed."""

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from drivers.errors import RecordingError
from drivers.recordings.formats import open_recording
from drivers.recordings.native import relabel
from drivers.recordings.native_layout import MAGIC
from drivers.recordings.native_reader import glance
from drivers.source import Marker, SourceInfo
from service.errors import RecordingRefused, RecordingUnknown
from service.live import Live
from service.names import speakable
from service.recordings.labels import labelled_spans
from service.recordings.messages import Label, NewMarker, RecordedMarker, RecordingDetail, StoredRecording
from service.recordings.opened import Opened
from service.recordings.reading import Reading
from service.security.who import who

log = logging.getLogger(__name__)

#: Markers that a recording may have before it takes no more of them.
MOST_MARKERS: Final = 10_000

_Seen = tuple[int, int, bool]
"""Size and time of change of a file, and whether it is being written: the same, and what was found still holds."""


class Recordings:
    """What lies in a folder. Names of clients are compared with what is there, never made into paths."""

    def __init__(self, folder: Path, streams: Mapping[str, Live]) -> None:
        self._folder = folder
        self._streams = streams
        self._known: dict[str, tuple[_Seen, StoredRecording]] = {}
        self._reading = Reading()
        self._writing = threading.Lock()

    def all(self) -> list[StoredRecording]:
        """Every recording, the newest first; one that cannot be read says why."""
        found = [told for path in self._files().values() if (told := self._told(path)) is not None]
        there = {told.name for told in found}
        self._known = {
            name: known for name, known in list(self._known.items()) if name in there
        }  # others may ask meanwhile
        return sorted(found, key=lambda told: told.changed, reverse=True)

    def find(self, name: str) -> Path:
        """The file of that name. Raises ``RecordingUnknown``."""
        if (path := self._files().get(name)) is None:
            raise RecordingUnknown(f"there is no recording {name!r}: GET /v1/recordings names all of them")
        return path

    def find_finished(self, name: str) -> Path:
        """The same, if nothing is written to it. Raises ``RecordingRefused``."""
        path = self.find(name)
        if name in self._in_the_making():
            raise RecordingRefused(f"{name} is being recorded: stop the recording first")
        return path

    def open(self, name: str) -> Opened:
        """The recording, with its words. Raises ``RecordingUnknown``, and ``RecordingError`` where it is damaged."""
        path = self.find(name)
        size, changed_ns, _ = self._seen(path)
        with _by_name(path):
            return self._reading.open(path, (size, changed_ns))

    async def envelope(self, opened: Opened, start: int, stop: int, column: int) -> bytes:
        """See ``recorded_envelope.py``. Raises as ``open`` does."""
        with _by_name(opened.path):
            return await self._reading.envelope(opened, start, stop, column)

    def close(self) -> None:
        """Read nothing more."""
        self._reading.close()

    def describe(self, name: str) -> RecordingDetail:
        """Everything but the samples. Raises ``RecordingUnknown``, and ``RecordingError`` where it is damaged."""
        opened = self.open(name)
        info = opened.info
        told = self._told(opened.path) or self._bare(opened.path)
        facts = {**told.model_dump(), "length_s": opened.length_s, "problem": None}
        return RecordingDetail(
            **facts,
            labels=info.channels,
            unit=info.unit,
            grid=info.grid,
            notes=(*info.notes, *opened.notes),
            editable=opened.own and not told.writing,
            markers=markers_of(opened),
            gestures=labels_of(opened),
        )

    def mark(self, name: str, new: NewMarker) -> RecordingDetail:
        """Add a marker, and the end of what it says. Raises ``RecordingRefused``, ``RecordingError``."""
        with self._writing:
            opened = self._editable(name)
            if len(opened.placed) >= MOST_MARKERS:
                raise RecordingRefused(f"{name} has {MOST_MARKERS} markers: remove some, or label another recording")
            start = opened.index(new.start_s)
            added = [Marker(start, new.text)]
            if new.stop_s is not None:
                added += _end(opened, start, opened.index(new.stop_s))
            relabel(opened.path, added, ())
            return self.describe(name)

    def rename(self, name: str, position: int, text: str) -> RecordingDetail:
        """Give a marker another word. Raises ``RecordingUnknown``, ``RecordingRefused``, ``RecordingError``."""
        with self._writing:
            opened = self._editable(name)
            _, marker = opened.placed[_number(opened, position)]
            if text != marker.text:
                relabel(opened.path, [Marker(marker.index, text)], [marker])
            return self.describe(name)

    def unmark(self, name: str, position: int) -> RecordingDetail:
        """Take a marker back, with its end. Raises ``RecordingUnknown``, ``RecordingRefused``, ``RecordingError``."""
        with self._writing:
            opened = self._editable(name)
            number = _number(opened, position)
            pair = [marker for _, marker in opened.placed[number : number + 2]]
            relabel(opened.path, (), pair if not pair[-1].text else pair[:1])
            return self.describe(name)

    def remove(self, name: str) -> None:
        """Delete it for good. Raises ``RecordingUnknown``, ``RecordingRefused``."""
        path = self.find_finished(name)
        try:
            path.unlink()
        except OSError as error:
            raise RecordingRefused(f"{name} cannot be deleted ({error.strerror}): check who owns the folder") from error
        self._reading.forget()
        log.info("recording %s deleted by %s", name, who())

    def _editable(self, name: str) -> Opened:
        self.find_finished(name)
        opened = self.open(name)
        if not opened.own:
            raise RecordingRefused(f"{name} is of another format, which is only read: label .palmaris recordings")
        return opened

    def _files(self) -> dict[str, Path]:
        files = (path for path in self._folder.glob("*") if not path.name.startswith(".") and speakable(path.name))
        return {path.name: path for path in files if path.is_file() and not path.is_symlink()}

    def _in_the_making(self) -> set[str]:
        tapes = [live.tape.describe() for live in self._streams.values()]
        return {tape.name for tape in tapes if tape is not None}

    def _seen(self, path: Path) -> _Seen:
        try:
            stat = path.stat()
        except OSError as error:
            raise RecordingUnknown(f"{path.name} is gone: look at GET /v1/recordings again") from error
        return stat.st_size, stat.st_mtime_ns, path.name in self._in_the_making()

    def _told(self, path: Path) -> StoredRecording | None:
        """What the list says of a file; ``None`` if it is gone meanwhile."""
        try:
            seen = self._seen(path)
            known = self._known.get(path.name)
            if known is None or known[0] != seen:
                known = self._known[path.name] = seen, self._look(path)
        except RecordingUnknown:
            return None
        return known[1]

    def _look(self, path: Path) -> StoredRecording:
        bare = self._bare(path)
        try:
            with _by_name(path):
                return bare.model_copy(update=_head(path))
        except RecordingError as error:
            return bare.model_copy(update={"problem": str(error)})

    def _bare(self, path: Path) -> StoredRecording:
        size, changed_ns, writing = self._seen(path)
        changed = datetime.fromtimestamp(changed_ns * 1e-9, UTC)
        return StoredRecording(name=path.name, size=size, changed=changed, writing=writing, problem=None)


def markers_of(opened: Opened) -> tuple[RecordedMarker, ...]:
    """The words; those that are empty only tell where the one before ends."""
    ends: list[float | None] = [opened.seconds(marker.index) for _, marker in opened.placed[1:]]
    return tuple(
        RecordedMarker(marker=position, at_s=opened.seconds(marker.index), until_s=end, text=marker.text)
        for (position, marker), end in zip(opened.placed, [*ends, None], strict=bool(opened.placed))
        if marker.text
    )


def labels_of(opened: Opened) -> tuple[Label, ...]:
    """The gestures that the words name."""
    return tuple(
        Label(gesture=text, start_s=opened.seconds(span.start), stop_s=opened.seconds(span.stop))
        for span, text in labelled_spans(opened.words, opened.stop)
    )


@contextmanager
def _by_name(path: Path) -> Iterator[None]:
    """Where the files lie is nobody's business but the service's."""
    try:
        yield
    except RecordingError as error:
        raise RecordingError(str(error).replace(str(path), path.name)) from error


def _head(path: Path) -> dict[str, Any]:
    """What is known of a recording without going through it. Raises ``RecordingError``."""
    if _is_own(path):
        found = glance(path)
        return _facts(found.about.source, found.length - found.first) | {"started": found.about.started}
    recording = open_recording(path)
    return _facts(recording.info, recording.length)


def _facts(info: SourceInfo, length: int | None) -> dict[str, Any]:
    return {
        "device": info.name,
        "simulated": info.simulated,
        "channels": len(info.channels),
        "rate_hz": info.rate_hz,
        "length_s": None if length is None else length / info.rate_hz,
    }


def _is_own(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be read ({error.strerror}); check who owns the file") from error


def _end(opened: Opened, start: int, stop: int) -> list[Marker]:
    """The empty word that ends what begins at ``start``, unless another word does."""
    if stop <= start:
        raise RecordingRefused("stop_s: the end comes after the beginning: choose a longer part")
    return [] if any(marker.index == stop for _, marker in opened.placed) else [Marker(stop, "")]


def _number(opened: Opened, position: int) -> int:
    """Which marker it is. Raises ``RecordingUnknown``."""
    for number, (begin, marker) in enumerate(opened.placed):
        if begin == position and marker.text:
            return number
    raise RecordingUnknown(f"{opened.path.name} has no marker {position}: it was changed; look at the recording again")
