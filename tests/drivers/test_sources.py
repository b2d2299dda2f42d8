"""The one list that every driver passes: real bytes or a real outlet at the far end, never a mock.

A driver joins by a rig in ``fleet.RIGS``. What its device or its transport cannot suffer is not in the ``suffers`` of
its traits, and those tests are skipped for it.
"""

import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest
from fleet import RIGS
from rigs import PATIENCE_S, QUIET_S, WAITING, Rig, heard_out

from drivers.errors import RecordingError, SourceLost, SourceUnavailable
from drivers.source import Chunk, Source


@pytest.fixture(autouse=True)
def patient_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine, on which an emulated board is late, is not taken for a board that lost samples."""
    monkeypatch.setattr("drivers.serial_port.UNCOUNTED_S", PATIENCE_S)


@pytest.fixture(params=RIGS)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    with RIGS[request.param](tmp_path) as made:
        yield made


def suffers(rig: Rig, what: str) -> None:
    if what not in rig.traits.suffers:
        pytest.skip(f"not to be tested with {what}: {rig.traits.spared}")


def listen(source: Source, enough: int) -> list[Chunk]:
    """Enough samples, but for those that wait for others."""
    chunks: list[Chunk] = []
    while count(chunks) < enough:
        chunk = source.read(PATIENCE_S if count(chunks) < enough - WAITING else QUIET_S)
        if chunk is None:
            break
        chunks.append(chunk)
    return chunks


def count(chunks: list[Chunk]) -> int:
    return sum(len(chunk.samples) for chunk in chunks)


def received(rig: Rig, chunks: list[Chunk]) -> tuple[list[int], list[int]]:
    """Indices and device numbers of all samples."""
    indices = [chunk.first + i for chunk in chunks for i in range(len(chunk.samples))]
    return indices, rig.numbers(np.concatenate([chunk.samples for chunk in chunks]))


def test_making_a_source_touches_nothing(rig: Rig) -> None:
    suffers(rig, "away")
    rig.hang_up()
    source = rig.source()
    with pytest.raises((SourceUnavailable, RecordingError)):
        source.__enter__()
    rig.plug_in()
    with source:
        assert source.read(PATIENCE_S) is not None


def test_reading_outside_with_is_refused(rig: Rig) -> None:
    source = rig.source()
    with pytest.raises(SourceUnavailable, match="with"):
        source.read(0.0)
    with source:
        assert source.read(PATIENCE_S) is not None
        rig.hold()
        rig.send(50)
        rig.lose(rig.traits.hole)
        rig.send(50)
        listen(source, enough=20)  # the rest may be in the driver's hands when it closes
    with pytest.raises(SourceUnavailable, match="with"):
        source.read(0.0)


def test_it_says_what_it_is(rig: Rig) -> None:
    with rig.source() as source:
        info = source.info
    assert info.rate_hz == rig.traits.rate_hz
    assert len(info.channels) == len(set(info.channels)) == rig.traits.channels
    assert info.name
    assert info.unit in ("uV", "a.u.")
    if info.grid is not None:
        assert sorted(np.ravel(info.grid)) == list(range(rig.traits.channels))


def test_samples_come_exactly_and_in_order(rig: Rig) -> None:
    with rig.source() as source:
        rig.hold()
        rig.send(200)
        chunks = listen(source, enough=200)
        losses = source.losses
    indices, numbers = received(rig, chunks)
    assert indices == list(range(len(indices)))
    assert numbers == list(range(numbers[0], numbers[0] + len(indices)))
    assert len(indices) >= 190
    assert losses.samples == losses.packets == 0
    for chunk in chunks:
        assert chunk.samples.dtype == np.float32
        assert chunk.samples.shape[1:] == (rig.traits.channels,)
        due_s = chunks[0].device_s + chunk.first / rig.traits.rate_hz
        assert chunk.device_s == pytest.approx(due_s, abs=rig.traits.jitter_s + 1e-6)
        assert 0 <= time.monotonic_ns() - chunk.arrived_ns < 60e9
    assert [chunk.arrived_ns for chunk in chunks] == sorted(chunk.arrived_ns for chunk in chunks)


@pytest.mark.parametrize("timeouts_s", [(0.0,), (0.0001, 0.003, 0.0), (2.0,)], ids=["no wait", "hardly", "long"])
def test_any_reading_pattern_gives_the_same_samples(timeouts_s: tuple[float, ...], rig: Rig) -> None:
    with rig.source() as source:
        rig.hold()
        rig.send(200)
        chunks: list[Chunk] = []
        waits_s, end_s = cycle(timeouts_s), time.monotonic() + PATIENCE_S
        while count(chunks) < 190:
            assert time.monotonic() < end_s
            chunk = source.read(next(waits_s))
            chunks += [chunk] if chunk else []
    indices, numbers = received(rig, chunks)
    assert indices == list(range(len(indices)))
    assert numbers == list(range(numbers[0], numbers[0] + len(indices)))


def test_silence_is_none_and_in_time(rig: Rig) -> None:
    suffers(rig, "silence")
    with rig.silent() as source:
        for timeout_s in (0.0, 0.05, 0.2):
            waits_s = (waited(source, timeout_s) for _ in range(5))  # a busy machine may keep it longer now and then
            assert any(timeout_s <= wait_s < timeout_s + 1.0 for wait_s in waits_s)


def waited(source: Source, timeout_s: float) -> float:
    """Seconds until it says that there is nothing."""
    began = time.monotonic()
    assert source.read(timeout_s) is None
    return time.monotonic() - began


def test_its_counter_wraps(rig: Rig) -> None:
    suffers(rig, "wrap")
    with rig.source() as source:
        rig.hold()
        chunks = []
        for _ in range(30):
            rig.send(23)
            chunks += listen(source, enough=23)
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
        rig.lose(rig.traits.hole)
        rig.send(50)
        chunks = heard_out(rig, source)
        losses = source.losses
    indices, numbers = received(rig, chunks)
    assert np.array_equal(np.diff(indices), np.diff(numbers))
    missing = rig.traits.hole + rig.traits.beside
    assert sorted(np.diff(indices).tolist())[-2:] == [1, missing + 1]
    assert losses.samples == missing
    for chunk in chunks:
        assert set(np.diff(rig.numbers(chunk.samples))) <= {1}  # no hole inside a chunk


def test_a_damaged_sample_costs_itself(rig: Rig) -> None:
    suffers(rig, "damage")
    with rig.source() as source:
        rig.hold()
        rig.send(50)
        rig.damage()
        rig.send(50)
        chunks = heard_out(rig, source)
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
        chunks = heard_out(rig, source)
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
        before = heard_out(rig, source)
        rig.reboot()
        after = [chunk for _ in range(12) if (chunk := source.read(0.5))]
        rig.hold()
        rig.send(10)
        after += heard_out(rig, source)
    indices, numbers = received(rig, before + after)
    assert -1 not in numbers
    assert len(numbers) > len(received(rig, before)[1]) + 5
    assert np.diff(indices).min() == 1
    assert np.diff(indices).max() > 1  # no window may span the restart


def test_a_pulled_cable_is_a_lost_source(rig: Rig) -> None:
    suffers(rig, "hang up")
    with rig.source() as source:
        rig.hang_up()
        with pytest.raises(SourceLost, match=rig.traits.remedy):
            list(iter(lambda: source.read(0.2), "never"))
    rig.plug_in()


def test_a_source_can_be_opened_again(rig: Rig) -> None:
    source = rig.source()
    with source:
        first = source.read(PATIENCE_S)
    rig.hang_up()
    rig.plug_in()
    with source:
        second = source.read(PATIENCE_S)
    assert first is not None
    assert second is not None
    assert first.first == second.first == 0
    assert source.losses.samples == 0


def test_closing_releases_the_device(rig: Rig) -> None:
    suffers(rig, "in use")
    with rig.source() as source:
        with pytest.raises(SourceUnavailable, match="use"):
            rig.source().__enter__()
        assert count(listen(source, 20 + WAITING)) >= 20  # who has it keeps it
    with rig.source() as source:
        assert source.read(PATIENCE_S) is not None
