"""Khushaba et al. 2012: ten finger gestures, two channels on the forearm, 4 kHz, six trials of 5 s; no rest.

    R. N. Khushaba, S. Kodagoda, M. Takruri, G. Dissanayake, "Toward improved control of prosthetic fingers using
    surface electromyogram (EMG) signals", Expert Systems with Applications 39(12):10731-10738, 2012.

One file per subject, ``S01.npz``: ``x`` integers [class, trial, sample, channel], ``uV_per_lsb``, ``classes``, ``fs``.
No licence of the recordings was found: research use, and cite the paper.
"""

from pathlib import Path
from typing import Final

import numpy as np

from models.datasets.npz import read_npz
from models.datasets.trials import Trial
from models.errors import DatasetError

GESTURES: Final = {
    "T-T": "thumb",
    "I-I": "index",
    "M-M": "middle",
    "R-R": "ring",
    "L-L": "little",
    "HC": "hand_close",
    "T-I": "thumb_index",
    "T-M": "thumb_middle",
    "T-R": "thumb_ring",
    "T-L": "thumb_little",
}
"""Their name -> ours. The last four are pinches, the thumb against one finger."""

TEN: Final = tuple(GESTURES.values())
SIX: Final = TEN[:6]


def load(folder: Path) -> list[Trial]:
    """Every trial of every subject in the folder, by file name.

    Raises:
        DatasetError: no such files, or one of them is damaged or of another layout.
    """
    files = sorted(folder.glob("S*.npz"))
    if not files:
        raise DatasetError(f"no S*.npz in {folder}: give the folder with one file per subject, S01.npz, S02.npz ...")
    return [trial for file in files for trial in _subject(file)]


def _subject(file: Path) -> list[Trial]:
    raw, names, rate_hz, microvolts = read_npz(file, "x", "classes", "fs", "uV_per_lsb")
    if raw.ndim != 4 or len(names) != len(raw):
        raise DatasetError(f"{file} has another layout: x must be [class, trial, sample, channel], one name per class")
    if unknown := set(names.tolist()) - set(GESTURES):
        raise DatasetError(f"{file} has unknown classes {', '.join(sorted(unknown))}; known: {', '.join(GESTURES)}")
    return [
        Trial(samples * np.float32(microvolts), float(rate_hz), GESTURES[name], file.stem, "1", number)
        for name, trials in zip(names.tolist(), raw, strict=True)
        for number, samples in enumerate(trials, 1)
    ]
