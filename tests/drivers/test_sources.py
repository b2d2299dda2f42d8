"""The one list that every driver passes: real bytes or a real outlet at the far end, never a mock.

A driver joins by a ``Rig`` in ``RIGS``: how to reach its device, and how to mistreat it. What a device or its transport
cannot suffer is not in its ``suffers``, and those tests are skipped for it.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

import emulators
import numpy as np
import pytest

from drivers.errors import SourceLost, SourceUnavailable
from drivers.registry import SourceUri
from drivers.serial_port import from_uri
from drivers.source import Chunk, Samples, Source

QUIET_S = 0.15  # so long without a chunk, and everything that was sent has arrived


class Rig(Protocol):
    """A device that the tests hold in their hands."""

    rate_hz: float
    channels: int
    suffers: frozenset[str]
    """Of: wrap, lose, damage, noise, reboot, hang up, in use."""

    def source(self) -> Source:
        """A new source for this device, not yet opened."""
        ...

    def hold(self) -> None:
        """From now on the device sends only what it is told to."""
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


class SerialRig:
    """A board of ``emulators`` on a pseudo-terminal."""

    def __init__(self, board: emulators.EmulatedBoard) -> None:
        model = board.model
        self.rate_hz, self.channels = model.rate_hz, model.channels
        counted = {"wrap", "lose"} if model.period else set[str]()
        self.suffers = frozenset({"damage", "noise", "reboot", "hang up", "in use"} | counted)
        self._board = board
        self.hold, self.send, self.lose = board.hold, board.send, board.lose
        self.reboot, self.hang_up, self.plug_in = board.reboot, board.hang_up, board.plug_in

    def source(self) -> Source:
        return from_uri(SourceUri.parse(f"serial://{self._board.port}?{self._board.model.options}"))

    def numbers(self, samples: Samples) -> list[int]:
        model = self._board.model
        told = emulators.numbers_in(samples, model.scale).tolist()
        return [n if np.array_equal(model.shown(n, 1)[0], row) else -1 for n, row in zip(told, samples, strict=True)]

    def damage(self) -> None:
        self._board.send_damaged(lambda data: bytes([data[0] ^ 0x80, data[1] ^ 0x81, *data[2:]]))

    def noise(self) -> None:
        self._board.noise(np.random.default_rng(5).bytes(401) + b"\n")


@contextmanager
def serial(model: Callable[[], emulators.BoardModel], folder: Path) -> Iterator[Rig]:
    with emulators.EmulatedBoard(model(), folder) as board:
        yield SerialRig(board)


RIGS: dict[str, Callable[[Path], AbstractContextManager[Rig]]] = {
    model().name: partial(serial, model) for model in emulators.MODELS
}


@pytest.fixture(params=RIGS)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    with RIGS[request.param](tmp_path) as made:
        yield made


def suffers(rig: Rig, what: str) -> None:
    if what not in rig.suffers:
        pytest.skip(f"this device or its transport cannot suffer: {what}")


def listen(source: Source, quiet_s: float = QUIET_S) -> list[Chunk]:
    """All that has been sent."""
    chunks = []
    while (chunk := source.read(quiet_s)) is not None:
        chunks.append(chunk)
    return chunks


def received(rig: Rig, chunks: list[Chunk]) -> tuple[list[int], list[int]]:
    """Indices and device numbers of all samples."""
    indices = [chunk.first + i for chunk in chunks for i in range(len(chunk.samples))]
    return indices, [number for chunk in chunks for number in rig.numbers(chunk.samples)]


def test_making_a_source_touches_nothing(rig: Rig) -> None:
    suffers(rig, "hang up")
    rig.hang_up()
    source = rig.source()
    with pytest.raises(SourceUnavailable):
        source.__enter__()
    rig.plug_in()


def test_it_says_what_it_is(rig: Rig) -> None:
    with rig.source() as source:
        info = source.info
    assert info.rate_hz == rig.rate_hz
    assert len(info.channels) == len(set(info.channels)) == rig.channels
    assert info.name
    assert info.unit in ("uV", "a.u.")
    if info.grid is not None:
        assert sorted(np.ravel(info.grid)) == list(range(rig.channels))


def test_samples_come_exactly_and_in_order(rig: Rig) -> None:
    with rig.source() as source:
        rig.hold()
        rig.send(200)
        chunks = listen(source)
        losses = source.losses
    indices, numbers = received(rig, chunks)
    assert indices == list(range(len(indices)))
    assert numbers == list(range(numbers[0], numbers[0] + len(indices)))
    assert len(indices) >= 190
    assert losses.samples == losses.packets == 0
    for chunk in chunks:
        assert chunk.samples.dtype == np.float32
        assert chunk.samples.shape[1:] == (rig.channels,)
        assert chunk.device_s == pytest.approx(chunk.first / rig.rate_hz)
        assert 0 <= time.monotonic_ns() - chunk.arrived_ns < 60e9
    assert [chunk.arrived_ns for chunk in chunks] == sorted(chunk.arrived_ns for chunk in chunks)


def test_silence_is_none_and_in_time(rig: Rig) -> None:
    with rig.source() as source:
        rig.hold()
        listen(source)
        for timeout_s in (0.0, 0.05, 0.2):
            began = time.monotonic()
            assert source.read(timeout_s) is None
            assert timeout_s <= time.monotonic() - began < timeout_s + 0.2


def test_its_counter_wraps(rig: Rig) -> None:
    suffers(rig, "wrap")
    with rig.source() as source:
        rig.hold()
        chunks = listen(source)
        for _ in range(30):
            rig.send(23)
            chunks += listen(source, 0.01)
        chunks += listen(source)
        losses = source.losses
    indices, numbers = received(rig, chunks)
    assert indices == list(range(len(indices)))
    assert np.array_equal(np.diff(numbers), np.ones(len(numbers) - 1))
    assert len(indices) > 600
    assert losses.samples == 0


def test_lost_samples_are_a_jump_and_counted(rig: Rig) -> None:
    suffers(rig, "lose")
    with rig.source() as source:
        rig.hold()
        rig.send(50)
        rig.lose(7)
        rig.send(50)
        chunks = listen(source)
        losses = source.losses
    indices, numbers = received(rig, chunks)
    assert np.array_equal(np.diff(indices), np.diff(numbers))
    assert sorted(np.diff(indices).tolist())[-2:] == [1, 8]
    assert losses.samples == 7
    for chunk in chunks:
        assert set(np.diff(rig.numbers(chunk.samples))) <= {1}  # no hole inside a chunk


def test_a_damaged_sample_costs_itself(rig: Rig) -> None:
    suffers(rig, "damage")
    with rig.source() as source:
        rig.hold()
        rig.send(50)
        rig.damage()
        rig.send(50)
        chunks = listen(source)
        losses = source.losses
    indices, numbers = received(rig, chunks)
    assert -1 not in numbers
    assert np.array_equal(np.diff(indices), np.diff(numbers))
    assert sorted(np.diff(indices).tolist())[-2:] == [1, 2]
    assert losses.samples == 1
    assert losses.packets == 1


def test_noise_costs_at_most_two_samples_and_is_never_one(rig: Rig) -> None:
    suffers(rig, "noise")
    with rig.source() as source:
        rig.hold()
        rig.send(50)
        rig.noise()
        rig.send(50)
        chunks = listen(source)
        losses = source.losses
    indices, numbers = received(rig, chunks)
    assert -1 not in numbers
    assert np.diff(numbers).max() <= 3
    assert np.diff(indices).min() == 1
    assert losses.bytes >= 401


def test_a_board_that_restarts_goes_on(rig: Rig) -> None:
    suffers(rig, "reboot")
    with rig.source() as source:
        rig.hold()
        rig.send(50)
        before = listen(source)
        rig.reboot()
        after = [chunk for _ in range(12) if (chunk := source.read(0.5))]
        rig.hold()
        after += listen(source)
    indices, numbers = received(rig, before + after)
    assert -1 not in numbers
    assert len(numbers) > len(received(rig, before)[1]) + 5
    assert np.diff(indices).min() == 1
    assert np.diff(indices).max() > 1  # no window may span the restart


def test_a_pulled_cable_is_a_lost_source(rig: Rig) -> None:
    suffers(rig, "hang up")
    with rig.source() as source:
        rig.hang_up()
        with pytest.raises(SourceLost, match="plug"):
            list(iter(lambda: source.read(0.2), "never"))
    rig.plug_in()


def test_a_source_can_be_opened_again(rig: Rig) -> None:
    suffers(rig, "hang up")
    source = rig.source()
    with source:
        first = source.read(1.0)
    rig.hang_up()
    rig.plug_in()
    with source:
        second = source.read(1.0)
    assert first is not None
    assert second is not None
    assert first.first == second.first == 0
    assert source.losses.samples == 0


def test_closing_releases_the_device(rig: Rig) -> None:
    suffers(rig, "in use")
    with rig.source(), pytest.raises(SourceUnavailable, match="in use"):
        rig.source().__enter__()
    with rig.source() as source:
        assert source.read(1.0) is not None
