"""Someone who follows prompts, as a board on a pseudo-terminal: what is played arrives at the device's own pace."""

import multiprocessing as mp
import os
import time
import tty
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from drivers.boards import framed
from drivers.boards.frame_format import FrameFormat

Counts = npt.NDArray[np.int16]
"""(time, channel), as the converter of the board gives them."""

TICK_S: Final = 0.005
LATE_S: Final = 1.0
"""So far behind, nobody has read: a board does not make up for that."""
QUIET_UV: Final = 3.0
"""Noise of an arm at rest, between what is played."""
QUIET_S: Final = 10.0
"""Of quiet, before it repeats."""


@dataclass(frozen=True, slots=True)
class Device:
    """A board of its own, with frames that count."""

    rate_hz: float
    channels: int
    uv_per_count: float

    def uri(self, port: str) -> str:
        """How ``palmaris serve`` reads it from a port."""
        options = f"sync=A55A&counter=u32&rate={self.rate_hz:g}&channels={self.channels}&scale={self.uv_per_count}"
        return f"serial://{port}?board=framed&name=volunteer&{options}"

    @property
    def frame(self) -> FrameFormat:
        """The layout that the URI tells."""
        layout: dict[str, Any] = {"sync": b"\xa5\x5a", "counter": "u32", "channels": self.channels}
        return framed.frame(layout)

    def counts(self, microvolts: npt.NDArray[np.floating]) -> Counts:
        """What its converter makes of a signal."""
        return np.round(microvolts / self.uv_per_count).astype(np.int16)

    def quiet(self) -> Counts:
        """Noise of an arm at rest."""
        noise = np.random.default_rng(0).standard_normal((round(QUIET_S * self.rate_hz), self.channels))
        return self.counts(QUIET_UV * noise)


class Volunteer:
    """A process that writes the bytes of a device; ``play`` plays one of the signals once, after which it is quiet."""

    def __init__(self, device: Device, signals: Mapping[str, Counts]) -> None:
        self._device = device
        self._here, there = mp.get_context("spawn").Pipe()
        work = (device, dict(signals), there)
        self._process = mp.get_context("spawn").Process(target=_write, args=work, daemon=True)

    def play(self, signal: str) -> None:
        """From the next 5 ms on."""
        self._here.send(signal)

    def __enter__(self) -> Self:
        self._process.start()
        self.uri = self._device.uri(str(self._here.recv()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.join()


class _Player:
    """What comes next."""

    def __init__(self, signals: Mapping[str, Counts], quiet: Counts) -> None:
        self._signals, self._quiet = signals, quiet
        self._played: Counts = quiet[:0]
        self._at = 0

    def play(self, signal: str) -> None:
        """Begin a signal."""
        self._played, self._at = self._signals[signal], 0

    def next(self, count: int) -> Counts:
        """(count, channel): the rest of the signal, or of the quiet once it is over."""
        if self._at >= len(self._played):
            self._played, self._at = self._quiet, 0
        part = self._played[self._at : self._at + count]
        self._at += count
        return part if len(part) == count else np.concatenate([part, self._quiet[: count - len(part)]])


def _write(device: Device, signals: Mapping[str, Counts], host: Connection) -> None:
    primary, secondary = os.openpty()
    tty.setraw(secondary)
    host.send(os.ttyname(secondary))
    player, count = _Player(signals, device.quiet()), round(TICK_S * device.rate_hz)
    due = time.monotonic()
    for first in range(0, 2**31, count):
        while host.poll():
            player.play(host.recv())
        data = device.frame.encode(np.arange(first, first + count), player.next(count).astype(np.int64))
        while data:
            data = data[os.write(primary, data) :]
        due = max(due, time.monotonic() - LATE_S) + TICK_S
        time.sleep(max(0.0, due - time.monotonic()))
