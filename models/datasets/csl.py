"""csl-hdemg: 26 finger gestures and rest, 8 x 24 electrodes on the forearm, 2048 Hz, five sessions on different days.

    C. Amma, T. Krings, J. Boer, T. Schultz, "Advancing muscle-computer interfaces with high-density
    electromyography", CHI 2015.

Files ``subject1/session1/gest11.mat``, gesture 0 is rest: a cell array ``gestures``, each repetition (192, time), about
3 s. Channels are differences of neighbours along the forearm, so every eighth of them is none and is left out: 168
channels, (7, 24). All this is from the makers' README and example, which draws the rows from the far end to the near
one; they tell of no unit. Its figure of root mean squares up to 0.0035 fits volts best, so volts it is: an inference.
Of rest there are 30 repetitions, of each gesture 10. None of it was tried on the published files.
"""

import re
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from models.datasets.mat import read_mat
from models.datasets.trials import Trial
from models.errors import DatasetError
from models.spec import REST

RATE_HZ: Final = 2048.0
RECORDED: Final = 192
PER_COLUMN: Final = 8
"""Electrodes along the forearm; one channel less."""
UV_PER_UNIT: Final = 1e6
LABELS: Final = (REST, *(str(number) for number in range(1, 27)))
GRID: Final = tuple(tuple(range(row, 168, 7)) for row in range(6, -1, -1))
"""Rows of channel numbers from 0, of those that are left."""

_NAME: Final = re.compile(r"subject(?P<subject>\d+)/session(?P<session>\d+)/gest(?P<gesture>\d+)\.mat")


def load(folder: Path) -> list[Trial]:
    """Every repetition of every subject, session and gesture, by file.

    Raises:
        DatasetError: no such files, or one of them is damaged or of another layout.
    """
    paths = sorted(folder.glob("subject*/session*/gest*.mat"))
    if not paths:
        raise DatasetError(f"no subject1/session1/gest0.mat or the like in {folder}: give the folder of the subjects")
    return [trial for path in paths for trial in _repetitions(path, path.relative_to(folder).as_posix())]


def _repetitions(path: Path, name: str) -> list[Trial]:
    found = _NAME.fullmatch(name)
    if found is None or int(found["gesture"]) >= len(LABELS):
        raise DatasetError(f"{path} is none of the data set's gestures, 0 to {len(LABELS) - 1}: take it away")
    label, subject, session = LABELS[int(found["gesture"])], found["subject"], found["session"]
    (repetitions,) = read_mat(path, "gestures")
    return [
        Trial(_microvolts(path, data), RATE_HZ, label, subject, session, number)
        for number, data in enumerate(repetitions.ravel(), 1)
    ]


def _microvolts(path: Path, data: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """(192, time) -> (time, 168)."""
    if np.ndim(data) != 2 or len(data) != RECORDED:
        raise DatasetError(f"{path} has another layout: a repetition must be ({RECORDED}, time), not {np.shape(data)}")
    real = np.arange(RECORDED) % PER_COLUMN != PER_COLUMN - 1
    return np.ascontiguousarray(data[real].T * UV_PER_UNIT, np.float32)
