"""Signals to measure with: simulated users, recorded before, so that simulating muscles is not counted."""

from pathlib import Path
from typing import Final

import numpy as np

from drivers.recordings.native import Recorder
from drivers.simulation.blocks import RATE_HZ
from drivers.simulation.forearm import ELECTRODES
from drivers.simulation.user import SimulatedUser
from drivers.source import Chunk, Samples, SourceInfo
from models.spec import ImageSpec, ModelSpec

SECONDS: Final = 30.0
WIDE_CHANNELS: Final = 16
WIDE_RATE_HZ: Final = RATE_HZ // 2
GRID_CHANNELS: Final = 64
GRID_RATE_HZ: Final = WIDE_RATE_HZ
CHUNKS_HZ: Final = 200
NOISE_UV: Final = 50.0


def two_channels(folder: Path, seconds: float = SECONDS) -> Path:
    """The recording of one simulated user: 2 channels at 4 kHz."""
    path = folder / "simulated-2ch.npz"
    samples, _ = SimulatedUser().record(seconds)
    np.savez(path, samples=samples, rate_hz=RATE_HZ)
    return path


def sixteen_channels(folder: Path, seconds: float = SECONDS) -> Path:
    """Eight simulated users side by side at half the rate: 16 channels at 2 kHz.

    Every second sample is left out without a filter before: for what serving costs, aliases do not matter.
    """
    path = folder / "simulated-16ch.npz"
    np.savez(path, samples=_side_by_side(seconds), rate_hz=WIDE_RATE_HZ)
    return path


def grid(folder: Path, seconds: float = SECONDS) -> Path:
    """The sixteen channels four times, each time later than before: 8 rows of 8 electrodes at 2 kHz."""
    path, side = folder / "simulated-grid.palmaris", 8
    wide = _side_by_side(seconds)
    samples = np.concatenate([np.roll(wide, turn * len(wide) // 4, axis=0) for turn in range(4)], axis=1)
    rows = tuple(tuple(range(row * side, (row + 1) * side)) for row in range(side))
    labels = tuple(f"{row + 1}.{column + 1}" for row in range(side) for column in range(side))
    info = SourceInfo("simulated grid", GRID_RATE_HZ, labels, grid=rows, simulated=True)
    _write(path, info, samples)
    return path


def noise(folder: Path, spec: ModelSpec, images: ImageSpec, seconds: float = SECONDS) -> Path:
    """White noise on the electrodes that a model of images was trained on: for what it costs, muscles do not matter."""
    path = folder / f"noise-{spec.channels}ch.palmaris"
    draw = np.random.default_rng(0)
    samples = NOISE_UV * draw.standard_normal((round(seconds * spec.rate_hz), spec.channels), np.float32)
    labels = tuple(str(channel) for channel in range(spec.channels))
    _write(path, SourceInfo("noise", spec.rate_hz, labels, grid=images.grid, simulated=True), samples)
    return path


def _write(path: Path, info: SourceInfo, samples: Samples) -> None:
    size = round(info.rate_hz / CHUNKS_HZ)
    with Recorder(path, info) as recorder:
        for first in range(0, len(samples), size):
            at_s = first / info.rate_hz
            recorder.write(Chunk(first, samples[first : first + size], round(1e9 * at_s), at_s))


def _side_by_side(seconds: float) -> Samples:
    users = [SimulatedUser(user).record(seconds)[0] for user in range(WIDE_CHANNELS // len(ELECTRODES))]
    return np.concatenate(users, axis=1)[::2]


def played(recording: Path, chunk_ms: float = 5.0) -> str:
    """The URI of a device that plays it for ever, in chunks of that length."""
    return f"replay://{recording}?chunk_ms={chunk_ms:g}&loop=true"
