"""``sim://two-channel?user=0&seed=0&speed=1``: a simulated user who performs gestures in real time.

The signal and its markers depend on ``user`` and ``seed`` alone, never on who reads when; ``speed=max`` does not wait.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np

from drivers.errors import SourceUnavailable, SourceUnknown
from drivers.registry import SourceUri
from drivers.simulation.blocks import BLOCK, RATE_HZ
from drivers.simulation.forearm import ELECTRODES
from drivers.simulation.user import Block, SimulatedUser
from drivers.source import Chunk, Losses, Marker, Samples, SourceInfo

DEVICE = "two-channel"
CHUNK = 20
"""Samples that a read waits for: 5 ms at speed 1, as a good board sends them."""

LARGEST_CHUNK = RATE_HZ
"""A reader that was away gets what it missed in pieces of one second."""


@dataclass(frozen=True)
class Pace:
    """When samples are due, counted in seconds since the source was opened."""

    speed: float = 1.0
    """Seconds of signal in a second of time; ``math.inf`` is as fast as it is read."""

    def wait_s(self, elapsed_s: float, read: int) -> float:
        """Seconds until a chunk is due to a reader that has ``read`` samples."""
        return max(0.0, (read + CHUNK) / (RATE_HZ * self.speed) - elapsed_s)

    def due(self, elapsed_s: float, read: int) -> int:
        """How many samples to hand over once a chunk is due."""
        if math.isinf(self.speed):
            return BLOCK
        return max(CHUNK, int(min(elapsed_s * RATE_HZ * self.speed - read, LARGEST_CHUNK)))


class SimulatedSource:
    """A simulated user, sampled as a device would."""

    def __init__(self, user: int = 0, seed: int = 0, speed: float = 1.0) -> None:
        self.info = SourceInfo(f"simulated two-channel user {user}", RATE_HZ, tuple(ELECTRODES), simulated=True)
        self.losses = Losses()
        self._user, self._seed, self._pace = user, seed, Pace(speed)
        self._session: Session | None = None
        self._opened_s = 0.0

    def __enter__(self) -> Self:
        self._session = Session(SimulatedUser(self._user, self._seed).blocks())
        self._opened_s = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session = None

    def read(self, timeout_s: float) -> Chunk | None:
        """What is due, at least ``CHUNK`` samples, or ``None`` if that takes longer than ``timeout_s`` seconds."""
        if self._session is None:
            raise SourceUnavailable("the simulated user is not open: read inside `with source:`")
        wait_s = self._pace.wait_s(self._elapsed_s(), self._session.read)
        time.sleep(min(wait_s, timeout_s))
        if wait_s > timeout_s:
            return None
        return self._session.take(self._pace.due(self._elapsed_s(), self._session.read))

    def _elapsed_s(self) -> float:
        return time.monotonic() - self._opened_s


class Session:
    """Blocks in, chunks of any size out."""

    def __init__(self, blocks: Iterator[Block]) -> None:
        self._blocks = blocks
        self._ready: Samples = np.empty((0, len(ELECTRODES)), np.float32)
        self._label = ""
        self._markers: list[Marker] = []  # of samples that are ready
        self.read = 0
        """Samples taken so far."""

    def take(self, count: int) -> Chunk:
        """The next ``count`` samples, with a marker wherever the user begins something else."""
        self._prepare(count)
        first, self.read = self.read, self.read + count
        samples, self._ready = self._ready[:count], self._ready[count:]
        markers = tuple(marker for marker in self._markers if marker.index < self.read)
        del self._markers[: len(markers)]
        return Chunk(first, samples, time.monotonic_ns(), first / RATE_HZ, markers)

    def _prepare(self, count: int) -> None:
        ready = len(self._ready)
        if ready >= count:
            return
        parts = [self._ready]
        while ready < count:
            block = next(self._blocks)
            if block.label != self._label:
                self._label = block.label
                self._markers.append(Marker(self.read + ready, block.label))
            parts.append(block.samples)
            ready += len(block.samples)
        self._ready = np.concatenate(parts)


def from_uri(uri: SourceUri) -> SimulatedSource:
    """The source that a ``sim://`` URI names. Raises ``SourceUnknown`` for another device, option or value."""
    if uri.target != DEVICE:
        raise SourceUnknown(f"{uri.text}: there is no simulated device {uri.target!r}; write sim://{DEVICE}")
    source = SimulatedSource(uri.take("user", 0, _whole), uri.take("seed", 0, _whole), uri.take("speed", 1.0, _speed))
    uri.done()
    return source


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise ValueError("write a whole number, 0 or more")
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = math.inf if text == "max" else float(text)
    except ValueError:
        speed = math.nan
    if not speed > 0:
        raise ValueError("write a number above 0, or max")
    return speed
