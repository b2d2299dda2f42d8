"""The envelope of a recording, read from the disk column by column; see ``service/envelope.py`` for how it is sent."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.recordings.recording import Recording
from models.pipeline.filters import StreamFilter, design
from models.pipeline.recognizer import finite_runs
from models.spec import FilterSpec
from service.envelope import Block
from service.recordings.opened import Opened

#: Seconds before the first column from which the filter has settled.
SETTLING_S: Final = 0.5
#: Samples that are filtered at a time: recordings keep the few that arrived together.
PIECE: Final = 4096
#: Columns that are sent at a time.
COLUMNS: Final = 64

Samples = npt.NDArray[np.float32]


def envelope_of(recording: Recording, opened: Opened, start: int, stop: int, column: int) -> Iterator[bytes]:
    """Blocks of the samples from ``start`` to ``stop``, counted from the first one, behind a filter of 20 to 450 Hz.

    Columns stand on a grid of ``column`` samples from ``start`` on; one without samples is left out.
    """
    columns = _Columns(opened.first + start, opened.first + stop, column)
    for first, samples in _filtered(recording, opened.first, opened.first + start, opened.first + stop):
        for block in columns.feed(samples, first):
            yield Block(block.first - opened.first, block.least, block.greatest).bytes(column)
    for block in columns.rest():
        yield Block(block.first - opened.first, block.least, block.greatest).bytes(column)


def _filtered(recording: Recording, begin: int, start: int, stop: int) -> Iterator[tuple[int, Samples]]:
    """(index of the first, samples) without a hole, behind the filter, which begins anew after each hole."""
    rate = recording.info.rate_hz
    filters = _filter(rate)
    expected: int | None = None
    for first, piece in _pieces(recording, max(begin, start - round(SETTLING_S * rate)), stop):
        for index, run in finite_runs(piece, first):
            if index != expected:
                filters.reset()
            expected = index + len(run)
            yield index, filters(run).astype(np.float32, copy=False)


def _filter(rate_hz: float) -> StreamFilter:
    """As models see a signal, but with the hum of the mains left in; of a slow signal as much as there is."""
    band = FilterSpec(low_hz=min(20.0, rate_hz / 10), high_hz=min(450.0, 0.45 * rate_hz), mains_hz=None)
    return StreamFilter(design(band, rate_hz))


def _pieces(recording: Recording, start: int, stop: int) -> Iterator[tuple[int, Samples]]:
    """Consecutive samples, joined to some thousands."""
    waiting: list[Samples] = []
    first = arrives = start
    for block in recording.blocks(start):
        if waiting and (block.first != arrives or arrives - first >= PIECE):
            yield first, np.concatenate(waiting)
            waiting = []
        if block.first >= stop:
            break
        if not waiting:
            first = block.first
        arrives = block.first + len(block.samples)
        waiting.append(block.samples[: stop - block.first].astype(np.float32, copy=False))
    if waiting:
        yield first, np.concatenate(waiting)


class _Columns:
    """Takes runs of samples, gives blocks of columns."""

    def __init__(self, start: int, stop: int, column: int) -> None:
        self._start, self._stop, self._column = start, stop, column
        self._from = 0  # number of the first column that waits
        self._least: list[Samples] = []
        self._greatest: list[Samples] = []

    def feed(self, samples: Samples, first: int) -> Iterator[Block]:
        """Take (time, channel) samples; yield what is complete."""
        samples = samples[max(0, self._start - first) : max(0, self._stop - first)]
        if not len(samples):
            return
        first = max(first, self._start) - self._start
        number, within = divmod(first, self._column)
        edges = np.arange(self._column - within, len(samples), self._column)
        edges = np.concatenate([[0], edges])
        least, greatest = np.minimum.reduceat(samples, edges), np.maximum.reduceat(samples, edges)
        for at in range(len(edges)):
            yield from self._put(number + at, least[at], greatest[at])

    def _put(self, number: int, least: Samples, greatest: Samples) -> Iterator[Block]:
        last = self._from + len(self._least) - 1
        if self._least and number == last:
            self._least[-1] = np.minimum(self._least[-1], least)
            self._greatest[-1] = np.maximum(self._greatest[-1], greatest)
            return
        if self._least and (number != last + 1 or len(self._least) == COLUMNS):
            yield from self.rest()
        if not self._least:
            self._from = number
        self._least.append(least)
        self._greatest.append(greatest)

    def rest(self) -> Iterator[Block]:
        """What waits."""
        if self._least:
            first = self._start + self._from * self._column
            yield Block(first, np.stack(self._least), np.stack(self._greatest))
            self._least, self._greatest = [], []
