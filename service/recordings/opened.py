"""A recording that was gone through once: everything in it but for the samples."""

from dataclasses import dataclass
from pathlib import Path

from drivers.recordings.formats import open_recording
from drivers.recordings.native import NativeRecording
from drivers.recordings.native_reader import Placed
from drivers.recordings.recording import Recording
from drivers.source import Marker, SourceInfo
from service.errors import RecordingRefused

Stamp = tuple[int, int]
"""Size and time of change of a file: the same, and what was found in it still holds."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A recording with the words in it, and where it begins and ends."""

    path: Path
    stamp: Stamp
    info: SourceInfo
    notes: tuple[str, ...]
    """What is damaged, as far as it was read."""
    first: int
    """Index of the first sample; times count from it."""
    stop: int
    """Index after the last one."""
    placed: tuple[Placed, ...]
    """In order of time."""
    own: bool
    """Of our own format, which can take further markers."""

    @property
    def length_s(self) -> float:
        """From the first sample to the last."""
        return self.seconds(self.stop)

    def seconds(self, index: int) -> float:
        """Time of a sample."""
        return (index - self.first) / self.info.rate_hz

    def index(self, seconds: float) -> int:
        """The sample at a time. Raises ``RecordingRefused`` where the recording is over by then."""
        if seconds > self.length_s:
            raise RecordingRefused(f"{self.path.name} ends at {self.length_s:.3f} s: choose an earlier time")
        return self.first + round(seconds * self.info.rate_hz)

    @property
    def words(self) -> list[tuple[int, str]]:
        """(index, text) of every marker."""
        return [(marker.index, marker.text) for _, marker in self.placed]


def go_through(path: Path, stamp: Stamp) -> tuple[Recording, Opened]:
    """Seconds of work for a long one. Raises ``RecordingError`` where it is damaged."""
    recording = open_recording(path)
    if isinstance(recording, NativeRecording):
        first, stop, placed = recording.first, recording.length, recording.placed
        return recording, Opened(path, stamp, recording.info, recording.notes, first, stop, placed, own=True)
    markers: list[Marker] = []
    stop = 0
    for block in recording.blocks():
        markers += block.markers
        stop = block.first + len(block.samples)
    placed = tuple(Placed(number, marker) for number, marker in enumerate(markers))
    return recording, Opened(path, stamp, recording.info, recording.notes, 0, stop, placed, own=False)
