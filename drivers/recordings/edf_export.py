"""A recording -> one BDF+ or EDF+ file, in two passes over its blocks: the first learns ranges, gaps and markers.

These formats know no missing sample in a continuous file. So a gap keeps its length: each channel's value nearest to
zero stands in it, and an annotation over its whole duration says that it is none of the signal.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from pathlib import Path

import numpy as np
import numpy.typing as npt

from drivers.errors import RecordingError
from drivers.recordings.edf_writer import Annotation, EdfLayout, EdfWriter, record_of, scale_of
from drivers.recordings.recording import Block, Recording
from drivers.source import Marker, SourceInfo

#: MNE-Python leaves out stretches with this name when it filters (mne/io/base.py, ``skip_by_annotation``).
GAP = "BAD_ACQ_SKIP"
#: Values that are not numbers; like every name that begins with BAD, MNE-Python rejects it.
ODD = "BAD_VALUE"

Run = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Survey:
    """What the first pass found. Rows count from the first sample. C channels."""

    first: int
    """Index of the first sample."""
    rows: int
    """From the first sample to the last, gaps included."""
    low: npt.NDArray[np.float64]
    """(C,) lowest values."""
    high: npt.NDArray[np.float64]
    gaps: tuple[Run, ...]
    """(row, rows) of missing samples."""
    odd: tuple[Run, ...]
    """(row, rows) of samples with a value that is not finite."""
    markers: tuple[Marker, ...]


def survey(recording: Recording) -> Survey:
    """The first pass. Raises ``RecordingError`` where there is no sample."""
    first: int | None = None
    stop = 0
    low, high = np.full((2, len(recording.info.channels)), np.nan)
    gaps: list[Run] = []
    odd: list[Run] = []
    markers: list[Marker] = []
    for block, missing in _joined(recording):
        first = block.first if first is None else first
        if missing:
            gaps.append((stop, missing))
        finite = np.isfinite(block.samples)
        for row in np.flatnonzero(~finite.all(axis=1)):
            _extend(odd, block.first - first + int(row))
        values = np.where(finite, block.samples, np.nan)
        low, high = np.fmin(low, np.fmin.reduce(values)), np.fmax(high, np.fmax.reduce(values))
        markers += block.markers
        stop = block.first - first + len(block.samples)
    if first is None:
        raise RecordingError(f"{recording.info.name} holds no samples to export; record it again")
    return Survey(first, stop, np.nan_to_num(low), np.nan_to_num(high), tuple(gaps), tuple(odd), tuple(markers))


def _joined(recording: Recording) -> Iterator[tuple[Block, int]]:
    """Blocks, with the number of samples missing before each."""
    stop: int | None = None
    for block in recording.blocks():
        missing = 0 if stop is None else block.first - stop
        if missing < 0:
            raise RecordingError(f"{recording.info.name}: sample {block.first} comes twice; the recording is damaged")
        stop = block.first + len(block.samples)
        yield block, missing


def _extend(runs: list[Run], row: int) -> None:
    if runs and sum(runs[-1]) == row:
        runs[-1] = (runs[-1][0], runs[-1][1] + 1)
    else:
        runs.append((row, 1))


def layout_of(info: SourceInfo, found: Survey, suffix: str) -> EdfLayout:
    """The layout that loses least: the whole range of counts for the range of each channel's values."""
    rows, seconds = record_of(info.rate_hz)
    low, high = scale_of(found.low, found.high)
    return EdfLayout(suffix, labels_of(info.channels), info.unit, rows, seconds, low, high)


def labels_of(channels: tuple[str, ...]) -> tuple[str, ...]:
    """Names that an EDF header can hold: where one cannot, or would come twice, the channel's number."""
    return tuple(
        name if name.isascii() and name.isprintable() and 0 < len(name) <= 16 and channels.count(name) == 1 else number
        for name, number in ((name.strip(), f"channel {at}") for at, name in enumerate(channels, 1))
    )


def annotations_of(found: Survey, layout: EdfLayout) -> list[Annotation]:
    """Markers, gaps, odd values and the filled end, in order of time."""
    rate = layout.rate_hz
    filled = -found.rows % layout.record_rows
    gaps = (*found.gaps, *([(found.rows, filled)] if filled else []))
    runs = [*((run, GAP) for run in gaps), *((run, ODD) for run in found.odd)]
    words = _words(found, rate)
    bad = [Annotation(row / rate, rows / rate, name) for (row, rows), name in runs]
    return sorted(words + bad, key=lambda word: word.onset_s)


def _words(found: Survey, rate_hz: float) -> list[Annotation]:
    """Markers; one whose end is marked, by an empty word next to it, has a duration."""
    words = []
    for marker, following in zip_longest(found.markers, found.markers[1:]):
        ended = following is not None and not following.text
        duration_s = (following.index - marker.index) / rate_hz if ended else None
        if marker.text:
            words.append(Annotation((marker.index - found.first) / rate_hz, duration_s, marker.text))
    return words


def write_edf(path: Path, recording: Recording, found: Survey, layout: EdfLayout, started: datetime | None) -> None:
    """The second pass: make the file. Raises ``OSError``, and ``RecordingError`` where it cannot hold the recording."""
    with path.open("xb") as file:
        writer = EdfWriter(file, layout, found.rows, annotations_of(found, layout))
        writer.begin(started, recording.info.name)
        for block, missing in _joined(recording):
            writer.skip(missing)
            writer.write(block.samples)
        writer.close()
