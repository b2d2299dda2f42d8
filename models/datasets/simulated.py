"""Recordings of simulated users, as ``palmaris simulate`` writes them: one continuous file per user.

``user-03.npz``: ``samples`` (time, channel) float32 microvolts, ``rate_hz``, ``channels`` (their names) and ``labels``,
the gesture at each sample.
"""

from collections import Counter
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.datasets.npz import read_npz
from models.datasets.trials import Trial
from models.errors import DatasetError


def load(folder: Path) -> list[Trial]:
    """Each run of one label is a trial, numbered per user and label.

    Raises:
        DatasetError: no such files, or one of them is damaged or of another layout.
    """
    files = sorted(folder.glob("user-*.npz"))
    if not files:
        raise DatasetError(f"no user-*.npz in {folder}: write them with palmaris simulate, or give their folder")
    return [trial for file in files for trial in _user(file)]


def _user(file: Path) -> list[Trial]:
    samples, rate_hz, labels = read_npz(file, "samples", "rate_hz", "labels")
    if not len(labels):
        raise DatasetError(f"{file} is empty: write it again")
    if len(labels) != len(samples):
        raise DatasetError(f"{file} has {len(labels)} labels for {len(samples)} samples: write it again")
    seen: Counter[str] = Counter()
    trials = []
    for start, stop in _runs(labels):
        label = str(labels[start])
        seen[label] += 1
        trials.append(Trial(samples[start:stop].astype(np.float32), float(rate_hz), label, file.stem, "1", seen[label]))
    return trials


def _runs(labels: npt.NDArray[np.str_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(labels[1:] != labels[:-1]) + 1
    return list(zip([0, *edges.tolist()], [*edges.tolist(), len(labels)], strict=True))
