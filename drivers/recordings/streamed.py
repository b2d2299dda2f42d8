"""Recordings with a time for each sample, or without known ends: read from start to end."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from drivers.recordings.recording import Block
from drivers.recordings.timing import Indices, Seconds
from drivers.source import Marker, Samples, SourceInfo

#: Samples that came within the same slot are replayed together.
SLOT_S = 0.005


@dataclass(frozen=True, slots=True)
class Rows:
    """Samples with their own times. T rows."""

    index: Indices
    """(T,) sample indices, growing; a jump says that samples are missing."""
    samples: Samples
    """(T, channel)."""
    device_s: Seconds
    """(T,) time on the device's clock."""
    due_s: Seconds
    """(T,) time of arrival, never falling."""
    markers: tuple[Marker, ...] = ()
    irregular: bool = False
    """True where ``device_s`` is when each sample was taken, and not merely stamps that jitter."""


def cut(rows: Rows, start: int = 0, slot_s: float = SLOT_S) -> Iterator[Block]:
    """Rows from index ``start`` on, cut at every hole and where the slot of arrival changes."""
    slots = np.floor(rows.due_s / slot_s)
    edges = np.flatnonzero((np.diff(rows.index) != 1) | (np.diff(slots) != 0)) + 1
    begin = int(np.searchsorted(rows.index, start))
    bounds = [begin, *(int(edge) for edge in edges if edge > begin), len(rows.index)]
    for low, high in pairwise(bounds):
        if low < high:
            yield _block(rows, low, high)


def _block(rows: Rows, low: int, high: int) -> Block:
    first, last = int(rows.index[low]), int(rows.index[high - 1])
    markers = tuple(marker for marker in rows.markers if first <= marker.index <= last)
    device_s, due_s = rows.device_s[low:high], float(rows.due_s[high - 1])
    times_s = device_s if rows.irregular else None
    return Block(first, rows.samples[low:high], float(device_s[0]), due_s, markers, times_s)


class StreamedRecording:
    """A recording read from its start to its end, and skipped up to the sample asked for.

    ``rows`` starts reading anew and adds what it finds to the notes that it is given.
    """

    length = None

    def __init__(
        self,
        info: SourceInfo,
        rows: Callable[[dict[str, str]], Iterator[Rows]],
        notes: dict[str, str],
        timed: bool = True,
    ) -> None:
        self.info = info
        self.timed = timed
        self._rows = rows
        self._notes = dict(notes)

    @property
    def notes(self) -> tuple[str, ...]:
        """Quirks found so far."""
        return tuple(self._notes.values())

    def blocks(self, start: int = 0) -> Iterator[Block]:
        """All samples from index ``start`` on."""
        for rows in self._rows(self._notes):
            yield from cut(rows, start, SLOT_S if self.timed else math.inf)
