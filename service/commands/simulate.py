"""``palmaris simulate``: recordings of simulated users, for training and tests."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.progress import track

from drivers.registry import SourceUri
from drivers.simulation.user import Recorded
from drivers.simulator import from_uri

ONLY_SESSION: Final = "1"


def simulate(device: SourceUri, out: Path, users: Iterable[int], seconds: float, session: str = ONLY_SESSION) -> None:
    """Write ``user-NN.npz`` for each user, or ``user-NN_SESSION.npz``.

    In it: samples in microvolts, the label of each sample, and rows of channel numbers where electrodes form a grid. Of
    who types or makes events, in place of labels: ``keys`` and ``times``, the sample of each key or event.
    Raises ``SourceUnknown`` if it is no simulated device, or an option is unknown.
    """
    out.mkdir(parents=True, exist_ok=True)
    suffix = "" if session == ONLY_SESSION else f"_{session}"
    for user in track(list(users), description="simulating"):
        source = from_uri(replace(device, options={**device.options, "user": str(user)}))
        taken = source.record(seconds)
        arrays: dict[str, Any] = {"samples": taken.samples, "channels": np.array(source.info.channels), **_truth(taken)}
        if source.info.grid is not None:
            arrays["grid"] = np.array(source.info.grid)
        np.savez_compressed(out / f"user-{user:02d}{suffix}.npz", rate_hz=source.info.rate_hz, **arrays)


def _truth(taken: Recorded) -> dict[str, Any]:
    if taken.labels.any():
        return {"labels": taken.labels}
    keys, times = [marker.text for marker in taken.markers], [marker.index for marker in taken.markers]
    return {"keys": np.array(keys, np.str_), "times": np.array(times, np.int64)}
