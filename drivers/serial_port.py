"""Boards on a serial port: one thin transport for every wire format of ``drivers.boards``.

    serial:///dev/ttyUSB0?board=cyton
    serial:///dev/ttyACM0?board=framed&layout=band.toml

``board`` is a name of ``drivers.boards.BOARDS``, ``baud`` overrides its speed, other options belong to the board.
"""

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches
from importlib import import_module
from itertools import pairwise
from types import TracebackType
from typing import Self

import numpy as np

from drivers.boards import BOARDS
from drivers.boards.board import NEVER, Ask, Board, Packets, Parser
from drivers.boards.sample_index import SampleIndex
from drivers.errors import SourceLost, SourceUnavailable, SourceUnknown
from drivers.registry import SourceUri
from drivers.serial_line import SerialLine
from drivers.source import Chunk, Losses, SourceInfo

STALL_S = 1.0  # so long without a packet, and the board is told to start again
UNCOUNTED_S = 0.1  # so long, and a board without a counter may have lost samples: no window may span it
STARTS = 3  # an Arduino that is reset by opening its port sleeps through the first two seconds
LONGEST_ANSWER = 65536


class SerialSource:
    """A board on a serial port."""

    def __init__(self, port: str, board: Board) -> None:
        self._name = port
        self._kind = board
        self._board = board
        self._parser: Parser = board.parser()
        self._index = SampleIndex(board.period, self._parser.losses)
        self._line: SerialLine | None = None
        self._chunks: deque[Chunk] = deque()
        self._silent_s = 0.0
        self._heard = 0

    @property
    def info(self) -> SourceInfo:
        """What the board is; known once the source is open."""
        return self._board.info

    @property
    def losses(self) -> Losses:
        """Counts since the source was opened."""
        return self._parser.losses

    def __enter__(self) -> Self:
        """Open the port, meet the board, make it stream. Raises ``SourceUnavailable``."""
        failure = SourceUnavailable(f"{self._name}: the board has no speed to try; give baud=")
        for baud in self._kind.bauds:
            try:
                self._open(baud)
            except SourceUnavailable as error:
                failure = error
            else:
                return self
        raise failure

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the board and release the port."""
        if self._line is None:
            return
        try:
            self._send(self._board.stop)
        except SourceLost:
            pass  # a board that is gone needs no stop
        finally:
            self._close()

    def read(self, timeout_s: float) -> Chunk | None:
        """The next samples, or ``None``. Raises ``SourceLost`` when the cable is pulled."""
        end = time.monotonic() + timeout_s
        while not self._chunks:
            self._take(self._receive(max(end - time.monotonic(), 0.0)))
            if not self._chunks and time.monotonic() >= end:
                self._silence(timeout_s)
                return None
        return self._chunks.popleft()

    def _open(self, baud: int) -> None:
        self._silent_s, self._heard = 0.0, 0
        self._line = SerialLine(self._name, baud)
        try:
            self._board = self._meet()
            self._parser = self._board.parser()
            self._index = SampleIndex(self._board.period, self._parser.losses)
            self._send(self._board.start)
            self._await_first()
        except SourceLost as error:
            self._close()
            raise SourceUnavailable(str(error)) from error
        except BaseException:
            self._close()
            raise

    def _close(self) -> None:
        self._chunks.clear()
        if self._line is not None:
            self._line.close()
            self._line = None

    def _meet(self) -> Board:
        if self._kind.meet is None:
            return self._kind
        talk = self._kind.meet()
        try:
            question = next(talk)
            while True:
                question = talk.send(self._answer(question))
        except StopIteration as end:
            board: Board = end.value
            return board

    def _answer(self, ask: Ask) -> bytes:
        self._send(ask.send)
        answer, end = b"", time.monotonic() + ask.timeout_s
        while answer.count(ask.until) < ask.times and len(answer) < LONGEST_ANSWER and time.monotonic() < end:
            answer += self._receive(max(end - time.monotonic(), 0.0))
        return answer

    def _await_first(self) -> None:
        """A port may be open and silent, or speak another language: better said now than never."""
        for _ in range(STARTS):
            chunk = self.read(STALL_S)
            if chunk is not None:
                self._chunks.appendleft(chunk)
                return
        heard = f"{self._heard} bytes came, but none are its packets" if self._heard else "it sends nothing"
        raise SourceUnavailable(
            f"{self._name}: no {self._board.info.name} there: {heard}; "
            "check that it is switched on, and board= and baud= in the source"
        )

    def _receive(self, timeout_s: float) -> bytes:
        data = self._opened().receive(timeout_s)
        self._heard += len(data)
        return data

    def _send(self, data: bytes) -> None:
        self._opened().send(data)

    def _opened(self) -> SerialLine:
        if self._line is None:
            raise SourceUnavailable(f"{self._name} is not open; enter the source using 'with'")
        return self._line

    def _silence(self, seconds: float) -> None:
        """Only time spent waiting counts: a reader that was busy elsewhere did not hear silence."""
        stalls = int(self._silent_s / STALL_S)
        self._silent_s += seconds
        if int(self._silent_s / STALL_S) > stalls:
            self._parser.forget()
            self._send(self._board.start)

    def _take(self, data: bytes) -> None:
        packets = self._parser.feed(data)
        if not len(packets.counters):
            return
        if self._silent_s >= (UNCOUNTED_S if self._board.period == NEVER else STALL_S):
            self._index.restart(round(self._silent_s * self._board.info.rate_hz))
        self._silent_s = 0.0
        self._chunks.extend(self._consecutive(packets, time.monotonic_ns()))

    def _consecutive(self, packets: Packets, arrived_ns: int) -> Iterator[Chunk]:
        """Chunks without a hole inside."""
        indices, samples = self._index(packets.counters), packets.samples
        times = indices if packets.times is None else packets.times
        fresh = indices >= 0
        if not fresh.all():
            indices, samples, times = indices[fresh], samples[fresh], times[fresh]
        rate_hz = self._board.info.rate_hz
        holes = (np.flatnonzero(indices[1:] - indices[:-1] != 1) + 1).tolist()
        for start, end in pairwise([0, *holes, len(indices)]):
            if start < end:
                first, rows, device_s = int(indices[start]), samples[start:end], float(times[start]) / rate_hz
                times_s = times[start:end] / rate_hz if self._board.fine_times else None
                yield Chunk(first, rows, arrived_ns, device_s, times_s=times_s)


def from_uri(uri: SourceUri) -> SerialSource:
    """The source of ``serial://PORT?board=NAME&...``. Raises ``SourceUnknown``."""
    name = uri.take("board", "", str)
    if name not in BOARDS:
        near = get_close_matches(name, BOARDS, n=1)
        hint = f"did you mean board={near[0]}?" if near else f"known: {', '.join(BOARDS)}"
        raise SourceUnknown(f"{uri.text}: board={name} is not known; {hint}")
    module, function = BOARDS[name]
    board: Board = getattr(import_module(module), function)(uri)
    baud = uri.take("baud", 0, int)
    uri.done()
    return SerialSource(uri.target, replace(board, bauds=(baud,)) if baud else board)
