"""What one who looks at a stream sees: its envelope and how well each electrode sits. Made beside the live path.

The reader's thread only puts chunks down here. The event loop picks them up when the looker can take more; a slow one
loses the oldest chunks, a jump in the index, and costs nothing meanwhile.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from calibration.quality import HOP_S, Quality, QualityMonitor
from drivers.source import Chunk
from models.pipeline.recognizer import Prediction as Recognised
from models.spec import FilterSpec
from service.envelope import Block, Envelope, Layout
from service.messages import StreamState

#: So many electrodes are judged every second only: their spectra take a processor's time from the predictions.
WIDE: Final = 32
WIDE_HOP_S: Final = 1.0
#: Seconds of signal that wait for a slow looker, at most.
BACKLOG_S: Final = 1.0


class Basket:
    """Chunks that wait, never more than some samples of them; see ``service.live.Listener``."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._chunks: deque[Chunk] = deque()
        self._samples = 0
        self._lock = threading.Lock()

    def take(self, chunk: Chunk, predictions: Sequence[Recognised]) -> None:
        """Put a chunk down; too many lose the oldest."""
        with self._lock:
            self._chunks.append(chunk)
            self._samples += len(chunk.samples)
            while self._samples > self._most and len(self._chunks) > 1:
                self._samples -= len(self._chunks.popleft().samples)

    def tell(self, state: StreamState, message: str) -> None:
        """Nothing to see in a state: subscribers of predictions are told."""

    def empty(self) -> list[Chunk]:
        """What waits, the oldest first."""
        with self._lock:
            chunks, self._samples = list(self._chunks), 0
            self._chunks.clear()
        return chunks


class Screen:
    """Envelope and quality of one stream, for one looker."""

    def __init__(self, layout: Layout, filters: FilterSpec) -> None:
        self.layout = layout
        self.basket = Basket(round(BACKLOG_S * layout.rate_hz))
        self._envelope = Envelope(layout, filters)
        hop_s = WIDE_HOP_S if layout.channels >= WIDE else HOP_S
        self._monitor = QualityMonitor(layout.rate_hz, layout.channels, hop_s=hop_s)
        self._unjudged = Basket(round(BACKLOG_S * layout.rate_hz))

    def blocks(self) -> Iterator[Block]:
        """The blocks that are complete since the last call."""
        for chunk in self.basket.empty():
            self._unjudged.take(chunk, ())
            yield from self._envelope.feed(chunk.samples, chunk.first)

    async def quality(self) -> Quality | None:
        """The newest judgement that there is since the last call, made in a thread: spectra take a while."""
        return await asyncio.to_thread(self._judge)

    def _judge(self) -> Quality | None:
        newest = None
        for chunk in self._unjudged.empty():
            for newest in self._monitor.feed(chunk.samples.astype(np.float32, copy=False), chunk.first):  # noqa: B007
                pass
        return newest
