"""A running service for tests: real sockets, a real server in a thread, a source that does what the test says."""

import asyncio
import json
import math
import os
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import uvicorn
from tiny_model import SPEC
from websockets.sync.client import ClientConnection, connect

from drivers.errors import EndOfStream
from drivers.source import Chunk, Losses, SourceInfo
from service.live import Live
from service.reader import Patience
from service.server import Server, listen
from service.streams import Streams

END = EndOfStream("the test has no more samples")
UNHURRIED = Patience(stale_s=math.inf, lost_s=math.inf, stuck_s=math.inf)
"""The samples of a test come when it has time for them: none were held up, no device is lost, no driver hangs."""
UNDISTURBED = replace(UNHURRIED, stall_s=math.inf)
"""And the stream does not fall silent either."""
PATIENCE_S = 60  # the longest that a test waits for anything: on a busy machine, everything takes long


@contextmanager
def meanwhile(work: Callable[[], object], every_s: float) -> Iterator[None]:
    """Do it again and again, for as long as the block lasts."""
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(every_s):
            work()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class HandFedSource:
    """A source that gives what the test feeds it, in the test's own time."""

    info = SourceInfo("hand-fed", SPEC.rate_hz, ("left", "right"))

    def __init__(self) -> None:
        self.losses = Losses()
        self.opened = 0
        self._items: queue.SimpleQueue[np.ndarray | Exception] = queue.SimpleQueue()
        self._next = 0

    def feed(self, *items: np.ndarray | Exception) -> None:
        """Samples to be read, or an error to be raised."""
        for item in items:
            self._items.put(item)

    def read(self, timeout_s: float) -> Chunk | None:
        try:
            item = self._items.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if isinstance(item, Exception):
            raise item
        chunk = Chunk(self._next, item, time.monotonic_ns(), self._next / self.info.rate_hz)
        self._next += len(item)
        return chunk

    def __enter__(self) -> Self:
        self.opened += 1
        self._next = 0
        return self

    def __exit__(self, *_: object) -> None:
        pass


class Client:
    """A subscriber that reads typed frames."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    def next(self, kind: str | None = None) -> dict[str, Any]:
        """The next frame, of that kind if one is named."""
        while True:
            frame = json.loads(self._connection.recv(timeout=PATIENCE_S))
            if kind in (None, frame["type"]):
                return frame

    def until(self, state: str) -> list[dict[str, Any]]:
        """All frames up to and with the status that names ``state``."""
        frames = [self.next()]
        while frames[-1].get("state") != state or frames[-1]["type"] != "status":
            frames.append(self.next())
        return frames


@contextmanager
def serving(
    *lives: Live, data_dir: Path = Path(os.devnull), database_url: str | None = None, port: int = 0
) -> Iterator[str]:
    """The address, host:port, of a service with these streams; it is stopped when the block is left."""
    for live in lives:
        live.open()
    listener = listen("127.0.0.1", port)
    try:
        with answering(Server(Streams(lives), data_dir, database_url), listener) as address:
            yield address
    finally:
        for live in lives:
            live.stop()


@contextmanager
def answering(server: uvicorn.Server, listener: socket.socket) -> Iterator[str]:
    """The address, host:port, of a server that runs in a thread until the block is left."""
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
    thread.start()
    try:
        yield "{}:{}".format(*listener.getsockname())
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)
        assert not thread.is_alive(), "the service did not stop"


@contextmanager
def subscribed(address: str, stream: str = "default") -> Iterator[Client]:
    """A client that is connected to a stream."""
    with connect(f"ws://{address}/v1/streams/{stream}/predictions", compression=None) as connection:
        yield Client(connection)


def wait_for_samples(live: Live, count: int) -> None:
    """Return when the stream has done with so many samples."""
    wait_for(lambda: live.counters.samples == count)
    with live._gate:  # which the reader holds until they are on disk, too
        return


def wait_for(condition: Callable[[], bool]) -> None:
    """Return as soon as the condition holds; fail if it does not in time."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "what the test waits for did not happen"
        time.sleep(0.001)
