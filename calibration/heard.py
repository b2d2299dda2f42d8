"""What a calibration remembers of a signal: its amplitude, how good it was, and where samples are missing.

It is fed with everything and keeps the last seconds, for a hold may begin in the middle of a chunk and is only judged
when it is over. So the pieces in which a stream arrives change nothing.
"""

from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from calibration.onset import BLOCK_S, Block, Envelope, RestLevel, Span
from calibration.quality import Quality, QualityMonitor, average
from models.pipeline.recognizer import finite_runs
from models.spec import ModelSpec

Samples = npt.NDArray[np.floating]
Item = TypeVar("Item")


class Recent(Generic[Item]):
    """What was known after which sample, of the last ``keep`` samples."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._items: deque[tuple[int, Item]] = deque()

    def add(self, last: int, item: Item) -> None:
        """Remember what ends with the sample ``last``; forget what is too old."""
        self._items.append((last, item))
        while self._items[0][0] < last - self._keep:
            self._items.popleft()

    def __iter__(self) -> Iterator[tuple[int, Item]]:
        return iter(self._items)

    def pairs(self, span: Span, size: int) -> list[tuple[int, Item]]:
        """Index and item of those whose ``size`` samples lie wholly within."""
        return [(last, item) for last, item in self._items if span.start + size - 1 <= last < span.stop]

    def within(self, span: Span, size: int) -> list[Item]:
        """The items alone."""
        return [item for _, item in self.pairs(span, size)]


class Heard:
    """The last ``keep_s`` seconds of a signal."""

    def __init__(self, spec: ModelSpec, keep_s: float, block_s: float = BLOCK_S, *, keep_raw: bool = False) -> None:
        """``block_s``: over how many seconds each amplitude is taken.

        ``keep_raw``: whether the user consented; otherwise no sample is remembered.
        """
        self._channels, self._keep_raw = spec.channels, keep_raw
        self._envelope = Envelope(spec.filters, spec.rate_hz, spec.channels, block_s)
        self._monitor = QualityMonitor(spec.rate_hz, spec.channels)
        keep = round(keep_s * spec.rate_hz)
        self._blocks = Recent[Block](keep)
        self._qualities = Recent[Quality](keep)
        self._runs = Recent[Span](keep)
        self._raw = Recent[Samples](keep)

    @property
    def block(self) -> int:
        """Samples of an amplitude."""
        return self._envelope.size

    def feed(self, samples: Samples, first: int) -> list[Quality]:
        """Take (time, channel) unfiltered microvolts whose first has the index ``first``; say how good they are."""
        qualities = list(self._monitor.feed(samples, first))
        for quality in qualities:
            self._qualities.add(quality.last, quality)
        for block in self._envelope.feed(samples, first):
            self._blocks.add(block.last, block)
        for index, run in finite_runs(samples, first):
            self._runs.add(index + len(run) - 1, Span(index, index + len(run)))
            if self._keep_raw:
                self._raw.add(index + len(run) - 1, run.astype(np.float32))  # a copy: chunks may be views of a buffer
        return qualities

    def quality(self, during: Span) -> Quality | None:
        """Of the signal in that time; ``None`` where no whole second of it is there."""
        return average(self._qualities.within(during, self._monitor.size))

    def blocks(self, during: Span) -> list[Block]:
        """The amplitudes that lie wholly within."""
        return self._blocks.within(during, self._envelope.size)

    def rest_level(self, during: Span) -> RestLevel | None:
        """Of an arm that was at rest in that time; ``None`` where nothing of it is there."""
        blocks = self.blocks(during)
        return RestLevel.of(blocks) if blocks else None

    def received(self, during: Span) -> int:
        """How many of its samples came."""
        return sum(len(Span(max(run.start, during.start), min(run.stop, during.stop))) for _, run in self._runs)

    def raw(self, during: Span) -> npt.NDArray[np.float32] | None:
        """(time, channel) unfiltered microvolts, NaN where lost; ``None`` unless they were to be kept."""
        if not self._keep_raw:
            return None
        raw = np.full((len(during), self._channels), np.nan, np.float32)
        for last, run in self._raw:
            first = last + 1 - len(run)
            part = Span(max(first, during.start), min(last + 1, during.stop))
            if part:
                raw[part.start - during.start : part.stop - during.start] = run[part.start - first : part.stop - first]
        return raw
