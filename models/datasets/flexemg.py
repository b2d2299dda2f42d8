"""flexemg: rest and four gestures, 64 electrodes round the forearm (16 round it, 4 along it), 1 kHz, several sessions.

    A. Moin et al., "An EMG gesture recognition system with flexible high-density sensors and brain-inspired
    high-dimensional classifier", ISCAS 2018; github.com/a-moin/flexemg.

One file per subject and set, ``S1_1Train.npz``: subject, session, and its trials for training or test. ``dx`` [trial,
channel, sample] are differences of 16-bit counts that run over; ``seq`` is the order of each trial's gestures, numbers
of ``labels``; ``timerest`` samples of rest come first, then ``timegest`` samples of each gesture, then rest to the end.
``arraymap.mat`` beside them says where each channel stands, counting from 1; its rows run round the forearm.

Unfiltered: tens of millivolts of offset and slow drift above the EMG, so these recordings need a lower cut-off. The
recordings are under the GNU GPL v3: what is trained on them does not belong into the package.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, groupby
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from models.datasets.mat import read_mat
from models.datasets.npz import read_npz
from models.datasets.trials import Trial
from models.errors import DatasetError
from models.spec import REST

GESTURES: Final = {"Rest": REST, "Fist": "fist", "Raise": "raise", "Lower": "lower", "Open": "open"}
"""Their name -> ours."""

LABELS: Final = tuple(GESTURES.values())

RING: Final = 1
"""Column of the map whose 16 electrodes are the ring of ``load_ring``."""

_NAME: Final = re.compile(r"(?P<subject>S\d+)_(?P<session>\d+)(?P<part>Train|Test)")


class _Set(NamedTuple):
    """What a file holds, in the order of reading: a session's training trials come first."""

    subject: str
    session: str
    test: bool
    file: Path


def grid(folder: Path) -> tuple[tuple[int, ...], ...]:
    """Rows of channel numbers from 0, 16 rows round the forearm. Raises ``DatasetError`` without ``arraymap.mat``."""
    (rows,) = read_mat(folder / "arraymap.mat", "arraymap")
    return tuple(tuple(int(number) - 1 for number in row) for row in rows)


def ring(folder: Path) -> tuple[int, ...]:
    """Channel numbers from 0 of one ring of 16, in their order round the forearm. Raises as ``grid`` does."""
    return tuple(row[RING] for row in grid(folder))


def load_ring(folder: Path) -> list[Trial]:
    """As ``load``, the 16 channels of that ring alone, in its order: what a wristband would have recorded."""
    channels = list(ring(folder))
    return [replace(trial, samples=trial.samples[:, channels]) for trial in load(folder)]


def load(folder: Path) -> list[Trial]:
    """Each gesture, and the rest before and after, as a trial.

    All pieces of one recording have its number, so a split by trial keeps a recording together; rest comes twice under
    one number. A session's recordings are counted on: those for training, then those for test.

    Raises:
        DatasetError: no such files, or one of them is damaged or of another layout.
    """
    sets = sorted(_Set(name["subject"], name["session"], name["part"] == "Test", file) for file, name in _named(folder))
    if not sets:
        raise DatasetError(f"no S1_1Train.npz or the like in {folder}: give the folder with one file per set")
    trials = []
    for _, session in groupby(sets, key=lambda part: part[:2]):
        number = count(1)
        trials += [trial for part in session for trial in _recordings(part, number)]
    return trials


def _named(folder: Path) -> Iterator[tuple[Path, re.Match[str]]]:
    return ((file, name) for file in folder.glob("*.npz") if (name := _NAME.fullmatch(file.stem)))


def _recordings(part: _Set, number: Iterator[int]) -> Iterator[Trial]:
    names = "dx", "seq", "labels", "fs", "uV_per_lsb", "timerest", "timegest"
    dx, orders, labels, rate_hz, scale, rest, held = read_npz(part.file, *names)
    if dx.ndim != 3 or len(orders) != len(dx):
        raise DatasetError(f"{part.file} has another layout: dx must be [trial, channel, sample], one order per trial")
    if unknown := set(labels.tolist()) - set(GESTURES):
        raise DatasetError(f"{part.file} has unknown gestures {', '.join(sorted(unknown))}: give an unchanged file")
    for steps, order in zip(dx, orders, strict=True):
        counts = np.cumsum(steps, axis=-1, dtype=np.uint16)  # (channel, time): the differences run over, so must this
        samples = np.ascontiguousarray(counts.T, np.float32) * np.float32(scale)
        numbers = [0, *order.tolist(), 0]
        edges = int(rest) + int(held) * np.arange(len(order) + 1)
        recording = next(number)
        for label, piece in zip(numbers, np.split(samples, edges), strict=True):
            name = GESTURES[str(labels[label])]
            yield Trial(piece, float(rate_hz), name, part.subject, part.session, recording)
