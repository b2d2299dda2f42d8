"""``palmaris simulate``: recordings of simulated users, for training and tests."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from rich.progress import track

from drivers.simulation.blocks import RATE_HZ
from drivers.simulation.forearm import ELECTRODES
from drivers.simulation.user import SimulatedUser


def simulate(out: Path, users: Iterable[int], seconds: float, seed: int) -> None:
    """Write ``user-NN.npz`` for each user: samples in microvolts, and the label of each sample."""
    out.mkdir(parents=True, exist_ok=True)
    for user in track(list(users), description="simulating"):
        samples, labels = SimulatedUser(user, seed).record(seconds)
        np.savez_compressed(
            out / f"user-{user:02d}.npz",
            samples=samples,
            rate_hz=RATE_HZ,
            channels=np.array(tuple(ELECTRODES)),
            labels=labels,
        )
