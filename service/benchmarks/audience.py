"""Subscribers that cost next to nothing: raw sockets in a process of their own, which note what came and when."""

import base64
import multiprocessing as mp
import os
import re
import resource
import selectors
import signal
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Final

import numpy as np
import numpy.typing as npt

from service.errors import ServiceError

PREDICTION: Final = re.compile(rb'"seq":(\d+),.*?"arrived_ns":(\d+),.*"wait_ms":([^,]+),"compute_ms":([^,}]+)')
PREDICTIONS: Final = "predictions"
WAIT_S: Final = 60.0
PING: Final = 9
BUFFER: Final = 4096
"""Bytes of the kernel's buffer: what waits in a larger one is as late as if the service had sent it late."""

Row = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """Predictions that came to an audience: (prediction, column)."""

    rows: npt.NDArray[np.float64]
    """Columns: connection, received_ns, seq, arrived_ns, wait_ms, compute_ms."""
    closed: int
    """Connections that the service has closed."""

    @property
    def latency_ms(self) -> npt.NDArray[np.float64]:
        """From arrival at the driver to the client."""
        return (self.rows[:, 1] - self.rows[:, 3]) / 1e6

    @property
    def wait_ms(self) -> npt.NDArray[np.float64]:
        """Until the computation began."""
        return self.rows[:, 4]

    @property
    def compute_ms(self) -> npt.NDArray[np.float64]:
        """From samples to the decision."""
        return self.rows[:, 5]

    @property
    def missing(self) -> int:
        """Predictions that never came, by sequence number, over all connections."""
        return sum(int(seq.max() - seq.min()) + 1 - len(np.unique(seq)) for seq in self._sequences())

    @property
    def twice(self) -> int:
        """Predictions that came more than once."""
        return sum(len(seq) - len(np.unique(seq)) for seq in self._sequences())

    def _sequences(self) -> Iterator[npt.NDArray[np.float64]]:
        for connection in np.unique(self.rows[:, 0]):
            yield self.rows[self.rows[:, 0] == connection, 2]


class Audience:
    """Clients in a process of their own."""

    def __init__(self, host: Connection) -> None:
        self._host = host

    def lap(self) -> Heard:
        """What came since the last lap, or since they joined."""
        self._host.send(None)
        rows, closed = self._host.recv()
        return Heard(rows, closed)


@contextmanager
def audience(address: str, streams: Sequence[str], what: str = PREDICTIONS) -> Iterator[Audience]:
    """A client of each of these streams, in this order, until the block is left; ``what``: websocket and query.

    Raises:
        ServiceError: the service refuses one.
    """
    context = mp.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_attend, args=(address, tuple(streams), what, there), daemon=True)
    process.start()
    there.close()
    try:
        if (refusal := here.recv()) is not None:
            raise ServiceError(refusal)
        yield Audience(here)
    finally:
        process.kill()
        process.join()
        here.close()


def subscribe(address: str, stream: str, what: str = PREDICTIONS) -> tuple[socket.socket, bytes]:
    """A websocket of a stream, and what came with the answer. Raises ``ServiceError`` if it is refused."""
    host, _, port = address.rpartition(":")
    connection = socket.create_connection((host, int(port)), timeout=WAIT_S)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = (
        f"GET /v1/streams/{stream}/{what} HTTP/1.1",
        f"Host: {address}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
    )
    connection.sendall("\r\n".join((*lines, "", "")).encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        if not (part := connection.recv(4096)):
            break
        answer += part
    status, _, rest = answer.partition(b"\r\n")
    if b" 101 " not in status + b" ":
        connection.close()
        raise ServiceError(f"stream {stream}: {status.decode() or 'the service hung up'}; look into its log")
    return connection, rest.partition(b"\r\n\r\n")[2]


def unlimit_files() -> None:
    """Let this process, and those that it starts, open as many sockets as the system allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Seat:
    """One subscriber: cuts its bytes into frames and notes predictions."""

    def __init__(self, number: int, connection: socket.socket, first: bytes, rows: list[Row]) -> None:
        self.connection = connection
        self._number = number
        self._waiting = bytearray(first)
        self._rows = rows

    def read(self) -> bool:
        """Take what has come; False when the connection is closed."""
        try:
            data = self.connection.recv(65536)
        except OSError:
            return False
        now = time.monotonic_ns()
        self._waiting += data
        while (frame := self._next()) is not None:
            if found := PREDICTION.search(frame):
                seq, arrived, wait, compute = found.groups()
                self._rows.append((self._number, now, int(seq), int(arrived), float(wait), float(compute)))
        return bool(data)

    def _next(self) -> bytes | None:
        """The payload of the next whole frame (RFC 6455, 5.2); servers do not mask theirs."""
        held = self._waiting
        start, size = 2, held[1] & 127 if len(held) > 1 else 0
        if size > 125:
            start = 4 if size == 126 else 10
            size = int.from_bytes(held[2:start], "big")
        if len(held) < max(2, start + size):
            return None
        opcode, payload = held[0] & 15, bytes(held[start : start + size])
        del held[: start + size]
        if opcode == PING:  # the answer is masked by zeros
            self.connection.sendall(bytes((0x8A, 0x80 | size, 0, 0, 0, 0)) + payload)
        return payload


def _attend(address: str, streams: tuple[str, ...], what: str, host: Connection) -> None:
    """The process: answer laps until it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asked for the measurement ends it
    unlimit_files()
    rows: list[Row] = []
    try:
        seats = [Seat(number, *subscribe(address, stream, what), rows) for number, stream in enumerate(streams)]
    except (OSError, ServiceError) as error:
        host.send(str(error))
        return
    host.send(None)
    _listen(seats, rows, host)


def _listen(seats: list[Seat], rows: list[Row], host: Connection) -> None:
    closed = 0
    with selectors.DefaultSelector() as selector:
        selector.register(host, selectors.EVENT_READ)
        for seat in seats:
            selector.register(seat.connection, selectors.EVENT_READ, seat)
        while True:
            for key, _ in selector.select():
                if key.data is None:
                    host.recv()
                    host.send((np.array(rows, np.float64).reshape(-1, 6), closed))
                    rows.clear()
                elif not key.data.read():
                    selector.unregister(key.fileobj)
                    closed += 1
