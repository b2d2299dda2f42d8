"""CapgMyo: hand gestures under 128 electrodes round the forearm (16 x 8), 1 kHz; DB-a, DB-b in two sessions, DB-c.

    Y. Du, W. Jin, W. Wei, Y. Hu, W. Geng, "Surface EMG-based inter-session gesture recognition enhanced by deep domain
    adaptation", Sensors 17(3):458, 2017; zju-capg.org/research_en_electro_capgmyo.html.

Files by recording and gesture, in any folders below the one given, as each is unpacked from its own archive:

- preprocessed, ``sss-ggg-ttt.mat`` (the page writes ``sss_ggg_ttt.mat``): ``data`` (1000, 128), the middle second of
  trial ttt, after their band-stop of 45-55 Hz;
- raw, ``sss-ggg.mat``: ``data`` (time, 128) with ``gesture`` (time,), 0 at rest; each run of a gesture is a trial.

From the page: the names of the files, and that values of -1 to 1 stand for -2.5 to 2.5 mV. From the makers' public code
(github.com/Answeror/semimyo and srep, sigr/dataset/capgmyo): that runs shorter than 1000 samples are no trials, that
channels fill 16 rows of 8 in order, and that recordings 2n - 1 and 2n of DB-b are sessions 1 and 2 of subject n.
Gestures 100 and 101 are efforts of full strength, and left out. Gestures keep their numbers. None of it was tried on
the published files.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from models.datasets.mat import read_mat
from models.datasets.trials import Trial
from models.errors import DatasetError
from models.spec import REST

Run = tuple[str, int, npt.NDArray[np.float32]]
"""Label, number of the trial and (time, channel) microvolts."""

RATE_HZ: Final = 1000.0
CHANNELS: Final = 128
FULL_SCALE_UV: Final = np.float32(2500)
SHORTEST: Final = 1000
"""Samples of the shortest run that is a trial."""
GRID: Final = tuple(tuple(range(first, first + 8)) for first in range(0, CHANNELS, 8))
"""Rows of channel numbers from 0."""
EIGHT: Final = tuple(str(number) for number in range(1, 9))
"""The gestures of DB-a and DB-b."""
TWELVE: Final = tuple(str(number) for number in range(1, 13))
"""The gestures of DB-c."""

_NAME: Final = re.compile(r"(?P<recording>\d{3})[-_](?P<gesture>\d{3})(?:[-_](?P<trial>\d{3}))?")

FULL_STRENGTH: Final = 100
"""The first of the gestures that are efforts of full strength."""


def load(folder: Path, sessions: int = 1) -> list[Trial]:
    """Every trial of every subject, by file; raw files give rest too, under the number of the trial that it follows.

    ``sessions`` of each subject, whose recordings follow one another: 2 in DB-b.

    Raises:
        DatasetError: no such files, raw and preprocessed ones together, or one is damaged or of another layout.
    """
    names = {path: name for path in sorted(folder.rglob("*.mat")) if (name := _NAME.fullmatch(path.stem))}
    if not names:
        raise DatasetError(f"no 001-001-001.mat or 001-001.mat below {folder}: give the folder of one CapgMyo database")
    if len({name["trial"] is None for name in names.values()}) > 1:
        raise DatasetError(f"{folder} holds raw and preprocessed files, so trials would come twice: keep one kind")
    kept = {path: name for path, name in names.items() if int(name["gesture"]) < FULL_STRENGTH}
    return [trial for path, name in kept.items() for trial in _trials(path, name, sessions)]


def _trials(path: Path, name: re.Match[str], sessions: int) -> list[Trial]:
    subject, session = divmod(int(name["recording"]) - 1, sessions)
    read = _raw(path) if name["trial"] is None else _preprocessed(path, name["gesture"], name["trial"])
    return [
        Trial(samples, RATE_HZ, label, f"{subject + 1:02}", f"{session + 1}", number) for label, number, samples in read
    ]


def _preprocessed(path: Path, gesture: str, trial: str) -> Iterator[Run]:
    (data,) = read_mat(path, "data")
    yield str(int(gesture)), int(trial), _microvolts(path, data)


def _raw(path: Path) -> Iterator[Run]:
    data, gestures = read_mat(path, "data", "gesture")
    samples, numbers = _microvolts(path, data), gestures.ravel()
    if len(numbers) != len(samples):
        raise DatasetError(f"{path} has {len(numbers)} labels for {len(samples)} samples: copy it again")
    trial = 0
    for run in np.split(np.arange(len(numbers)), np.flatnonzero(np.diff(numbers)) + 1):
        gesture = int(numbers[run[0]])
        if len(run) >= SHORTEST:
            trial += gesture != 0
            yield str(gesture) if gesture else REST, max(trial, 1), samples[run]


def _microvolts(path: Path, data: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    if data.ndim != 2 or data.shape[1] != CHANNELS or not len(data):
        raise DatasetError(f"{path} has another layout: data must be (time, {CHANNELS}), not {data.shape}")
    return data.astype(np.float32) * FULL_SCALE_UV
