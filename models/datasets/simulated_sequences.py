"""Recordings of simulated users who type, make events or bend their wrist, as ``palmaris simulate`` writes them.

    palmaris simulate DIR --source 'sim://wristband?text=sentences&bands=2'
    palmaris simulate DIR --source 'sim://wristband?events=all&day=1' --session day-1

``user-03.npz``, or ``user-03_day-1.npz`` of the session ``day-1``: ``samples`` (time, channel) float32 microvolts,
``rate_hz``, ``keys`` (symbols, names of events, or angles of
the wrist in degrees) and ``times``, the sample of each.
"""

from pathlib import Path

import numpy as np

from models.datasets.npz import read_npz
from models.datasets.sequences import Sequence
from models.datasets.simulated import recordings, user_and_session
from models.errors import DatasetError


def load(folder: Path) -> list[Sequence]:
    """Each recording is one sequence.

    Raises:
        DatasetError: no such files, or one of them is damaged, of another layout or of other channels.
    """
    sequences = [_sequence(file) for file in recordings(folder)]
    if len({(sequence.signal.shape[1], sequence.rate_hz) for sequence in sequences}) != 1:
        raise DatasetError(f"the recordings in {folder} are of different devices: give each device its own folder")
    return sequences


def _sequence(file: Path) -> Sequence:
    samples, rate_hz, keys, times = read_npz(file, "samples", "rate_hz", "keys", "times")
    user, session = user_and_session(file)
    if len(times) and times.max() >= len(samples):
        raise DatasetError(f"{file} is damaged (a key comes after the last sample): write it again")
    try:
        return Sequence(samples.astype(np.float32), float(rate_hz), tuple(keys.tolist()), times, user, session)
    except ValueError as error:
        raise DatasetError(f"{file} is damaged ({error}): write it again") from error
