"""A signal as it is drawn: the least and the greatest value of each channel, column by column."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from models.pipeline.filters import StreamFilter, design
from models.pipeline.recognizer import finite_runs
from models.pipeline.ring import Windower
from models.spec import FilterSpec

Samples = npt.NDArray[np.floating]

#: Index of the first sample, samples of a column, columns, channels.
HEADER: Final = struct.Struct("<QIHH")


@dataclass(frozen=True, slots=True)
class Layout:
    """How samples become columns, and columns blocks."""

    rate_hz: float
    channels: int
    column: int
    """Samples of a column."""
    columns: int
    """Columns of a block."""

    @classmethod
    def of(cls, rate_hz: float, channels: int, blocks_hz: float, columns: int) -> "Layout":
        """So many blocks a second, as near as whole samples allow."""
        return cls(rate_hz, channels, max(1, round(rate_hz / (blocks_hz * columns))), columns)


@dataclass(frozen=True, slots=True)
class Block:
    """Some columns without a hole."""

    first: int
    """Index of the first sample."""
    least: npt.NDArray[np.float32]
    """(column, channel) microvolts."""
    greatest: npt.NDArray[np.float32]
    """(column, channel) microvolts."""

    def bytes(self, column: int) -> bytes:
        """The block as it is sent; ``column``: samples of one. Numbers are little-endian."""
        pairs = np.stack([self.least, self.greatest], axis=-1).astype("<f4")  # (column, channel, 2)
        return HEADER.pack(self.first, column, *self.least.shape) + pairs.tobytes()


class Envelope:
    """Takes a stream, behind the filter that the model sees it through; any chunking gives the same blocks."""

    def __init__(self, layout: Layout, filters: FilterSpec) -> None:
        self.layout = layout
        size = layout.column * layout.columns
        self._filter = StreamFilter(design(filters, layout.rate_hz))
        self._windower = Windower(size, size, layout.channels)
        self._start = 0
        self._next: int | None = None

    def feed(self, samples: Samples, first: int) -> Iterator[Block]:
        """Take (time, channel) microvolts whose first has the index ``first``; no block spans a gap."""
        for index, run in finite_runs(samples.astype(np.float32, copy=False), first):
            if index != self._next:
                self._filter.reset()
                self._windower.reset()
                self._start = index
            self._next = index + len(run)
            for end, window in self._windower.feed(self._filter(run)):
                yield self._block(self._start + end - len(window), window)

    def _block(self, first: int, window: npt.NDArray[np.float32]) -> Block:
        columns = window.reshape(self.layout.columns, self.layout.column, self.layout.channels)
        return Block(first, columns.min(axis=1), columns.max(axis=1))
