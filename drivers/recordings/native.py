"""Recordings of our own, ``.palmaris``: written block by block, readable up to the last one whatever happens.

What survives: when the process is killed, every chunk that was written; when the power fails, all but about the last
second, for the file is forced to the disk once a second. Layout: ``native_layout`` and docs/recording-format.md.
"""

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from drivers.errors import RecordingError
from drivers.recordings.native_layout import END, HEADER, MAGIC, MARKER, SAMPLES, TAKEN_BACK, TIMES, About, pack
from drivers.recordings.native_reader import NativeRecording, read
from drivers.source import Chunk, Marker, SourceInfo

__all__ = ["NativeRecording", "Recorder", "read", "relabel"]

SYNC_INTERVAL_S = 1.0


class Recorder:
    """Appends chunks and markers to a new file: ``with Recorder(path, source.info) as recorder: ...``.

    Every call hands its bytes to the operating system before it returns. About once a second it also waits for the
    disk. Not to be called from two threads at once. Every method raises ``RecordingError`` where the disk refuses;
    what was written before can still be read.
    """

    def __init__(self, path: Path, info: SourceInfo) -> None:
        self._path = path
        self._info = info
        self._file = -1
        self._size = 0
        self._next = 0
        self._started_ns = 0
        self._synced_s = 0.0

    def __enter__(self) -> Self:
        """Make the file. Raises ``RecordingError`` where it exists already or cannot be made."""
        self._file = _create(self._path)
        self._started_ns = time.monotonic_ns()
        about = About(self._info, datetime.now().astimezone(), f"palmaris {version('palmaris')}")
        header = pack(HEADER, 0, about.encode())
        try:
            self._append(MAGIC + header + header)  # twice: without its header a recording is lost
        except RecordingError:
            os.close(self._file)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._synced_s = 0.0
            self._append(pack(END, self._next, b""))
        except RecordingError:
            if kind is None:  # otherwise the first failure is the one to hear about
                raise
        finally:
            os.close(self._file)

    def write(self, chunk: Chunk) -> None:
        """Append a chunk and its markers. Raises ``RecordingError`` also where it does not continue the recording."""
        blocks = [_marker(marker) for marker in chunk.markers]
        if len(chunk.samples):
            self._check(chunk)
            times = TIMES.pack(chunk.device_s, chunk.arrived_ns - self._started_ns)
            samples = np.asarray(chunk.samples, "<f4").tobytes()
            blocks.append(pack(SAMPLES, chunk.first, times + samples))
        self._append(b"".join(blocks))
        self._next = max(self._next, chunk.first + len(chunk.samples))

    def mark(self, marker: Marker) -> None:
        """Append a marker; its sample may lie before or after the chunks written so far."""
        self._append(_marker(marker))

    def _check(self, chunk: Chunk) -> None:
        if chunk.samples.shape[1] != len(self._info.channels):
            channels = f"{chunk.samples.shape[1]} channels, not {len(self._info.channels)}"
            raise RecordingError(f"{self._path}: the samples have {channels}; begin a new recording")
        if chunk.first < self._next:
            back = f"{chunk.first} after {self._next - 1}"
            raise RecordingError(f"{self._path}: the sample index went back ({back}); begin a new recording")

    def _append(self, data: bytes) -> None:
        """All of it or, where the disk refuses, nothing: half a block would hide those that may follow it."""
        try:
            left = data
            while left:
                left = left[os.write(self._file, left) :]
            self._size += len(data)
            self._sync()
        except OSError as error:
            with suppress(OSError):  # a disk that refuses may refuse this too; a reader skips the half block
                os.ftruncate(self._file, self._size)
            raise RecordingError(
                f"{self._path} cannot be written ({error.strerror}): free space or take another disk, then record anew;"
                " what was recorded so far can be read"
            ) from error

    def _sync(self) -> None:
        now_s = time.monotonic()
        if now_s - self._synced_s >= SYNC_INTERVAL_S:
            os.fsync(self._file)
            self._synced_s = now_s


def relabel(path: Path, added: Iterable[Marker], taken_back: Iterable[Marker]) -> None:
    """Append markers to a recording that is closed, and the withdrawal of others; nothing in it is changed.

    All in one write, what is added first: should it be cut short, there is a marker too many, and never one too few.
    Raises ``RecordingError`` where the disk refuses; then nothing was appended.
    """
    blocks = [_marker(marker) for marker in added] + [_marker(marker, TAKEN_BACK) for marker in taken_back]
    try:
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        try:
            _append_whole(file, b"".join(blocks))
        finally:
            os.close(file)
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be written ({error.strerror}): free space, then try again") from error


def _append_whole(file: int, data: bytes) -> None:
    size = os.fstat(file).st_size
    try:
        left = data
        while left:
            left = left[os.write(file, left) :]
    except OSError:
        os.ftruncate(file, size)
        raise
    os.fsync(file)


def _marker(marker: Marker, kind: bytes = MARKER) -> bytes:
    return pack(kind, marker.index, marker.text.encode("utf-8", "replace"))


def _create(path: Path) -> int:
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o666)
    except FileExistsError as error:
        raise RecordingError(f"{path} exists already and is never overwritten; choose another name") from error
    except OSError as error:
        raise RecordingError(f"{path} cannot be made ({error.strerror}); choose a folder you may write to") from error
    _sync_folder(path.parent)
    return file


def _sync_folder(folder: Path) -> None:
    """Force the file's name to the disk too: without it a power cut may leave the bytes and no file."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
