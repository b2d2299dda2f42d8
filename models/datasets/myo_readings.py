"""Readings of a Myo armband: seven hand movements and rest, eight electrodes round the forearm, 200 Hz, three sessions.

    github.com/aljazfrancic/myo-readings-dataset (MIT).

One file per person, ``10000_right.npz``: for each session s and recorded movement g an integer array ``s<s>_g<g>``
(sample, 8 channels and the label of the sample), and ``fs``. A recording changes between rest and its movement every
five seconds; g0 is rest alone, with small movements on purpose. Counts of the armband, which states no unit: -128 to
127, and they do saturate. With 200 Hz there is nothing above 100 Hz, so the filter needs a lower upper cut-off.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from models.datasets.npz import read_npz
from models.datasets.trials import Trial
from models.errors import DatasetError
from models.pipeline.electrode_grid import Grid
from models.spec import REST

SEVEN: Final = ("flexion", "extension", "radial", "ulnar", "pronation", "supination", "fist")
"""The movements, labels 1 to 7."""
LABELS: Final = (REST, *SEVEN)
CHANNELS: Final = 8
RINGS: Final[Grid] = (tuple(range(CHANNELS)),)
SESSIONS: Final = 3

_NAME: Final = re.compile(r"\d+_(right|left)")


def load(folder: Path) -> list[Trial]:
    """Each stretch of one label as a trial, numbered within its recording, so rest comes under one number many times.

    Raises:
        DatasetError: no such files, or one of them is damaged or of another layout.
    """
    files = sorted(file for file in folder.glob("*.npz") if _NAME.fullmatch(file.stem))
    if not files:
        raise DatasetError(f"no 10000_right.npz or the like in {folder}: give the folder with one file per person")
    return [trial for file in files for trial in _person(file)]


def _person(file: Path) -> Iterator[Trial]:
    names = [f"s{session}_g{movement}" for session in range(1, SESSIONS + 1) for movement in range(len(LABELS))]
    rate_hz, *recordings = read_npz(file, "fs", *names)
    for name, recording in zip(names, recordings, strict=True):
        if recording.ndim != 2 or recording.shape[1] != CHANNELS + 1 or not len(recording):
            raise DatasetError(f"{file} has another layout: {name} must be (sample, {CHANNELS} channels and label)")
        if not 0 <= recording[:, -1].min() <= recording[:, -1].max() < len(LABELS):
            raise DatasetError(f"{file} has a label in {name} that is none of 0 to 7: give an unchanged file")
        seen: Counter[str] = Counter()
        for part in np.split(recording, np.flatnonzero(np.diff(recording[:, -1])) + 1):
            label = LABELS[int(part[0, -1])]
            seen[label] += 1
            yield Trial(part[:, :-1].astype(np.float32), float(rate_hz), label, file.stem, name[1], seen[label])
