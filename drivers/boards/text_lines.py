r"""Lines of text, as Arduino sketches print them: ``512,498\n``, ``512 498``, ``A0:512;A1:498``.

Any of comma, semicolon, bar, tab and space separates; a word before a colon is a label (the form that the serial
plotter of the Arduino IDE reads: arduino/Arduino, build/shared/ArduinoSerialPlotterProtocol.md); the first column may
be a time, which shows missing rows, the drift of the clock and, where it is fine enough, when each sample was taken; a
header names the channels. Lines that are no such row are skipped, and each counts as one lost sample. Samples are as
printed, ``a.u.``.

Text has no check: a lost digit that leaves a valid row is a wrong value that no parser can see. For more than a first
try, send frames with a checksum (``board=framed``).
"""

import re
from collections import Counter
from functools import partial

import numpy as np

from drivers.boards.board import Ask, Board, Packets, Talk, numbered
from drivers.errors import SourceUnavailable, SourceUnknown
from drivers.registry import SourceUri
from drivers.source import Losses, Samples, SourceInfo

LONGEST_LINE = 1024
#: option ``time`` -> units of the first column in a second
TIME_UNITS = {"none": 0, "s": 1, "ms": 1_000, "us": 1_000_000}
SEPARATOR = rb"(?:[ \t]*[,;|][ \t]*|[ \t]+)"
NUMBER = rb"(?:[A-Za-z_]\w{0,30}:[ \t]*)?([+-]?\d{1,12}(?:\.\d{0,12})?)"
FINE = 50  # ticks of the time column in a step: from so many on, it tells when each sample was taken
LATE = 1.75  # steps of the time column after which a row is missing; the clocks of sketches jitter


class TextParser:
    """Lines in, packets out. With a ``time_step`` the first column is a time that usually grows by so much."""

    def __init__(self, channels: int, time_step: float = 0.0) -> None:
        self.losses = Losses()
        columns = channels + (time_step > 0)
        self._row = re.compile(rb"[ \t]*" + SEPARATOR.join([NUMBER] * columns) + SEPARATOR + rb"?\r?")
        self._channels = channels
        self._time_step = time_step
        self._time = 0.0
        self._steps = 0.0  # time since the first row; unlike the column, it never falls
        self._rest = b""
        self._cut = True  # the beginning of the first line may be missing, as that of one that was too long
        self._next = 0
        self._missed = 0

    def feed(self, data: bytes) -> Packets:
        """The packets that ``data`` completes."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        rows = [row for row in map(self._read, lines) if row]
        if len(self._rest) > LONGEST_LINE:
            self.forget()
        counters = np.array([row[0] for row in rows], np.int64)
        times = np.array([row[1] for row in rows], np.float64) if self._time_step else None
        values = [row[-self._channels :] for row in rows]
        return Packets(counters, np.array(values, np.float32).reshape(-1, self._channels), times)

    def forget(self) -> None:
        """Drop what is half received."""
        self._skip(len(self._rest))
        self._rest, self._cut = b"", True

    def _read(self, line: bytes) -> list[float] | None:
        """A row as its number, its steps since the first row, and its columns."""
        match = None if self._cut or len(line) > LONGEST_LINE else self._row.fullmatch(line)
        self._cut = False
        if match is None:
            self._refuse(line)
            return None
        row = [float(number) for number in match.groups()]
        if self._next:
            missing = max(self._missed, self._late(row[0]))
            self._next += missing
            self._steps += self._grown(row[0]) or missing + 1
        self._missed, self._time = 0, row[0]
        self._next += 1
        return [self._next - 1, self._steps, *row]

    def _late(self, time: float) -> int:
        """Rows that are missing before ``time``; one where the clock began anew."""
        if not self._time_step:
            return 0
        steps = self._grown(time)
        if not steps:
            return 1
        return round(steps) - 1 if steps >= LATE else 0

    def _grown(self, time: float) -> float:
        """Steps by which the time column grew; zero where it did not."""
        return max(time - self._time, 0.0) / self._time_step if self._time_step else 0.0

    def _refuse(self, line: bytes) -> None:
        if self._next:
            self.losses.packets += 1
            self._missed += 1
        self._skip(len(line) + 1)

    def _skip(self, count: int) -> None:
        if self._next:
            self.losses.bytes += count


def encode(samples: Samples, separator: str = ",") -> bytes:
    """What a sketch prints for whole-numbered samples (n, column)."""
    return "".join(separator.join(f"{value:.0f}" for value in row) + "\r\n" for row in samples).encode()


def from_uri(uri: SourceUri) -> Board:
    """``serial:///dev/ttyACM0?board=text&rate=500``.

    Options: ``rate`` in rows a second, needed; ``channels``, found by listening where it is not given; ``time``, the
    unit of the first column if that is a time (s, ms, us).
    """
    rate_hz = uri.take("rate", 0.0, float)
    channels = uri.take("channels", 0, int)
    units = uri.take("time", 0, lambda unit: TIME_UNITS[unit] if unit in TIME_UNITS else int(unit))
    if rate_hz <= 0:
        raise SourceUnknown(f"{uri.text}: text lines do not tell their rate; add rate=500 if 500 lines come a second")
    if channels:
        return _board(numbered(channels), rate_hz, units)
    return _board(("ch1",), rate_hz, units, partial(_meet, uri, rate_hz, units))


def _board(labels: tuple[str, ...], rate_hz: float, units: int, meet: partial[Talk] | None = None) -> Board:
    return Board(
        info=SourceInfo("text lines", rate_hz, labels, unit="a.u."),
        parser=partial(TextParser, len(labels), units / rate_hz),
        bauds=(115200,),
        fine_times=units / rate_hz >= FINE,
        meet=meet,
    )


def _meet(uri: SourceUri, rate_hz: float, units: int) -> Talk:
    """Listen for some lines: rows tell the number of channels, a header their names."""
    heard = yield Ask(b"", b"\n", timeout_s=3.0, times=12)
    lines = [re.split(SEPARATOR, line.strip()) for line in heard.split(b"\n")[1:-1]]
    lengths = Counter(len(line) for line in lines if all(re.fullmatch(NUMBER, field) for field in line))
    if not lengths:
        raise SourceUnavailable(
            f"{uri.target}: no rows of numbers come (heard {heard[-40:]!r}); check baud=, or press reset on the board"
        )
    columns = lengths.most_common(1)[0][0]
    headers = [line for line in lines if len(line) == columns and all(re.fullmatch(rb"[A-Za-z]\w*", f) for f in line)]
    labels = tuple(field.decode() for field in headers[-1]) if headers else numbered(columns)
    return _board(labels[1:] if units else labels, rate_hz, units)
