"""A service that may be killed: ``python piped_service.py MODEL DATA_DIR``; its samples come as bytes through stdin.

It prints its address, host:port, when it answers.
"""

import asyncio
import math
import os
import select
import sys
import time
from pathlib import Path
from typing import Self

import numpy as np

from drivers.errors import EndOfStream
from drivers.source import Chunk, Losses, SourceInfo
from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import load_recognizer
from models.runtime import load_model
from service.live import Live
from service.reader import Patience
from service.server import Server, listen
from service.streams import Streams

CHUNK = 100 * 2 * 4
"""Bytes of 100 samples of two channels."""


class PipedSource:
    """Samples of a pipe, as fast as they come."""

    info = SourceInfo("piped", 1000, ("left", "right"))

    def __init__(self) -> None:
        self.losses = Losses()
        self._next = 0
        self._waiting = b""

    def read(self, timeout_s: float) -> Chunk | None:
        if not select.select([0], [], [], timeout_s)[0]:
            return None
        if not (data := os.read(0, CHUNK - len(self._waiting))):
            raise EndOfStream("nobody feeds any more")
        self._waiting += data
        if len(self._waiting) < CHUNK:
            return None
        samples, self._waiting = np.frombuffer(self._waiting, np.float32).reshape(-1, 2), b""
        chunk = Chunk(self._next, samples, time.monotonic_ns(), self._next / self.info.rate_hz)
        self._next += len(samples)
        return chunk

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


async def serve(model: str, data_dir: Path) -> None:
    """Until it is killed."""
    patience = Patience(stale_s=math.inf, lost_s=math.inf, stuck_s=math.inf)  # its samples come when there is time
    live = Live("default", PipedSource, load_recognizer(load_model(model), DecisionSpec()), patience)
    live.open()
    listener = listen("127.0.0.1", 0)
    sys.stdout.write("{}:{}\n".format(*listener.getsockname()))
    sys.stdout.flush()
    await Server(Streams([live]), data_dir).serve(sockets=[listener])


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], Path(sys.argv[2])))
