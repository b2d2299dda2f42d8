"""Signals to measure with: simulated users, recorded before, so that simulating muscles is not counted."""

from pathlib import Path
from typing import Final

import numpy as np

from drivers.simulation.blocks import RATE_HZ
from drivers.simulation.forearm import ELECTRODES
from drivers.simulation.user import SimulatedUser

SECONDS: Final = 30.0
WIDE_CHANNELS: Final = 16
WIDE_RATE_HZ: Final = RATE_HZ // 2


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
    users = [SimulatedUser(user).record(seconds)[0] for user in range(WIDE_CHANNELS // len(ELECTRODES))]
    np.savez(path, samples=np.concatenate(users, axis=1)[::2], rate_hz=WIDE_RATE_HZ)
    return path


def played(recording: Path, chunk_ms: float = 5.0) -> str:
    """The URI of a device that plays it for ever, in chunks of that length."""
    return f"replay://{recording}?chunk_ms={chunk_ms:g}&loop=true"
