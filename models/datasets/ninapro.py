"""NinaPro DB2, DB4 and DB7: up to 52 gestures, six repetitions, 12 electrodes, 2 kHz, rest between the repetitions.

    M. Atzori et al., "Electromyography data for non-invasive naturally-controlled robotic hand prostheses", Scientific
    Data 1:140053, 2014 (DB2). S. Pizzolato et al., PLoS ONE 12(10):e0186132, 2017 (DB4). A. Krasoulis et al., Journal
    of NeuroEngineering and Rehabilitation 14:71, 2017 (DB7; two of its people have lost a hand). ninapro.hevs.ch.

One file per person and exercise, ``S1_E2_A1.mat``, in any folders below the one given: ``emg`` (time, 12), and per
sample ``restimulus``, the gesture as relabelled after the recording, 0 at rest, and ``rerepetition``, its number. From
the makers' page and read-me: these names, the number of exercises, and six repetitions. From public code that reads
them (github.com/LibEMG/libemg): that emg and labels may differ in length by some samples, and that samples before the
first repetition have the number 0. How many gestures each exercise has, and so the 49, 52 and 40 labels, is common
knowledge of the field, not of those pages. Exercises may count their gestures from 1 again or go on; both are read.

Nobody states the unit. Values are taken for volts, in which the Trigno of DB2 and DB7 hands out its samples; of the
Cometa of DB4 that is a guess. None of it was tried on the published files. A whole DB2 needs about 20 GB of memory, so
read one person at a time.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.datasets.mat import read_mat
from models.datasets.trials import Trial
from models.errors import DatasetError
from models.spec import REST

Numbers = npt.NDArray[Any]

RATE_HZ: Final = 2000.0
CHANNELS: Final = 12
VOLT_UV: Final = np.float32(1e6)
DB2: Final = (17, 23, 9)
"""Gestures of each exercise: fingers and wrist, grasps, force patterns."""
DB4: Final = (12, 17, 23)
DB7: Final = (17, 23)
TEST: Final = frozenset({2, 5})
"""Repetitions that are scored; the others learn (SYSTEMS 4.7, the split of STCNet's code)."""
VALIDATION: Final = frozenset({6})
"""Of those that learn, the one that may stop a training early."""

_NAME: Final = re.compile(r"S(?P<subject>\d+)_E(?P<exercise>\d)_A\d", re.IGNORECASE)


def labels_of(exercises: Sequence[int]) -> tuple[str, ...]:
    """The gestures of a database, by their numbers, without rest."""
    return tuple(str(number) for number in range(1, sum(exercises) + 1))


def people(folder: Path) -> list[str]:
    """Who was recorded, by their numbers, told by the names of the files alone. Raises ``DatasetError`` if nobody."""
    return sorted({_person(name) for _, name in _named(folder)})


def load(folder: Path, exercises: Sequence[int], person: str | None = None) -> list[Trial]:
    """Every repetition of every gesture, by person and exercise, and each rest under the number of what it follows.

    Args:
        folder: somewhere below it are the files.
        exercises: how many gestures each has: ``DB2``, ``DB4`` or ``DB7``.
        person: one of ``people``, or everybody.

    Raises:
        DatasetError: no such files, or one is damaged, of another layout or of another database.
    """
    named = [(path, name) for path, name in _named(folder) if person in (None, _person(name))]
    return [trial for path, name in named for trial in _recording(path, name, exercises)]


def _named(folder: Path) -> list[tuple[Path, re.Match[str]]]:
    """Files by person and exercise."""
    named = [(path, name) for path in folder.rglob("*.mat") if (name := _NAME.fullmatch(path.stem))]
    if not named:
        raise DatasetError(f"no S1_E1_A1.mat or the like below {folder}: give the folder of one NinaPro database")
    return sorted(named, key=lambda item: (int(item[1]["subject"]), int(item[1]["exercise"])))


def _person(name: re.Match[str]) -> str:
    return f"{int(name['subject']):02}"


def _recording(path: Path, name: re.Match[str], exercises: Sequence[int]) -> Iterator[Trial]:
    emg, gestures, repetitions = _arrays(path)
    gestures = _counted_on(path, gestures, int(name["exercise"]), exercises)
    followed = 0
    for run in _runs(gestures, repetitions):
        gesture, repetition = int(gestures[run.start]), int(repetitions[run.start])
        if gesture:
            followed = repetition
        if followed:  # what comes before the first repetition belongs to none
            label = str(gesture) if gesture else REST
            yield Trial(emg[run], RATE_HZ, label, _person(name), "1", followed)


def _arrays(path: Path) -> tuple[npt.NDArray[np.float32], Numbers, Numbers]:
    """Microvolts (time, 12), gestures (time,) and repetitions (time,), as long as the shortest of them."""
    emg, *labels = read_mat(path, "emg", "restimulus", "rerepetition")
    if emg.ndim != 2 or emg.shape[1] != CHANNELS:
        raise DatasetError(f"{path} has another layout: emg must be (time, {CHANNELS}), not {emg.shape}")
    gestures, repetitions = (numbers.ravel().astype(np.int64) for numbers in labels)
    length = min(len(emg), len(gestures), len(repetitions))
    if not length:
        raise DatasetError(f"{path} holds no labelled sample: copy it again")
    return emg[:length].astype(np.float32) * VOLT_UV, gestures[:length], repetitions[:length]


def _counted_on(path: Path, gestures: Numbers, exercise: int, exercises: Sequence[int]) -> Numbers:
    """Numbers among all gestures of the database, whether or not the file counts them from 1 again."""
    if not 1 <= exercise <= len(exercises):
        raise DatasetError(f"{path} is of exercise {exercise}, this database has {len(exercises)}: choose another one")
    last = list(accumulate(exercises, initial=0))
    first, held = last[exercise - 1], gestures[gestures > 0]
    if len(held) and held.min() <= first:
        gestures = np.where(gestures > 0, gestures + first, 0)
    if gestures.max() > last[exercise]:
        raise DatasetError(
            f"{path} has gesture {gestures.max()}, exercise {exercise} ends with {last[exercise]}: choose another set"
        )
    return gestures


def _runs(gestures: Numbers, repetitions: Numbers) -> Iterator[slice]:
    """Stretches in which neither changes; at rest, whose repetition may change within it, the gesture alone counts."""
    changes = (np.diff(gestures) != 0) | ((np.diff(repetitions) != 0) & (gestures[1:] > 0))
    edges = [0, *(np.flatnonzero(changes) + 1).tolist(), len(gestures)]
    return (slice(start, end) for start, end in pairwise(edges))
