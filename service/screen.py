"""What one who looks at a stream sees: its envelope and how well each electrode sits. Made beside the live path.

The reader's thread only puts chunks down here. The event loop picks them up when the looker can take more; a slow one
loses the oldest chunks, a jump in the index, and costs nothing meanwhile.

One interpreter serves the live path and those who look, so what is made for them is made when the live path has just
finished: an envelope after the chunk that completes it, a judgement after an answer. By a clock of its own it would now
and then meet a window that is due, and that prediction would be late.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Final

import numpy as np

from calibration.quality import HOP_S, Quality, QualityMonitor
from drivers.source import Chunk, Samples
from models.pipeline.recognizer import Prediction as Recognised
from models.spec import FilterSpec
from service.envelope import Block, Envelope, Layout
from service.messages import StreamState

#: So many electrodes are judged every second only: their spectra take a processor's time from the predictions.
WIDE: Final = 32
WIDE_HOP_S: Final = 1.0
#: Seconds of signal that wait for a slow looker, at most.
BACKLOG_S: Final = 1.0
#: Longest wait for an answer: text has none for a while, and silence none at all.
LULL_S: Final = 0.2


class Basket:
    """Chunks that wait, never more than some samples of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._chunks: deque[Chunk] = deque()
        self._samples = 0
        self._lock = threading.Lock()

    def put(self, chunk: Chunk) -> None:
        """Put a chunk down; too many lose the oldest."""
        with self._lock:
            self._chunks.append(chunk)
            self._samples += len(chunk.samples)
            while self._samples > self._most and len(self._chunks) > 1:
                self._samples -= len(self._chunks.popleft().samples)

    def empty(self) -> list[Chunk]:
        """What waits, the oldest first."""
        with self._lock:
            chunks, self._samples = list(self._chunks), 0
            self._chunks.clear()
        return chunks


class Screen:
    """Envelope and quality of one stream, for one looker; see ``service.live.Listener``. Made on the event loop."""

    def __init__(self, layout: Layout, filters: FilterSpec) -> None:
        self.layout = layout
        self.basket = Basket(round(BACKLOG_S * layout.rate_hz))
        self._envelope = Envelope(layout, filters)
        hop_s = WIDE_HOP_S if layout.channels >= WIDE else HOP_S
        self._monitor = QualityMonitor(layout.rate_hz, layout.channels, hop_s=hop_s)
        self._unjudged = Basket(round(BACKLOG_S * layout.rate_hz))
        self._loop = asyncio.get_running_loop()
        self._unseen = 0  # samples since a block was whole; after a gap, one that begins elsewhere comes a little later
        self._whole, self._answered = asyncio.Event(), asyncio.Event()
        self._listens = False  # for an answer

    def take(self, chunk: Chunk, predictions: Sequence[Recognised]) -> None:
        """Put a chunk down, and say whether it is time to look, behind the predictions. In the reader's thread."""
        self.basket.put(chunk)
        self._unseen += len(chunk.samples)
        if self._unseen >= (block := self.layout.column * self.layout.columns):
            self._unseen %= block
            self._loop.call_soon_threadsafe(self._whole.set)
        if predictions and self._listens:
            self._listens = False
            self._loop.call_soon_threadsafe(self._answered.set)

    def tell(self, state: StreamState, message: str) -> None:
        """Nothing to see in a state: subscribers of predictions are told."""

    async def block(self) -> None:
        """Wait until a block is whole."""
        await self._whole.wait()
        self._whole.clear()

    def blocks(self) -> Iterator[Block]:
        """The blocks that are complete since the last call."""
        chunks = self.basket.empty()
        for chunk in chunks:
            self._unjudged.put(chunk)
        for first, samples in _joined(chunks):
            yield from self._envelope.feed(samples, first)

    async def quality(self) -> Quality | None:
        """The newest judgement that there is since the last call, made in a thread: spectra take a while."""
        self._answered.clear()
        self._listens = True
        with suppress(TimeoutError):
            async with asyncio.timeout(LULL_S):
                await self._answered.wait()
        return await asyncio.to_thread(self._judge)

    def _judge(self) -> Quality | None:
        newest = None
        for first, samples in _joined(self._unjudged.empty()):
            for newest in self._monitor.feed(samples.astype(np.float32, copy=False), first):  # noqa: B007
                pass
        return newest


def _joined(chunks: Iterable[Chunk]) -> Iterator[tuple[int, Samples]]:
    """Index of the first sample, and samples, of chunks that follow each other: for so few, calls are what costs."""
    run: list[Samples] = []
    first = end = 0
    for chunk in chunks:
        if run and chunk.first != end:
            yield first, np.concatenate(run)
            run = []
        first = first if run else chunk.first
        end = chunk.first + len(chunk.samples)
        run.append(chunk.samples)
    if run:
        yield first, np.concatenate(run)
