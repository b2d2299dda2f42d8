"""WFDB records of PhysioNet: a ``.hea`` header beside one ``.dat`` file of 16-bit samples (format 16).

Header fields as in the WFDB Applications Guide, header(5): per signal file name, format, gain(baseline)/units, ADC
resolution, ADC zero, first value, checksum, block size, description; format 16 as in signal(5), where -32768 says that
there is no sample. The library ``wfdb`` is not used: it brings pandas, matplotlib and an HTTP client with it.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from drivers.errors import RecordingError
from drivers.recordings.recording import Recording, microvolts_per, to_samples
from drivers.recordings.segments import Segment, SegmentedRecording
from drivers.source import Samples, SourceInfo

INVALID = -32768
DEFAULT_GAIN = 200.0
GAIN = re.compile(r"(?P<gain>[\d.eE+-]+)(\((?P<baseline>-?\d+)\))?(/(?P<unit>\S+))?")


@dataclass(frozen=True, slots=True)
class Signal:
    """One line of the header."""

    file: str
    format: str
    name: str
    unit: str
    gain: float
    """Counts per unit."""
    baseline: int
    """Count at zero."""

    @classmethod
    def parse(cls, line: str) -> "Signal":
        """Raises ``ValueError`` where the line is none."""
        file, kind, *rest = line.split(maxsplit=8)
        match = GAIN.fullmatch(rest[0]) if rest else None
        if rest and not match:
            raise ValueError(f"gain {rest[0]!r}")
        zero = int(rest[2]) if len(rest) > 2 else 0
        baseline = int(match["baseline"]) if match and match["baseline"] else zero
        gain = (float(match["gain"]) if match else 0.0) or DEFAULT_GAIN
        unit = (match["unit"] if match else None) or "mV"
        return cls(file, kind, rest[6] if len(rest) > 6 else "", unit, gain, baseline)


def read(path: Path) -> Recording:
    """The record of a header or of the data beside it. Raises ``RecordingError`` where they make no sense."""
    header = path.with_suffix(".hea")
    rate_hz, length, signals = _header(header)
    if {(signal.file, signal.format) for signal in signals} != {(signals[0].file, "16")}:
        raise RecordingError(f"{header}: only records of one file in format 16 are read; convert it, e.g. to EDF")
    scale = [microvolts_per(signal.unit) for signal in signals]
    known = all(scale)
    data = _data(header.with_name(signals[0].file), len(signals))
    factor = np.array([(uv or 1) / signal.gain for uv, signal in zip(scale, signals, strict=True)])
    baseline = np.array([signal.baseline for signal in signals])

    def rows(low: int, high: int) -> Samples:
        counts = data[low:high]
        return to_samples(np.where(counts == INVALID, np.nan, (counts - baseline) * factor))

    names = tuple(signal.name or f"ch{at}" for at, signal in enumerate(signals, 1))
    info = SourceInfo(header.stem, rate_hz, names, "uV" if known else "a.u.")
    return SegmentedRecording(info, [Segment(len(data), rows)], _notes(length, len(data), known))


def _header(path: Path) -> tuple[float, int, list[Signal]]:
    """Rate, samples promised (0: not said), signals."""
    try:
        lines = [line for line in path.read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")]
        record = lines[0].split()
        signals = [Signal.parse(line) for line in lines[1 : 1 + int(record[1])]]
        rate_hz = float(record[2].split("/")[0])
        length = int(record[3]) if len(record) > 3 else 0
    except OSError as error:
        raise RecordingError(f"{path} cannot be read ({error.strerror}); a record needs its .hea beside it") from error
    except (ValueError, IndexError) as error:
        raise RecordingError(f"{path} is no WFDB header ({error}); download the record again") from error
    if not signals or len(signals) != int(record[1]) or not rate_hz > 0:
        raise RecordingError(f"{path} describes no signals or no rate; download the record again")
    return rate_hz, length, signals


def _data(path: Path, channels: int) -> np.memmap[tuple[int, ...], np.dtype[np.int16]]:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise RecordingError(f"{path} cannot be read ({error.strerror}); a record needs its data") from error
    rows = size // (2 * channels)
    if not rows:
        raise RecordingError(f"{path} holds no sample; download the record again")
    return np.memmap(path, "<i2", "r", shape=(rows, channels))


def _notes(promised: int, rows: int, known: bool) -> list[str]:
    notes = [] if known else ["not every signal is a voltage; values are in the units of the header"]
    if promised > rows:
        notes.append(f"cut short: the header promises {promised} samples, {rows} are there")
    return notes
