"""Writes a stream to disk beside the live path: a slow disk may cost samples of the recording, never a prediction."""

import logging
import queue
import threading
from contextlib import ExitStack
from pathlib import Path

from drivers.errors import RecordingError
from drivers.recordings.native import Recorder
from drivers.source import Chunk, Marker, SourceInfo
from service.messages import RecordingInfo

log = logging.getLogger(__name__)

#: Chunks that may wait for the disk: about 20 s of 5 ms chunks.
BACKLOG = 4096


class BackgroundRecorder:
    """A recording in the making.

    Raises:
        RecordingError: the file exists already, or cannot be made.
    """

    def __init__(self, path: Path, info: SourceInfo) -> None:
        self.path = path
        self._samples = self._missed = 0
        self._problem: str | None = None
        self._waiting: queue.Queue[Chunk | Marker | None] = queue.Queue(BACKLOG)
        self._closing = ExitStack()
        self._recorder = self._closing.enter_context(Recorder(path, info))
        self._thread = threading.Thread(target=self._write, name=f"recording {path.name}", daemon=True)
        self._thread.start()

    def take(self, chunk: Chunk) -> None:
        """Hand over a chunk; never waits. What the disk has no time for is missing, and counted."""
        if self._problem is None:
            try:
                self._waiting.put_nowait(chunk)
                self._samples += len(chunk.samples)
            except queue.Full:
                self._missed += len(chunk.samples)

    def mark(self, marker: Marker) -> None:
        """Hand over a word that belongs to a sample. Raises ``RecordingError`` where the disk does not keep up."""
        try:
            self._waiting.put_nowait(marker)
        except queue.Full:
            raise RecordingError(f"{self.path.name}: the disk does not keep up: stop the recording") from None

    def stop(self) -> RecordingInfo:
        """Write what waits, close the file, and say what is in it."""
        while self._thread.is_alive():
            try:
                self._waiting.put(None, timeout=0.1)
                break
            except queue.Full:  # the disk is slow; what waits is written first
                continue
        self._thread.join()
        return self.describe()

    def describe(self) -> RecordingInfo:
        """How the recording is doing."""
        return RecordingInfo(name=self.path.name, samples=self._samples, missed=self._missed, problem=self._problem)

    def _write(self) -> None:
        try:
            with self._closing:
                while (item := self._waiting.get()) is not None:
                    if isinstance(item, Marker):
                        self._recorder.mark(item)
                    else:
                        self._recorder.write(item)
        except RecordingError as error:
            self._problem = str(error)
            log.error("recording %s stopped: %s", self.path, error)  # noqa: TRY400 - the message is the whole story
            while self._waiting.get() is not None:  # until stop() is called
                pass


class Tape:
    """The record button of a stream; two clients may press it at once."""

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._recorder: BackgroundRecorder | None = None
        self._closed = False
        self._button = threading.Lock()

    def start(self, path: Path, info: SourceInfo) -> RecordingInfo:
        """Record every sample from now on. Raises ``RecordingError`` if one is in the making, or none can be made."""
        with self._button:
            if self._closed:
                raise RecordingError(f"{self._stream} is no longer served: choose another stream")
            if self._recorder is not None:
                raise RecordingError(
                    f"{self._stream} is already recorded to {self._recorder.path.name}: stop that first"
                )
            self._recorder = BackgroundRecorder(path, info)
            return self._recorder.describe()

    def stop(self) -> RecordingInfo:
        """Close the recording and say what is in it. Raises ``RecordingError`` if there is none."""
        with self._button:
            recorder, self._recorder = self._running(), None
        return recorder.stop()

    def close(self) -> None:
        """Close the recording, if there is one, and begin no other: the stream ends."""
        with self._button:
            self._closed = True
            recorder, self._recorder = self._recorder, None
        if recorder is not None:
            recorder.stop()

    def take(self, chunk: Chunk) -> None:
        """Hand over a chunk, in the reader's thread; another thread may stop the recording meanwhile."""
        if (recorder := self._recorder) is not None:
            recorder.take(chunk)

    def mark(self, marker: Marker) -> None:
        """Put a word into the recording. Raises ``RecordingError`` if there is none."""
        self._running().mark(marker)

    def note(self, marker: Marker) -> None:
        """Put a word into the recording, if there is one."""
        if (recorder := self._recorder) is not None:
            recorder.mark(marker)

    def describe(self) -> RecordingInfo | None:
        """How the recording is doing."""
        return None if (recorder := self._recorder) is None else recorder.describe()

    def _running(self) -> BackgroundRecorder:
        if self._recorder is None:
            raise RecordingError(f"{self._stream} is not being recorded: start a recording first")
        return self._recorder
