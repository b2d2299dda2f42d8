"""What a board costs: processor time at its full rate, and the highest rate that one core could read."""

import multiprocessing as mp
import os
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import numpy.typing as npt

from drivers.boards import chords, cyton, emager, framed, text_lines
from drivers.boards.board import Board
from drivers.registry import SourceUri
from drivers.serial_port import SerialSource
from service.benchmarks.report import Report

MEASURES = """\
each board's own bytes through a pseudo-terminal into its driver. cpu %: share of one core that reading took while the \
bytes came at the board's rate, every 4 ms. samples/core: samples per channel that one core could read in a second, \
from the processor time spent while bytes came as fast as they were taken. lost: samples missing at the board's rate."""

TICK_S = 0.004
POLL_S = 0.02

Counters = npt.NDArray[np.int64]
Encode = Callable[[Counters, Counters], bytes]


@dataclass(frozen=True)
class Case:
    """A board and how it writes."""

    name: str
    from_uri: Callable[[SourceUri], Board]
    options: str
    encode: Encode
    """(counters, counts of (n, channel)) -> bytes."""

    def board(self) -> Board:
        """The board without its greeting: nobody answers here."""
        met = self.from_uri(SourceUri.parse(f"serial:///bench?{self.options}"))
        return replace(met, meet=None, start=b"", stop=b"")

    def write(self, first: int, count: int, board: Board) -> bytes:
        """The bytes of ``count`` samples."""
        numbers = np.arange(first, first + count)
        counts = 2 * ((numbers[:, None] + np.arange(len(board.info.channels))) % 400)
        return self.encode(numbers % board.period, counts)


def _emager(_: Counters, counts: Counters) -> bytes:
    return emager.encode(counts)


def _text(_: Counters, counts: Counters) -> bytes:
    return text_lines.encode(counts.astype(np.float32))


def _framed(channels: int) -> tuple[str, Encode]:
    """The options of a framed board, and how it writes."""
    layout = {"sync": b"\xa5\x5a", "counter": "u8", "channels": channels, "checksum": "sum8"}
    options = f"sync=A55A&counter=u8&channels={channels}&checksum=sum8&rate=2000&scale=0.1"
    return options, framed.frame(layout).encode


CASES = (
    Case("cyton, 8 at 250 Hz", cyton.from_uri, "", cyton.encode),
    Case("cyton-daisy, 16 at 125 Hz", cyton.with_daisy, "", cyton.encode_daisy),
    Case("chords, 6 at 500 Hz", chords.from_uri, "sent=6", partial(chords.encode, chords.Model(500.0, 6))),
    Case("text, 2 at 500 Hz", text_lines.from_uri, "rate=500&channels=2", _text),
    Case("emager, 64 at 1 kHz", emager.from_uri, "", _emager),
    Case("framed, 16 at 2 kHz", framed.from_uri, *_framed(16)),
    Case("framed, 64 at 2 kHz", framed.from_uri, *_framed(64)),
)


def drivers(seconds: float, json_file: Path | None) -> None:
    """Measure every board for ``seconds`` each at its own rate, then flat out."""
    report = Report("drivers", MEASURES, {"seconds": seconds})
    for number, case in enumerate(CASES):
        paced = _run(number, seconds, paced=True)
        flat_out = _run(number, min(seconds, 2.0), paced=False)
        rate_hz = case.board().info.rate_hz
        report.figures[case.name] = {
            "cpu %": 100 * paced.cpu_s / paced.wall_s,
            "samples/core": round(flat_out.samples / flat_out.cpu_s),
            "times its rate": flat_out.samples / flat_out.cpu_s / rate_hz,
            "lost": paced.lost,
        }
    report.show(json_file)


@dataclass(frozen=True)
class Cost:
    """What one run took."""

    samples: int
    lost: int
    cpu_s: float
    wall_s: float


def _run(number: int, seconds: float, *, paced: bool) -> Cost:
    board = CASES[number].board()
    with _writer(number, paced) as port, SerialSource(port, board) as source:
        while source.read(POLL_S) is None:
            pass
        samples = 0
        began, cpu_began = time.monotonic(), time.process_time()
        while time.monotonic() - began < seconds:
            if (chunk := source.read(POLL_S)) is not None:
                samples += len(chunk.samples)
        wall_s, cpu_s = time.monotonic() - began, time.process_time() - cpu_began
        return Cost(samples, source.losses.samples, cpu_s, wall_s)


@contextmanager
def _writer(number: int, paced: bool) -> Iterator[str]:
    """A process of its own that writes a board's bytes; yields the port to read them from."""
    here, there = mp.get_context("spawn").Pipe()
    process = mp.get_context("spawn").Process(target=_write, args=(number, paced, there), daemon=True)
    process.start()
    try:
        yield str(here.recv())
    finally:
        process.kill()
        process.join()


def _write(number: int, paced: bool, host: Connection) -> None:
    primary, secondary = os.openpty()
    tty.setraw(secondary)
    case, board = CASES[number], CASES[number].board()
    per_tick = max(1, round(board.info.rate_hz * TICK_S))
    period = board.period if board.period < 1 << 20 else 256
    ready = [case.write(first, per_tick, board) for first in range(0, per_tick * period, per_tick)]
    host.send(os.ttyname(secondary))
    began, tick = time.monotonic(), 0
    while True:
        data = ready[tick % len(ready)]
        while data:
            data = data[os.write(primary, data) :]
        tick += 1
        if paced:
            time.sleep(max(0.0, began + tick * per_tick / board.info.rate_hz - time.monotonic()))
