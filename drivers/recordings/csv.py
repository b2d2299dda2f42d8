"""Text tables: one row per sample, any separator, with or without header and time column. Read in blocks, never whole.

A time column is called t, time or timestamp, with its unit in the name (``time_ms``) or guessed from its steps. Without
one the rate must be given. Values are taken as microvolts. A row that cannot be read counts as a sample that is not a
number, so that the rows after it keep their index.
"""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from drivers.errors import RecordingError
from drivers.recordings.recording import Recording, channel_names, to_samples
from drivers.recordings.streamed import Rows, StreamedRecording
from drivers.recordings.table import Table, TextTable
from drivers.recordings.timing import Seconds, StampClock, burst_notes, come_in_bursts, rate_of
from drivers.source import SourceInfo

TIME_NAME = re.compile(r"(?:t|times?|time_?stamps?)[\s_(\[]*(s|sec|seconds|ms|us|µs)?[)\]]?", re.IGNORECASE)
UNIT_S = {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6}
#: Blocks that are looked at to learn the unit and the rate of the times.
PROBE_BLOCKS = 2
UNIT_NOTE = {"unit": "the file states no unit; its values are taken as microvolts"}


def read(path: Path, rate_hz: float | None = None) -> Recording:
    """The recording in a text table. Raises ``RecordingError`` where it has no numbers, or neither times nor a rate."""
    table = TextTable.open(path)
    column = next((at for at, name in enumerate(table.names) if TIME_NAME.fullmatch(name)), None)
    return _without_times(table, rate_hz) if column is None else _with_times(table, column, rate_hz)


def _without_times(table: TextTable, rate_hz: float | None) -> Recording:
    if rate_hz is None:
        raise RecordingError(f"{table.path} has no time column; give its rate, for example ?rate=1000")
    rate = rate_hz

    def rows(notes: dict[str, str]) -> Iterator[Rows]:
        first = 0
        for values in _watched(table, notes):
            index = first + np.arange(len(values))
            first += len(values)
            yield Rows(index, to_samples(values), index / rate, index / rate)

    info = SourceInfo(table.path.stem, rate, _channels(table, None))
    return StreamedRecording(info, rows, UNIT_NOTE, timed=False)


def _with_times(table: TextTable, column: int, rate_hz: float | None) -> Recording:
    probe = np.concatenate(list(islice(table.blocks(), PROBE_BLOCKS)))[:, column]
    second, notes = _seconds_per_unit(table.names[column], probe)
    known_s = probe[np.isfinite(probe)] * second
    rate = rate_hz or rate_of(known_s)
    if not rate > 0:
        raise RecordingError(f"{table.path}: the times in column {table.names[column]!r} do not grow; correct them")
    bursts = come_in_bursts(known_s)

    def rows(found: dict[str, str]) -> Iterator[Rows]:
        clock = StampClock(rate, bursts)
        for values in _watched(table, found):
            index, due_s = clock.feed(values[:, column] * second)
            found.update(clock.notes())
            samples = to_samples(np.delete(values, column, axis=1))
            yield Rows(index, samples, index / rate if bursts else due_s, due_s)

    info = SourceInfo(table.path.stem, rate, _channels(table, column))
    return StreamedRecording(info, rows, UNIT_NOTE | notes | burst_notes(bursts))


def _seconds_per_unit(name: str, times: Seconds) -> tuple[float, dict[str, str]]:
    """The unit in the column's name; otherwise the one that makes a rate between 20 Hz and 20 kHz."""
    match = TIME_NAME.fullmatch(name)
    if match and match[1]:
        return UNIT_S[match[1].lower()], {}
    rate = rate_of(times[np.isfinite(times)])
    unit = "s" if rate > 20 else "ms" if rate > 0.02 else "us"
    return UNIT_S[unit], {"time unit": f"column {name!r} states no unit; its steps look like {unit}"}


def _watched(table: TextTable, found: dict[str, str]) -> Iterator[Table]:
    bad = 0
    for values in table.blocks():
        bad += int((~np.isfinite(values)).any(axis=1).sum())
        if bad:
            found["bad rows"] = f"{bad} rows hold something that is no finite number; they count as missing samples"
        yield values


def _channels(table: TextTable, time_column: int | None) -> tuple[str, ...]:
    names = table.names if len(table.names) == table.width else channel_names(table.width)
    return tuple(name for at, name in enumerate(names) if at != time_column)
