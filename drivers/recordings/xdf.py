"""XDF, as LabRecorder writes it: one signal stream, with the words of all marker streams.

Of several signal streams the one of type EMG is played, else EXG or EEG, else the first. Times are LSL's own, moved to
the recorder's clock; they are not smoothed, so that gaps and bursts stay.
"""

import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import numpy.typing as npt

from drivers.errors import RecordingError
from drivers.recordings.recording import Recording, channel_names, microvolts_per, to_samples
from drivers.recordings.streamed import Rows, StreamedRecording
from drivers.recordings.timing import StampClock, Words, burst_notes, come_in_bursts
from drivers.recordings.xdf_file import Seconds, XdfStream, numbers_in, scan, texts_in
from drivers.source import SourceInfo

KINDS = ("emg", "exg", "eeg")
#: Chunks that are looked at to learn whether the times come in bursts.
PROBE_CHUNKS = 16


def read(path: Path) -> Recording:
    """The recording in a file. Raises ``RecordingError`` where it is damaged or holds no signal."""
    try:
        streams, complete = scan(path)
        signals = [stream for stream in streams if stream.is_signal and stream.chunks]
        if not signals:
            raise RecordingError(f"{path} holds no stream of numbers at a rate; record it again")
        return _recording(path, min(signals, key=_rank), streams, complete)
    except (ValueError, IndexError, struct.error, ET.ParseError) as error:
        raise RecordingError(f"{path} is damaged ({error}); copy or record it again") from error


def _recording(path: Path, stream: XdfStream, streams: list[XdfStream], complete: bool) -> Recording:
    known_s = _first_times(path, stream)
    bursts = len(known_s) > 2 and come_in_bursts(known_s)
    words = _words(path, streams, known_s)
    scale, unit_notes = _scale(stream)

    def rows(found: dict[str, str]) -> Iterator[Rows]:
        clock, marks = StampClock(stream.rate_hz, bursts), Words(words)
        for times_s, values in _samples(path, stream):
            index, due_s = clock.feed(stream.synchronised(times_s))
            found.update(clock.notes())
            device_s = index / stream.rate_hz if bursts else due_s
            yield Rows(index, to_samples(values, scale), device_s, due_s, marks.until(due_s, index))

    info = SourceInfo(
        stream.text("name") or path.stem, stream.rate_hz, _labels(stream), "a.u." if "scale" in unit_notes else "uV"
    )
    return StreamedRecording(info, rows, unit_notes | burst_notes(bursts) | _notes(stream, streams, complete))


def _samples(path: Path, stream: XdfStream) -> Iterator[tuple[Seconds, npt.NDArray[np.float64]]]:
    try:
        with path.open("rb") as file:
            for chunk in stream.chunks:
                yield numbers_in(file, stream, chunk)
    except (ValueError, IndexError, struct.error) as error:
        raise RecordingError(f"{path} is damaged ({error}); copy or record it again") from error


def _first_times(path: Path, stream: XdfStream) -> Seconds:
    """Times of the first samples, as far as they are stored."""
    parts = [times_s for times_s, _ in islice(_samples(path, stream), PROBE_CHUNKS)]
    times_s = stream.synchronised(np.concatenate(parts))
    return times_s[np.isfinite(times_s)]


def _words(path: Path, streams: list[XdfStream], known_s: Seconds) -> list[tuple[float, str]]:
    """(seconds from the signal's first sample, text) of every marker from there on."""
    begin_s = float(known_s[0]) if len(known_s) else 0.0
    events = []
    with path.open("rb") as file:
        for stream in streams:
            if stream.text("channel_format") == "string" and stream.chunks:
                at_s, texts = zip(*texts_in(file, stream), strict=True)
                events += list(zip((stream.synchronised(np.array(at_s)) - begin_s).tolist(), texts, strict=True))
    return sorted((at_s, text) for at_s, text in events if at_s >= 0)


def _scale(stream: XdfStream) -> tuple[npt.NDArray[np.float64], dict[str, str]]:
    """(C,) microvolts per value. A unit that is not stated is taken as microvolts, one that is no voltage as it is."""
    units = [channel.findtext("unit") or "" for channel in stream.header.iterfind("desc/channels/channel")]
    known = [microvolts_per(unit) for unit in units]
    if len(known) == stream.channels and all(known):
        return np.array(known, dtype=np.float64), {}
    if any(units):
        return np.ones(stream.channels), {
            "scale": f"the stream's unit ({units[0]}) is no voltage; values are as stored"
        }
    return np.ones(stream.channels), {"unit": "the stream states no unit; its values are taken as microvolts"}


def _labels(stream: XdfStream) -> tuple[str, ...]:
    labels = [channel.findtext("label") or "" for channel in stream.header.iterfind("desc/channels/channel")]
    return tuple(labels) if len(labels) == stream.channels and all(labels) else channel_names(stream.channels)


def _rank(stream: XdfStream) -> int:
    kind = stream.text("type").lower()
    return KINDS.index(kind) if kind in KINDS else len(KINDS)


def _notes(stream: XdfStream, streams: list[XdfStream], complete: bool) -> dict[str, str]:
    notes = {} if complete else {"cut": "the file is cut short; what it holds is played"}
    others = [other.text("name") for other in streams if other.is_signal and other is not stream]
    if others:
        notes["others"] = f"plays {stream.text('name')!r}; other signals in the file: {', '.join(others)}"
    return notes
