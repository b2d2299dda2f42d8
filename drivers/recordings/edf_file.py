"""The layout of EDF, EDF+, BDF and BDF+ files; the records stay on disk.

As in the specifications at edfplus.info and biosemi.com/faq/file_format.htm: a header of 256 bytes, 256 bytes per
signal, then data records with so many samples of each signal, 16 bits (EDF) or 24 bits (BDF). In the "+" kinds one
signal holds annotations, and a "D" in the header says that records do not follow each other in time.
"""

from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np
import numpy.typing as npt

from drivers.errors import RecordingError

Bytes = npt.NDArray[np.uint8]
Annotation = tuple[float, str]

#: Name and width of each field in the header of a signal, in order.
SIGNAL_FIELDS = {
    "label": 16,
    "transducer": 80,
    "unit": 8,
    "physical_min": 8,
    "physical_max": 8,
    "digital_min": 8,
    "digital_max": 8,
    "filter": 80,
    "samples": 8,
    "reserved": 32,
}


@dataclass(frozen=True, slots=True)
class EdfSignal:
    """One signal, as the header describes it."""

    label: str
    unit: str
    samples: int
    """In each record."""
    start: int
    """Of its first byte in a record."""
    width: int
    """Bytes in a sample: 2 or 3."""
    gain: float
    """Units per count."""
    offset: float
    """Units at count zero."""

    @property
    def annotates(self) -> bool:
        """Whether it holds annotations instead of samples."""
        return self.label in ("EDF Annotations", "BDF Annotations")

    def bytes_in(self, records: Bytes) -> Bytes:
        """(R, record) -> (R, its bytes)."""
        return records[:, self.start : self.start + self.samples * self.width]

    def values_in(self, records: Bytes) -> npt.NDArray[np.float64]:
        """(R, record) bytes -> (R * samples,) values in its unit."""
        raw = self.bytes_in(records).reshape(-1, self.width)
        wide = np.zeros((len(raw), 4), np.uint8)
        wide[:, 4 - self.width :] = raw  # little-endian, moved to the top so that the sign is right
        counts = wide.view("<i4").ravel() >> (8 * (4 - self.width))
        return np.asarray(counts * self.gain + self.offset, np.float64)


@dataclass(frozen=True, slots=True)
class EdfFile:
    """Header and records of a file."""

    signals: tuple[EdfSignal, ...]
    record_s: float
    records: Bytes
    """(record, byte), on disk."""
    promised: int
    """Records that the header promises; -1 where it was never completed."""
    discontinuous: bool

    @classmethod
    def open(cls, path: Path) -> "EdfFile":
        """Raises ``RecordingError`` where the header makes no sense or no complete record follows."""
        try:
            return cls._open(path)
        except (ValueError, ZeroDivisionError) as error:
            raise RecordingError(f"{path} has a damaged header ({error}); copy or record it again") from error

    @classmethod
    def _open(cls, path: Path) -> "EdfFile":
        with path.open("rb") as file:
            main = file.read(256)
            count = int(main[252:256])
            header = file.read(256 * count)
        if len(header) < 256 * count or count < 1:
            raise ValueError("it is cut short")
        signals, record_s = _signals(header, count, 3 if main[0] == 0xFF else 2), float(main[244:252])
        start, size = 256 * (count + 1), sum(signal.samples * signal.width for signal in signals)
        records = (path.stat().st_size - start) // size
        if records < 1 or record_s <= 0 or min(signal.samples for signal in signals) < 0:
            raise ValueError("no complete record follows")
        data = np.memmap(path, np.uint8, "r", start, (records, size))
        discontinuous = main[192:197] in (b"EDF+D", b"BDF+D")
        return cls(signals, record_s, data, int(main[236:244]), discontinuous)

    def onsets(self) -> npt.NDArray[np.float64]:
        """(R,) start of each record in seconds, from the first one. Raises ``ValueError`` where it is not stated."""
        keeper = next((signal for signal in self.signals if signal.annotates), None)
        if keeper is None:
            raise ValueError("its records follow no time, and no annotations tell it")
        starts = np.array([float(annotation_lists(row)[0][0]) for row in keeper.bytes_in(self.records)])
        return np.asarray(starts - starts[0])

    def annotations(self) -> list[Annotation]:
        """(seconds from the first record, text) of every annotation, in order of time. Raises ``ValueError``."""
        found: list[Annotation] = []
        for signal in (signal for signal in self.signals if signal.annotates):
            for row in signal.bytes_in(self.records):
                found += [(float(onset), text) for onset, texts in annotation_lists(row) for text in texts]
        return sorted(found)


def annotation_lists(row: Bytes) -> list[tuple[str, list[str]]]:
    r"""(onset, texts) of each list in a record's annotations: ``+onset[\x15duration]\x14text\x14...\x14\x00``."""
    lists = []
    for entry in row.tobytes().split(b"\x00"):
        onset, *texts = entry.split(b"\x14")
        if texts:
            words = [text.decode("utf-8", "replace") for text in texts if text]
            lists.append((onset.split(b"\x15")[0].decode("ascii", "replace"), words))
    return lists


def _signals(header: bytes, count: int, width: int) -> tuple[EdfSignal, ...]:
    columns: dict[str, list[str]] = {}
    at = 0
    for name, size in SIGNAL_FIELDS.items():
        field = header[at : at + size * count]
        columns[name] = [field[size * row : size * (row + 1)].decode("latin-1").strip() for row in range(count)]
        at += size * count
    samples = [int(text) for text in columns["samples"]]
    starts = accumulate((width * number for number in samples), initial=0)
    return tuple(
        _signal({name: texts[row] for name, texts in columns.items()}, start, width)
        for row, start in zip(range(count), starts, strict=False)
    )


def _signal(fields: dict[str, str], start: int, width: int) -> EdfSignal:
    low, high = float(fields["physical_min"]), float(fields["physical_max"])
    bottom, top = int(fields["digital_min"]), int(fields["digital_max"])
    gain = (high - low) / (top - bottom)
    samples = int(fields["samples"])
    return EdfSignal(fields["label"], fields["unit"], samples, start, width, gain, low - bottom * gain)
