"""Recordings of simulated users, as ``palmaris simulate`` writes them: one continuous file per user and session.

``user-03.npz``, or ``user-03_day-1.npz`` of the session ``day-1``: ``samples`` (time, channel) float32 microvolts,
``rate_hz``, ``channels`` (their names) and ``labels``, the gesture at each sample. Where electrodes form a grid,
``grid``: rows of channel numbers.
"""

from collections import Counter
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.datasets.npz import read_npz
from models.datasets.trials import Trial
from models.errors import DatasetError


def load(folder: Path) -> list[Trial]:
    """Each run of one label is a trial, numbered per user, session and label.

    Raises:
        DatasetError: no such files, or one of them is damaged or of another layout.
    """
    return [trial for file in recordings(folder) for trial in _recording(file)]


def grid(folder: Path) -> tuple[tuple[int, ...], ...]:
    """Rows of channel numbers, the same in all files. Raises ``DatasetError`` where they differ, or form no grid."""
    grids = {tuple(tuple(row) for row in read_npz(file, "grid")[0].tolist()) for file in recordings(folder)}
    if len(grids) != 1:
        raise DatasetError(f"the recordings in {folder} are of different devices: give each device its own folder")
    return grids.pop()


def recordings(folder: Path) -> list[Path]:
    """The files of a data set. Raises ``DatasetError`` where there are none."""
    files = sorted(folder.glob("user-*.npz"))
    if not files:
        raise DatasetError(f"no user-*.npz in {folder}: write them with palmaris simulate, or give their folder")
    return files


def user_and_session(file: Path) -> tuple[str, str]:
    """What the name of a file tells."""
    user, _, session = file.stem.partition("_")
    return user, session or "1"


def _recording(file: Path) -> list[Trial]:
    samples, rate_hz, labels = read_npz(file, "samples", "rate_hz", "labels")
    if not len(labels):
        raise DatasetError(f"{file} is empty: write it again")
    if len(labels) != len(samples):
        raise DatasetError(f"{file} has {len(labels)} labels for {len(samples)} samples: write it again")
    subject, session = user_and_session(file)
    seen: Counter[str] = Counter()
    trials = []
    for start, stop in _runs(labels):
        label = str(labels[start])
        seen[label] += 1
        piece = samples[start:stop].astype(np.float32)
        trials.append(Trial(piece, float(rate_hz), label, subject, session, seen[label]))
    return trials


def _runs(labels: npt.NDArray[np.str_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(labels[1:] != labels[:-1]) + 1
    return list(zip([0, *edges.tolist()], [*edges.tolist(), len(labels)], strict=True))
