"""EDF, EDF+, BDF and BDF+, read record by record from disk.

Played are the signals of the highest rate among those that are voltages, or among all where none is. The library edfio
is not used for reading because it loads BDF whole (edfio 0.4.18, ``read_bdf``).
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from drivers.errors import RecordingError
from drivers.recordings.edf_file import EdfFile, EdfSignal
from drivers.recordings.recording import BLOCK_ROWS, Recording, microvolts_per, to_samples
from drivers.recordings.segments import Labels, Segment, SegmentedRecording
from drivers.recordings.streamed import Rows, StreamedRecording
from drivers.recordings.timing import Indices, Seconds
from drivers.source import Marker, Samples, SourceInfo


def read(path: Path) -> Recording:
    """The recording in a file. Raises ``RecordingError`` where it is damaged or holds no signal."""
    file = EdfFile.open(path)
    played = _played(file)
    if not played:
        raise RecordingError(f"{path} holds no signal that can be played; record it again")
    try:
        starts = file.onsets() if file.discontinuous else None
        words = file.annotations()
    except (ValueError, IndexError) as error:
        raise RecordingError(f"{path} has damaged annotations ({error}); copy or record it again") from error
    volts = microvolts_per(played[0].unit) is not None
    rate_hz = played[0].samples / file.record_s
    info = SourceInfo(path.stem, rate_hz, tuple(signal.label for signal in played), "uV" if volts else "a.u.")
    marks = tuple((round(at_s * rate_hz), text) for at_s, text in words)
    notes = _notes(file, played, volts)
    if starts is not None:
        first = _first_indices(path, starts * rate_hz, played[0].samples)
        return StreamedRecording(info, lambda found: _rows(file, played, first, marks), notes, timed=False)
    segment = Segment(len(file.records) * played[0].samples, lambda low, high: _samples(file, played, low, high), marks)
    return SegmentedRecording(info, [segment], tuple(notes.values()))


def _first_indices(path: Path, starts: Seconds, count: int) -> Indices:
    """Of each record, from where it starts in samples; half a sample of rounding may not make records overlap."""
    following = np.arange(len(starts)) * count
    gaps = np.rint(starts) - following
    if (np.diff(gaps) < -1).any():
        raise RecordingError(f"{path} has records that go back in time; copy or record it again")
    return np.asarray(np.maximum.accumulate(gaps) + following, np.int64)


def _played(file: EdfFile) -> list[EdfSignal]:
    signals = [signal for signal in file.signals if not signal.annotates and signal.label != "Status"]
    signals = [signal for signal in signals if microvolts_per(signal.unit)] or signals
    most = max((signal.samples for signal in signals), default=0)
    return [signal for signal in signals if signal.samples == most > 0]


def _samples(file: EdfFile, played: list[EdfSignal], low: int, high: int) -> Samples:
    per_record = played[0].samples
    first = low // per_record
    records = file.records[first : -(-high // per_record)]
    columns = [signal.values_in(records) * (microvolts_per(signal.unit) or 1.0) for signal in played]
    return to_samples(np.stack(columns, axis=1)[low - first * per_record : high - first * per_record])


def _rows(file: EdfFile, played: list[EdfSignal], first: Indices, words: Labels) -> Iterator[Rows]:
    """Records at the times that they state; what lies between them is left out in the index."""
    count, rate_hz = played[0].samples, played[0].samples / file.record_s
    marks = tuple(Marker(at, text) for at, text in words)
    step = max(1, BLOCK_ROWS // count)
    for low in range(0, len(first), step):
        index = (first[low : low + step, None] + np.arange(count)).ravel()
        samples = _samples(file, played, low * count, low * count + len(index))
        yield Rows(index, samples, index / rate_hz, index / rate_hz, marks)


def _notes(file: EdfFile, played: list[EdfSignal], volts: bool) -> dict[str, str]:
    notes = {}
    if left := [signal.label for signal in file.signals if signal not in played and not signal.annotates]:
        notes["left"] = f"not played, for their rate or unit: {', '.join(left)}"
    if not volts:
        notes["unit"] = "no signal is a voltage; values are in the units of the header"
    if file.promised < 0:
        notes["cut"] = f"the recording was never closed; {len(file.records)} records are there"
    elif file.promised > len(file.records):
        notes["cut"] = f"cut short: {len(file.records)} of {file.promised} records are there"
    if file.discontinuous:
        notes["gaps"] = "records do not follow each other in time; what lies between is left out in the index"
    return notes
