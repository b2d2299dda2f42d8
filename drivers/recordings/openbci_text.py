"""OpenBCI GUI text, ``OpenBCI-RAW-*.txt``: microvolts, a sample counter, and the time at which each sample arrived.

Two headers exist (OpenBCI/OpenBCI_GUI: DataLogging.pde before version 5, DataWriterODF.pde since). Old: columns are
counter, channels, three auxiliary values, time of day and, in some versions, milliseconds since 1970. New: after the
header a row of column names ("Sample Index", "EXG Channel 0", ... "Timestamp (Formatted)").

A counter that skips tells lost samples; arrival comes in bursts, as Bluetooth or the dongle delivers. The counter's
cycle differs between boards (0 to 200 in the Ganglion's files, 0 to 255 in the Cyton's, some give two samples the same
count), so it is learnt from the file.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, takewhile
from pathlib import Path
from typing import TextIO

import numpy as np

from drivers.errors import RecordingError
from drivers.recordings.recording import BLOCK_ROWS, Recording, channel_names, to_samples
from drivers.recordings.streamed import Rows, StreamedRecording
from drivers.recordings.timing import Indices, Seconds, StampClock
from drivers.source import Samples, SourceInfo

DAY_S = 86400.0
AUXILIARY_COLUMNS = 3
#: Blocks that are looked at to learn the counter's cycle: some thirty cycles.
PROBE_BLOCKS = 4


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand in the file."""

    rate_hz: float
    channels: tuple[str, ...]
    first: int
    """Column of the first channel."""
    width: int
    """Cells in a row."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Rows as they stand in the file; T rows."""

    counts: Indices
    samples: Samples
    times_s: Seconds


@dataclass(frozen=True, slots=True)
class Cycle:
    """How a board counts its samples."""

    step: int
    """From one count to the next."""
    length: int
    """The counts come back after so much."""
    sharing: int
    """Samples that have the same count."""

    @classmethod
    def of(cls, counts: Indices) -> "Cycle":
        """Learnt from counts with few losses."""
        steps = np.diff(counts)
        forward = Counter(steps[steps > 0].tolist())
        step = int(forward.most_common(1)[0][0]) if forward else 1
        length = int(counts.max()) + step if (steps < 0).any() else 2**40
        return cls(step, length, 2 if len(steps) and (steps == 0).mean() > 0.4 else 1)

    def lost(self, steps: Indices, elapsed_samples: Seconds) -> Indices:
        """Samples lost before each row. Whole cycles do not show in the counter; they are taken from the time."""
        counted = steps % self.length // self.step * self.sharing
        cycle = self.length // self.step * self.sharing
        cycles = np.maximum(np.rint((elapsed_samples - counted) / cycle), 0)
        return np.asarray(np.maximum(counted + cycles * cycle - self.sharing, 0), np.int64)


def read(path: Path) -> Recording:
    """The recording in an OpenBCI GUI file. Raises ``RecordingError`` where header or rows make no sense."""
    layout = _layout(path)
    probe = list(islice(_arrivals(path, layout, {}), PROBE_BLOCKS))
    if not probe:
        raise RecordingError(f"{path} holds no rows as its header describes them; record it again")
    cycle = Cycle.of(np.concatenate([part.counts for part in probe]))
    info = SourceInfo(path.stem, layout.rate_hz, layout.channels)
    return StreamedRecording(info, lambda found: _rows(path, layout, cycle, found), _probe_notes(layout, probe))


def _layout(path: Path) -> Layout:
    with _text(path) as file:
        header = "".join(takewhile(lambda line: line.startswith("%"), file))
    with _text(path) as file:
        rows = list(islice((_cells(line) for line in file if line.strip() and not line.startswith("%")), 2))
    rate = re.search(r"Sample Rate = ([\d.]+)", header)
    if not rate or not float(rate[1]) or not rows:
        raise RecordingError(f"{path} has no sample rate in its header or no rows; record it again")
    exg = [at for at, name in enumerate(rows[0]) if name.startswith("EXG Channel")]
    if exg:
        return Layout(float(rate[1]), tuple(rows[0][at] for at in exg), exg[0], len(rows[0]))
    stated = re.search(r"Number of channels = (\d+)", header)
    clocks = 1 if ":" in rows[0][-1] else 2
    count = int(stated[1]) if stated else len(rows[0]) - 1 - AUXILIARY_COLUMNS - clocks
    if not 0 < count < len(rows[0]) - 1:
        raise RecordingError(f"{path}: its rows of {len(rows[0])} cells do not fit its header; record it again")
    return Layout(float(rate[1]), channel_names(count), 1, len(rows[0]))


def _rows(path: Path, layout: Layout, cycle: Cycle, found: dict[str, str]) -> Iterator[Rows]:
    clock = StampClock(layout.rate_hz, bursts=True)
    following, missing = 0, 0
    last: tuple[int, float] | None = None
    for part in _arrivals(path, layout, found):
        due_s = clock.feed(part.times_s)[1]
        count, arrived_s = last or (int(part.counts[0]) - cycle.step, float(due_s[0]))
        elapsed = np.diff(due_s, prepend=arrived_s) * layout.rate_hz
        lost = cycle.lost(np.diff(part.counts, prepend=count), elapsed)
        index = following + np.arange(len(lost)) + np.cumsum(lost)
        missing += int(lost.sum())
        if missing:
            found["lost"] = f"the sample counter skips: {missing} samples are missing, left out in the index"
        following, last = int(index[-1]) + 1, (int(part.counts[-1]), float(due_s[-1]))
        yield Rows(index, part.samples, index / layout.rate_hz, due_s)


def _arrivals(path: Path, layout: Layout, found: dict[str, str]) -> Iterator[Arrivals]:
    """Rows in blocks. One that cannot be read is dropped: the counter tells that it is missing."""
    bad, last_s = 0, None
    with _text(path) as file:
        lines = (line for line in file if line.strip() and not line.startswith(("%", "Sample Index")))
        while block := list(islice(lines, BLOCK_ROWS)):
            values = [row for line in block if (row := _values(_cells(line), layout)) is not None]
            bad += len(block) - len(values)
            if bad:
                found["bad rows"] = f"{bad} rows could not be read and are missing"
            if values:
                table = np.array(values)
                times_s = np.unwrap(np.concatenate([[last_s or table[0, -1]], table[:, -1]]), period=DAY_S)[1:]
                last_s = float(times_s[-1])
                yield Arrivals(table[:, 0].astype(np.int64), to_samples(table[:, 1:-1]), times_s)


def _values(cells: list[str], layout: Layout) -> list[float] | None:
    """Counter, channels, time; ``None`` for a row that makes no sense."""
    if len(cells) != layout.width:
        return None
    stop = layout.first + len(layout.channels)
    try:
        return [float(cells[0]), *(float(cell) for cell in cells[layout.first : stop]), _seconds(cells[-1])]
    except ValueError:
        return None


def _seconds(cell: str) -> float:
    """Time of day, with or without a date before it, or milliseconds since 1970."""
    if ":" not in cell:
        return float(cell) / 1000
    hours, minutes, seconds = cell.split(" ")[-1].split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _probe_notes(layout: Layout, probe: list[Arrivals]) -> dict[str, str]:
    samples = np.concatenate([part.samples for part in probe])
    times_s = np.concatenate([part.times_s for part in probe])
    notes = {"bursts": "samples came in bursts; a replay keeps them"}
    if flat := [name for name, spread in zip(layout.channels, np.ptp(samples, axis=0), strict=True) if not spread]:
        notes["flat"] = f"no signal in {', '.join(flat)}: one value only"
    came = (len(times_s) - 1) / max(times_s[-1] - times_s[0], 1e-9)
    if len(times_s) > layout.rate_hz and abs(came / layout.rate_hz - 1) > 0.01:
        notes["rate"] = f"{came:.0f} samples came per second, where the header says {layout.rate_hz:g}"
    return notes


def _text(path: Path) -> TextIO:
    return path.open(encoding="utf-8-sig", errors="replace")


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split(",")]
