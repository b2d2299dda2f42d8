"""The devices that every driver's tests are run on, one rig each."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import emulators
import numpy as np
import pytest
from rigs import EmulatedRig, PlayedRig, RecordingRig, Rig, SerialRig, SyntheticRig, Traits
from talkers import LslSender, MuoviProbe, Talker

from drivers.boards.muovi import MICROVOLTS
from drivers.brainflow_board import load_brainflow
from drivers.errors import SourceUnavailable
from drivers.lsl_streams import load_pylsl
from drivers.recordings.native import Recorder
from drivers.simulation.blocks import RATE_HZ as SIMULATED_HZ
from drivers.simulation.grid_user import HD_GRID, GridUser
from drivers.simulation.user import SimulatedUser
from drivers.simulator import GRID_RATES_HZ
from drivers.source import Chunk, Samples, SourceInfo

RECORDED_HZ = 1000.0
RECORDED = emulators.signal(300, 3000, 4).astype(np.float32)


def needs(load: Callable[[], Any]) -> None:
    """Skip, saying why, where a library is not installed."""
    try:
        load()
    except SourceUnavailable as error:
        pytest.skip(str(error))


@contextmanager
def serial(model: Callable[[], emulators.BoardModel], folder: Path) -> Iterator[Rig]:
    with emulators.EmulatedBoard(soon_to_wrap(model()), folder) as board:
        yield SerialRig(board)


def soon_to_wrap(model: emulators.BoardModel) -> emulators.BoardModel:
    """A counter of two bytes would take minutes to wrap, so it begins shortly before."""
    early = max(0, model.period - 256)
    return replace(model, encode=lambda first, count, zero: model.encode(first, count, zero - early))


@contextmanager
def talking(talker: Talker, rig: Rig) -> Iterator[Rig]:
    talker.plug_in()
    try:
        yield rig
    finally:
        talker.hang_up()


@contextmanager
def lsl(with_source_id: bool, folder: Path) -> Iterator[Rig]:
    """With a source id, a sender that is gone is waited for, as if it were silent; without, it is lost at once."""
    needs(load_pylsl)
    name = f"{folder.name} {os.getpid()}"  # that no other run on this machine uses
    sender = LslSender(name, name if with_source_id else "")
    query = f"?source_id={quote(name)}&" if with_source_id else f"{quote(name)}?"
    suffers = frozenset({"silence", "lose", "away", "reboot" if with_source_id else "hang up"})
    spared = "TCP brings all bytes, many may listen, and a sender that is gone is waited for with a source id only"
    hole = round(0.12 * sender.rate_hz)  # less than 100 ms are taken for jitter of the stamps
    traits = Traits(sender.rate_hz, sender.channels, suffers, spared, "start its sender", hole, jitter_s=0.01)
    with talking(sender, EmulatedRig(traits, f"lsl://{query}timeout=5", sender)) as rig:
        yield rig


@contextmanager
def muovi(folder: Path) -> Iterator[Rig]:
    probe = MuoviProbe()
    host, port = probe.address
    suffers = frozenset({"silence", "wrap", "lose", "away", "hang up"})
    spared = "TCP brings all bytes, a probe that restarts hangs up, and once it has called the port is free"
    traits = Traits(probe.rate_hz, probe.channels, suffers, spared, "switch it on", beside=2)
    with talking(probe, EmulatedRig(traits, f"muovi://{host}:{port}?timeout=5", probe, MICROVOLTS)) as rig:
        yield rig


def write_npz(path: Path) -> None:
    np.savez(path, samples=RECORDED, rate_hz=RECORDED_HZ)


def write_native(path: Path) -> None:
    channels = tuple(f"ch{number}" for number in range(1, RECORDED.shape[1] + 1))
    with Recorder(path, SourceInfo("band", RECORDED_HZ, channels)) as recorder:
        began_ns = time.monotonic_ns()
        for first in range(0, len(RECORDED), 10):
            seconds = first / RECORDED_HZ
            recorder.write(Chunk(first, RECORDED[first : first + 10], began_ns + round(seconds * 1e9), seconds))


@contextmanager
def recording(write: Callable[[Path], None], name: str, folder: Path) -> Iterator[Rig]:
    write(folder / name)
    traits = Traits(RECORDED_HZ, RECORDED.shape[1], frozenset({"silence", "away"}), "it is a file, read whole")
    yield RecordingRig(traits, folder / name, RECORDED)


@contextmanager
def simulator(folder: Path) -> Iterator[Rig]:
    samples: Samples = SimulatedUser(user=3).record(3)[0]
    traits = Traits(SIMULATED_HZ, 2, frozenset({"silence"}), "nothing lies between it and its reader")
    yield PlayedRig(traits, "sim://two-channel?user=3", samples)


@contextmanager
def hd_grid(folder: Path) -> Iterator[Rig]:
    samples: Samples = GridUser(HD_GRID, GRID_RATES_HZ[0], user=3).record(3)[0]
    traits = Traits(
        GRID_RATES_HZ[0], HD_GRID.channels, frozenset({"silence"}), "nothing lies between it and its reader"
    )
    yield PlayedRig(traits, "sim://hd-grid?user=3", samples)


@contextmanager
def brainflow(folder: Path) -> Iterator[Rig]:
    """BrainFlow's synthetic board; its thread stamps when it wakes up."""
    needs(load_brainflow)
    spared = "BrainFlow's synthetic board is always there, always sends and cannot be told what"
    yield SyntheticRig(Traits(250.0, 16, frozenset({"wrap", "in use"}), spared, jitter_s=0.5))


RIGS: dict[str, Callable[[Path], AbstractContextManager[Rig]]] = {
    **{model().name: partial(serial, model) for model in emulators.MODELS},
    "lsl": partial(lsl, True),
    "lsl-without-id": partial(lsl, False),
    "muovi": muovi,
    "replay-npz": partial(recording, write_npz, "band.npz"),
    "replay-native": partial(recording, write_native, "band.palmaris"),
    "simulator": simulator,
    "simulator-grid": hd_grid,
    "brainflow": brainflow,
}
