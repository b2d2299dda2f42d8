"""Writes BDF+ and EDF+ record by record, so that hours of many channels need no more memory than one second.

Layout as in the specifications at edfplus.info/specs/edfplus.html, biosemi.com/faq/file_format.htm and
teuniz.net/edfbrowser/bdfplus format description.html; reading is in ``edf_file``. The library edfio is not used here
because it wants all signals in memory at once (edfio 0.4.18, ``Bdf.write``); the tests read with it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from drivers.errors import RecordingError
from drivers.recordings.edf_file import SIGNAL_FIELDS

Values = npt.NDArray[np.floating]

#: Bytes per sample, by the suffix of the file.
WIDTHS = {".bdf": 3, ".edf": 2}
MOST_RECORDS = 99_999_999
#: What EDF+ takes for "not known".
UNKNOWN_START = datetime(1985, 1, 1)
#: Not those of the user's language.
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


@dataclass(frozen=True, slots=True)
class Annotation:
    """A word at a time."""

    onset_s: float
    """Since the first sample; not negative."""
    duration_s: float | None
    text: str

    def encode(self) -> bytes:
        """As a list of annotations with one entry, in which bytes that have a meaning there become spaces."""
        duration = "" if self.duration_s is None else f"\x15{_plain(self.duration_s)}"
        text = "".join(letter if letter >= " " else " " for letter in self.text)
        return f"+{_plain(self.onset_s)}{duration}\x14{text}\x14\x00".encode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class EdfLayout:
    """What the header of a file says of its signals. C channels."""

    suffix: str
    labels: tuple[str, ...]
    """(C,) at most 16 printable ASCII characters each."""
    unit: str
    record_rows: int
    """Samples of each channel in a record."""
    record_s: Decimal
    """Seconds in a record."""
    low: npt.NDArray[np.float64]
    """(C,) value of the lowest count."""
    high: npt.NDArray[np.float64]
    """(C,) value of the highest count."""

    @property
    def width(self) -> int:
        """Bytes in a sample."""
        return WIDTHS[self.suffix]

    @property
    def top(self) -> int:
        """Highest count; the lowest is ``-top - 1``."""
        return int(2 ** (8 * self.width - 1) - 1)

    @property
    def step(self) -> npt.NDArray[np.float64]:
        """(C,) value of one count: rounding costs half of it."""
        return (self.high - self.low) / (2 * self.top + 1)

    @property
    def rate_hz(self) -> float:
        """Samples per second, as the file states them."""
        return float(self.record_rows / self.record_s)


def record_of(rate_hz: float) -> tuple[int, Decimal]:
    """Samples and seconds of a record of about a second; seconds must be stated in eight characters."""
    exact = Fraction(rate_hz).limit_denominator(16)
    if exact > 0 and abs(float(exact) - rate_hz) <= 1e-9 * rate_hz:
        return exact.numerator, Decimal(exact.denominator)
    rows = max(1, round(rate_hz))
    return rows, Decimal(_eight(rows / rate_hz, ROUND_FLOOR))


def scale_of(low: Values, high: Values) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """(C,) lowest and highest values -> the nearest ones outside them that a header can state.

    Raises ``RecordingError`` where a value is too large for one.
    """
    lows = [float(_eight(float(value), ROUND_FLOOR)) for value in low]
    highs = [float(_eight(float(value), ROUND_CEILING)) for value in high]
    wide = [bottom + 1 if top <= bottom else top for bottom, top in zip(lows, highs, strict=True)]
    return np.array(lows), np.array(wide)


class EdfWriter:
    """Writes the header, then records as soon as they are full; ``close`` fills the last one up."""

    def __init__(self, file: BinaryIO, layout: EdfLayout, rows: int, annotations: Sequence[Annotation]) -> None:
        """Raises ``RecordingError`` where ``rows`` samples are more than a file can hold."""
        self._file = file
        self._layout = layout
        self._records = -(-rows // layout.record_rows)
        if self._records > MOST_RECORDS:
            raise RecordingError(f"{rows} samples are too many for {layout.suffix}; export them in parts")
        self._words: dict[int, bytes] = defaultdict(bytes)
        for annotation in annotations:
            record = int(annotation.onset_s / float(layout.record_s))
            self._words[min(record, self._records - 1)] += annotation.encode()
        longest = max(map(len, self._words.values()), default=0) + len(self._time(self._records))
        self._words_rows = -(-longest // layout.width)
        self._fill = np.clip(0.0, layout.low, layout.high)
        self._record = np.empty((layout.record_rows, len(layout.labels)))
        self._filled = 0
        self._written = 0

    def begin(self, started: datetime | None, device: str) -> None:
        """Write the header; ``started`` is ``None`` where it is not known."""
        self._file.write(_main_header(self._layout, self._records, started, device))
        self._file.write(_signal_headers(self._layout, self._words_rows))

    def write(self, samples: Values) -> None:
        """Samples (time, channel) that follow; a value that is not finite becomes the one nearest to zero."""
        while len(samples):
            part = samples[: len(self._record) - self._filled]
            self._record[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            samples = samples[len(part) :]
            if self._filled == len(self._record):
                self._flush()

    def skip(self, rows: int) -> None:
        """Missing samples: each channel's value nearest to zero stands for them."""
        self.write(np.broadcast_to(self._fill, (rows, len(self._fill))))

    def close(self) -> int:
        """Fill the last record up. Returns the samples that this took."""
        missing = -self._filled % len(self._record)
        self.skip(missing)
        return missing

    def _flush(self) -> None:
        layout = self._layout
        values = np.where(np.isfinite(self._record), self._record, self._fill)
        counts = np.rint((values - layout.low) / layout.step) - layout.top - 1
        wide = np.ascontiguousarray(np.clip(counts, -layout.top - 1, layout.top).T, "<i4")
        self._file.write(wide.view(np.uint8).reshape(-1, 4)[:, : layout.width].tobytes())
        words = self._time(self._written) + self._words.get(self._written, b"")
        self._file.write(words.ljust(self._words_rows * layout.width, b"\x00"))
        self._written += 1
        self._filled = 0

    def _time(self, record: int) -> bytes:
        """What the annotations of a record begin with."""
        return f"+{record * self._layout.record_s:f}\x14\x14\x00".encode()


def _main_header(layout: EdfLayout, records: int, started: datetime | None, device: str) -> bytes:
    count = len(layout.labels) + 1
    date = "X" if started is None else f"{started.day:02}-{MONTHS[started.month - 1]}-{started.year}"
    equipment = "_".join("".join(letter if " " <= letter <= "~" else "?" for letter in device).split()) or "X"
    start = started or UNKNOWN_START
    fields = (
        ("X X X X", 80),  # the subject: nothing is known
        (f"Startdate {date} X X {equipment}"[:80], 80),
        (start.strftime("%d.%m.%y"), 8),
        (start.strftime("%H.%M.%S"), 8),
        (256 * (count + 1), 8),
        (f"{_kind(layout)}+C", 44),
        (records, 8),
        (layout.record_s, 8),
        (count, 4),
    )
    identification = b"\xffBIOSEMI" if layout.suffix == ".bdf" else b"0       "
    return identification + b"".join(_field(value, width) for value, width in fields)


def _signal_headers(layout: EdfLayout, words_rows: int) -> bytes:
    count = len(layout.labels)
    values: dict[str, Sequence[object]] = {
        "label": [*layout.labels, f"{_kind(layout)} Annotations"],
        "unit": [layout.unit] * count + [""],
        "physical_min": [*(_eight(float(low), ROUND_FLOOR) for low in layout.low), "-1"],
        "physical_max": [*(_eight(float(high), ROUND_CEILING) for high in layout.high), "1"],
        "digital_min": [-layout.top - 1] * (count + 1),
        "digital_max": [layout.top] * (count + 1),
        "samples": [layout.record_rows] * count + [words_rows],
    }
    nothing = [""] * (count + 1)
    return b"".join(_field(value, size) for name, size in SIGNAL_FIELDS.items() for value in values.get(name, nothing))


def _kind(layout: EdfLayout) -> str:
    return layout.suffix[1:].upper()


def _field(value: object, width: int) -> bytes:
    return str(value).encode("ascii").ljust(width)


def _plain(value: float) -> str:
    return np.format_float_positional(value, trim="-")


def _eight(value: float, rounding: str) -> str:
    """A number in eight characters, rounded up or down; one that has them already stays."""
    exact = Decimal(repr(value))
    for decimals in range(6, -1, -1):
        text = f"{exact.quantize(Decimal(1).scaleb(-decimals), rounding):f}"
        if len(text) <= 8:
            return text
    raise RecordingError(f"{value:g} is too large for the header of an EDF or BDF file; check the unit")
