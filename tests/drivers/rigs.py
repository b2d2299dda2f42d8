"""Every driver's device in the hands of the tests: how to reach it, and how to mistreat it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import emulators
import numpy as np

from drivers.registry import open_source
from drivers.source import Chunk, Samples, Source

PATIENCE_S = 60  # the longest that a test waits for anything
QUIET_S = 0.15  # so long without a chunk, and what was still under way has arrived
WAITING = 2
"""So many of the last samples that were sent may wait for those after them."""


@dataclass(frozen=True)
class Traits:
    """What is particular to a device."""

    rate_hz: float
    channels: int
    suffers: frozenset[str]
    """Of: silence, wrap, lose, damage, noise, reboot, away, hang up, in use."""
    spared: str
    """Why it cannot suffer the others."""
    remedy: str = "plug"
    """A word of what its user must do when it is gone."""
    hole: int = 7
    """So many samples missing in a row are noticed at the least."""
    beside: int = 0
    """Good samples that are lost beside missing ones, because nothing vouches for them."""
    jitter_s: float = 0.0
    """How far the times it tells are from even."""


class Rig(Protocol):
    """A device that the tests hold in their hands. What it cannot suffer does nothing."""

    traits: Traits

    @property
    def last(self) -> int:
        """Number of the last sample that was sent."""
        ...

    def source(self) -> Source:
        """A new source for this device, not yet opened."""
        ...

    def silent(self) -> AbstractContextManager[Source]:
        """An open source whose device says nothing for the next seconds."""
        ...

    def hold(self) -> None:
        """From now on the device sends only what it is told to, if it can be told."""
        ...

    def send(self, count: int) -> None: ...

    def numbers(self, samples: Samples) -> list[int]:
        """Which samples of the device these are; -1 for one that it never sent."""
        ...

    def lose(self, count: int) -> None: ...

    def damage(self) -> None:
        """Send one sample so that it cannot be read."""
        ...

    def noise(self) -> None: ...

    def reboot(self) -> None: ...

    def hang_up(self) -> None: ...

    def plug_in(self) -> None: ...


class Device(Protocol):
    """An emulated device that sends ``emulators.signal``."""

    number: int

    def hold(self) -> None: ...
    def send(self, count: int) -> None: ...
    def lose(self, count: int) -> None: ...
    def reboot(self) -> None: ...
    def hang_up(self) -> None: ...
    def plug_in(self) -> None: ...


class Untouched:
    """What the tests may do to any device, and this one does not feel."""

    @property
    def last(self) -> int:
        """It plays by itself, and nobody counts along."""
        return -1

    def hold(self) -> None: ...
    def send(self, count: int) -> None: ...
    def lose(self, count: int) -> None: ...
    def damage(self) -> None: ...
    def noise(self) -> None: ...
    def reboot(self) -> None: ...
    def hang_up(self) -> None: ...
    def plug_in(self) -> None: ...


def heard_out(rig: Rig, source: Source) -> list[Chunk]:
    """All that was sent to who listens, the last of it a moment ago."""
    chunks: list[Chunk] = []
    while not chunks or rig.numbers(chunks[-1].samples)[-1] < rig.last - WAITING:
        chunk = source.read(PATIENCE_S)
        assert chunk is not None, f"still waiting after {len(chunks)} chunks"
        chunks.append(chunk)
    while (chunk := source.read(QUIET_S)) is not None:
        chunks.append(chunk)
    return chunks


class EmulatedRig(Untouched):
    """A device that we emulate, so that it does what it is told to."""

    def __init__(self, traits: Traits, uri: str, device: Device, scale: float = 1.0) -> None:
        self.traits = traits
        self._uri = uri
        self._device = device
        self._scale = scale

    def source(self) -> Source:
        return open_source(self._uri)

    @contextmanager
    def silent(self) -> Iterator[Source]:
        with self.source() as source:
            self.hold()
            self.send(50)
            heard_out(self, source)
            yield source

    @property
    def last(self) -> int:
        return self._device.number - 1

    def numbers(self, samples: Samples) -> list[int]:
        told = emulators.numbers_in(samples, self._scale).tolist()
        return [number if self._sent(number, row) else -1 for number, row in zip(told, samples, strict=True)]

    def hold(self) -> None:
        self._device.hold()

    def send(self, count: int) -> None:
        self._device.send(count)

    def lose(self, count: int) -> None:
        self._device.lose(count)

    def reboot(self) -> None:
        self._device.reboot()

    def hang_up(self) -> None:
        self._device.hang_up()

    def plug_in(self) -> None:
        self._device.plug_in()

    def _sent(self, number: int, row: Samples) -> bool:
        shown = emulators.signal(number, 1, self.traits.channels)[0] * self._scale
        return np.allclose(shown, row, rtol=1e-6, atol=0.0)


class SerialRig(EmulatedRig):
    """A board of ``emulators`` on a pseudo-terminal."""

    def __init__(self, board: emulators.EmulatedBoard) -> None:
        model = board.model
        counted = {"wrap", "lose"} if model.period else set[str]()
        suffers = frozenset({"silence", "damage", "noise", "reboot", "away", "hang up", "in use"} | counted)
        uri = f"serial://{board.port}?{model.options}"
        super().__init__(Traits(model.rate_hz, model.channels, suffers, "it sends no counter"), uri, board, model.scale)
        self._board = board

    def damage(self) -> None:
        self._board.send_damaged(lambda data: bytes([data[0] ^ 0x80, data[1] ^ 0x81, *data[2:]]))

    def noise(self) -> None:
        self._board.noise(np.random.default_rng(5).bytes(401) + b"\n")


class PlayedRig(Untouched):
    """A device that plays known samples by itself, at a speed that its URI says."""

    def __init__(self, traits: Traits, uri: str, samples: Samples) -> None:
        self.traits = traits
        self._uri = uri
        self._numbers = {row.tobytes(): number for number, row in enumerate(samples)}

    def source(self) -> Source:
        return open_source(self._uri)

    def silent(self) -> AbstractContextManager[Source]:
        return open_source(f"{self._uri}&speed=0.001")  # its first 5 ms take 5 s

    def numbers(self, samples: Samples) -> list[int]:
        return [self._numbers.get(row.tobytes(), -1) for row in samples]


class RecordingRig(PlayedRig):
    """A recording, which is away when its file is."""

    def __init__(self, traits: Traits, path: Path, samples: Samples) -> None:
        super().__init__(traits, f"replay://{path}?loop=false", samples)
        self._path = path
        self._elsewhere = path.with_suffix(".away")

    def hang_up(self) -> None:
        self._path.rename(self._elsewhere)

    def plug_in(self) -> None:
        self._elsewhere.rename(self._path)


class SyntheticRig(Untouched):
    """BrainFlow's synthetic board, which sends by itself: sines and noise."""

    # Measured with BrainFlow 5.23: channel c (from 1) of sample n is 10 c (1 + sqrt 2 sin(p)), where
    # p = 2 pi 5 Hz c (n + 1) / 250 Hz + 0.05 (c - 1), the sine up to c times 5 % too high or low. Divided by 10 c c,
    # the first six tell n up to a multiple of 50: of a million samples computed so, none was mistaken for another,
    # and none was 0.14 away from what it should be.
    PERIOD = 50
    WITNESSES = 6
    FARTHEST = 0.2

    def __init__(self, traits: Traits) -> None:
        self.traits = traits
        channel = np.arange(1, self.WITNESSES + 1)
        phase = 2 * np.pi * np.outer(np.arange(1, self.PERIOD + 1), channel) / self.PERIOD + 0.05 * (channel - 1)
        self._shapes = (1 + np.sqrt(2) * np.sin(phase)) / channel
        self._units = 10 * channel**2

    def source(self) -> Source:
        return open_source("brainflow://SYNTHETIC_BOARD")

    def silent(self) -> AbstractContextManager[Source]:
        raise AssertionError("it is never silent")

    def numbers(self, samples: Samples) -> list[int]:
        seen = samples[:, None, : self.WITNESSES] / self._units
        distances = np.linalg.norm(seen - self._shapes, axis=2)
        numbers = np.unwrap(distances.argmin(axis=1), period=self.PERIOD)
        known = distances.min(axis=1) < self.FARTHEST
        return [int(number) if sent else -1 for number, sent in zip(numbers, known, strict=True)]
