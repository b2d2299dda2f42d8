"""Recordings at a steady rate, read in slices: one segment, or many trials joined into one stream."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from drivers.recordings.recording import BLOCK_ROWS, Block
from drivers.source import Marker, Samples, SourceInfo

#: (row, text) of each label, counted from the start of a segment, in order.
Labels = tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """Samples without a hole."""

    length: int
    """Samples in it."""
    read: Callable[[int, int], Samples]
    """Rows ``[start, stop)`` as (time, channel), fetched when called."""
    labels: Labels = ()


class SegmentedRecording:
    """Segments at a steady rate, one sample index left out between two of them."""

    timed = False

    def __init__(self, info: SourceInfo, segments: Sequence[Segment], notes: Sequence[str] = ()) -> None:
        self.info = info
        self.notes = (*notes, *([joined(len(segments))] if len(segments) > 1 else []))
        self._segments = segments
        ends = list(accumulate(segment.length + 1 for segment in segments))
        self._starts = [0, *ends[:-1]]
        self.length = ends[-1] - 1

    def blocks(self, start: int = 0) -> Iterator[Block]:
        """All samples from index ``start`` on."""
        for origin, segment in zip(self._starts, self._segments, strict=True):
            for row in range(max(start - origin, 0), segment.length, BLOCK_ROWS):
                yield self._block(segment, origin, row)

    def _block(self, segment: Segment, origin: int, row: int) -> Block:
        stop = min(row + BLOCK_ROWS, segment.length)
        markers = tuple(Marker(origin + at, text) for at, text in segment.labels if row <= at < stop)
        rate = self.info.rate_hz
        samples = segment.read(row, stop)
        return Block(origin + row, samples, (origin + row) / rate, (origin + stop - 1) / rate, markers)


def joined(trials: int) -> str:
    """The note for a file of several trials."""
    return f"{trials} trials in one stream; one sample index is left out between two trials"


def label_changes(labels: Sequence[str] | npt.NDArray[np.str_]) -> Labels:
    """One label per sample -> (row, text) wherever the label differs from the sample before."""
    words = np.asarray(labels)
    rows = np.flatnonzero(words[1:] != words[:-1]) + 1
    return tuple((row, str(words[row])) for row in (0, *rows.tolist())) if len(words) else ()
