"""OT Bioelettronica's Wi-Fi probes: ``muovi://0.0.0.0:54321?board=muovi-plus``.

The probe calls us: it must be on our network and have our address as its server. ``muovi://`` alone listens on all
interfaces at the port of the board.
"""

import socket
import time
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import Self

import numpy as np

from drivers.boards.muovi import MICROVOLTS, PROBES, RATE_HZ, FrameParser, Probe
from drivers.errors import SourceLost, SourceUnavailable, SourceUnknown
from drivers.registry import SourceUri, positive
from drivers.source import Chunk, Losses, SourceInfo

RECEIVE_BYTES = 1 << 16


def from_uri(uri: SourceUri) -> "MuoviSource":
    """``muovi://[HOST[:PORT]]?board=muovi|muovi-plus|sessantaquattro|sessantaquattro-plus&timeout=10``."""
    probe = uri.take("board", PROBES["muovi"], _probe)
    timeout_s = uri.take("timeout", 10.0, positive)
    uri.done()
    host, _, port = uri.target.partition(":")
    if port and not port.isdecimal():
        raise SourceUnknown(f"{uri.text}: {port!r} is no port; write muovi://0.0.0.0:{probe.port}")
    return MuoviSource(probe, (host or "0.0.0.0", int(port or probe.port)), timeout_s)  # noqa: S104 - the probe calls us


def _probe(name: str) -> Probe:
    if name not in PROBES:
        raise ValueError(f"choose one of {', '.join(PROBES)}")
    return PROBES[name]


class MuoviSource:
    """One probe, to which we are the server."""

    _parser: FrameParser

    def __init__(self, probe: Probe, address: tuple[str, int], timeout_s: float = 10.0) -> None:
        self.info = SourceInfo(
            probe.name, RATE_HZ, tuple(f"ch{number}" for number in range(1, probe.electrodes + 1))
        )  # the grid depends on the matrix that is plugged in, which the probe does not tell
        self.losses = Losses()
        """Samples missing by the ramp, and bytes skipped in search of it."""
        self._probe = probe
        self._address = address
        self._timeout_s = timeout_s
        self._connection: socket.socket | None = None
        self._index = 0
        self._ready: deque[Chunk] = deque()

    def __enter__(self) -> Self:
        connection = self._accept()
        try:
            connection.sendall(self._probe.start)
        except OSError as error:
            connection.close()
            raise SourceUnavailable(self._gone()) from error
        self._connection = connection
        self._parser = FrameParser(self._probe)
        self.losses, self._index = Losses(), 0
        self._ready.clear()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._opened() as connection, suppress(OSError):  # it may be gone already
            connection.settimeout(1.0)
            connection.sendall(self._probe.stop)
        self._connection = None
        self._ready.clear()

    def read(self, timeout_s: float) -> Chunk | None:
        """The next samples or ``None``. Raises ``SourceLost`` when the probe hung up or sends something else."""
        end_s = time.monotonic() + timeout_s
        while not self._ready and self._receive(max(0.0, end_s - time.monotonic())):
            pass
        return self._ready.popleft() if self._ready else None

    def _accept(self) -> socket.socket:
        host, port = self._address
        try:
            with socket.create_server(self._address) as server:
                server.settimeout(self._timeout_s)
                return server.accept()[0]
        except TimeoutError as error:
            raise SourceUnavailable(
                f"no {self._probe.name} called {host}:{port} within {self._timeout_s:g} s: switch it on, "
                "join its network (or let it join yours), and open the port in the firewall"
            ) from error
        except OSError as error:
            raise SourceUnavailable(
                f"cannot listen on {host}:{port} ({error.strerror}): close the program that uses the port"
            ) from error

    def _receive(self, timeout_s: float) -> bool:
        """Queue what comes; false if nothing came in time."""
        connection = self._opened()
        connection.settimeout(timeout_s)
        try:
            data = connection.recv(RECEIVE_BYTES)
        except (BlockingIOError, TimeoutError):
            return False
        except OSError as error:
            raise SourceLost(self._gone()) from error
        if not data:
            raise SourceLost(self._gone())
        self._take(data)
        return True

    def _opened(self) -> socket.socket:
        if self._connection is None:
            raise SourceUnavailable(f"{self._probe.name} is not open: enter the source with `with` first")
        return self._connection

    def _gone(self) -> str:
        return f"{self._probe.name} hung up: charge it, switch it on and keep it within reach of the network"

    def _take(self, data: bytes) -> None:
        arrived_ns = time.monotonic_ns()
        for frames in self._parser.feed(data):
            self._index += frames.lost
            self.losses.samples += frames.lost
            samples = frames.counts.astype(np.float32) * np.float32(MICROVOLTS)
            self._ready.append(Chunk(self._index, samples, arrived_ns, self._index / RATE_HZ))
            self._index += len(samples)
        self.losses.bytes = self._parser.skipped
        if self._index == 0 and self._parser.skipped > RATE_HZ * self._probe.frame_size:
            raise SourceLost(f"what calls here sends no frames of a {self._probe.name}: choose another board=")
