"""UCI "sEMG for Basic Hand movements", database 1: six grasps, two channels on the forearm, 500 Hz, 30 trials of 6 s.

    C. Sapsanis, G. Georgoulas, A. Tzes, D. Lymberopoulos, "Improving EMG based classification of basic hand movements
    using EMD", 35th Annual International Conference of the IEEE EMBS, 5754-5757, 2013.

One file per subject, ``female_1.npz``: ``x`` integers [class, trial, sample, channel], ``unit_per_lsb``, ``classes``,
``fs``. Nobody states the unit: trials hold the published numbers (up to about 22), not microvolts, and whoever mixes
them with other recordings must scale them first. Each trial begins with the hand at rest or on its way; there is no
rest class. No licence of the recordings was found: research use, and cite the paper.
"""

from pathlib import Path
from typing import Final

import numpy as np

from models.datasets.npz import read_npz
from models.datasets.trials import Trial
from models.errors import DatasetError

GESTURES: Final = {
    "cyl": "cylindrical",
    "hook": "hook",
    "tip": "tip",
    "palm": "palmar",
    "spher": "spherical",
    "lat": "lateral",
}
"""Their name -> ours, all of them grasps."""

GRASPS: Final = tuple(GESTURES.values())


def load(folder: Path) -> list[Trial]:
    """Every trial of every subject in the folder, by file name; samples in the data set's own unit.

    Raises:
        DatasetError: no such files, or one of them is damaged or of another layout.
    """
    files = sorted(file for sex in ("female", "male") for file in folder.glob(f"{sex}_*.npz"))
    if not files:
        raise DatasetError(f"no female_*.npz or male_*.npz in {folder}: give the folder with one file per subject")
    return [trial for file in files for trial in _subject(file)]


def _subject(file: Path) -> list[Trial]:
    raw, names, rate_hz, unit = read_npz(file, "x", "classes", "fs", "unit_per_lsb")
    if raw.ndim != 4 or len(names) != len(raw):
        raise DatasetError(f"{file} has another layout: x must be [class, trial, sample, channel], one name per class")
    if unknown := set(names.tolist()) - set(GESTURES):
        raise DatasetError(f"{file} has unknown classes {', '.join(sorted(unknown))}; known: {', '.join(GESTURES)}")
    return [
        Trial(samples * np.float32(unit), float(rate_hz), GESTURES[name], file.stem, "1", number)
        for name, trials in zip(names.tolist(), raw, strict=True)
        for number, samples in enumerate(trials, 1)
    ]
