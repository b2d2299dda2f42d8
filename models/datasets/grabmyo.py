"""GRABMyo: gestures of hand and wrist under 16 forearm and 12 wrist electrodes, 2048 Hz, three sessions, trials of 5 s.

    N. Jiang, A. Pradhan, J. He, "Gesture recognition and biometrics electromyography (GRABMyo)", PhysioNet, 2024,
    doi 10.13026/89dm-f662; A. Pradhan, J. He, N. Jiang, Scientific Data 9:733, 2022.

WFDB records ``session1_participant1_gesture11_trial1.hea``, in any folders below the one given. Here are the forearm
channels, F1 to F16: two rings of 8 electrodes. That the first eight are one ring and the others the other, each in
order round the arm, is an inference from their names that the correlations of neighbours bear out. Gestures that we
know by name have it, the others keep their numbers; 17 is rest. Trials begin with the hand on its way, or there. Tried
on the trials of one person, of four gestures.
"""

import re
from pathlib import Path
from typing import Final

from models.datasets.trials import Trial
from models.datasets.wfdb import read_wfdb
from models.errors import DatasetError
from models.spec import REST

FOREARM: Final = tuple(f"F{number}" for number in range(1, 17))
RINGS: Final = (tuple(range(8)), tuple(range(8, 16)))
"""Channel numbers from 0 of each ring."""
FOUR: Final = ("wrist_extension", "wrist_flexion", "hand_open", "hand_close")
"""Gestures 11, 12, 15 and 16."""
GESTURES: Final = {**dict(zip(("11", "12", "15", "16"), FOUR, strict=True)), "17": REST}
"""Their number -> our name."""

_NAME: Final = re.compile(
    r"session(?P<session>\d+)_participant(?P<subject>\d+)_gesture(?P<gesture>\d+)_trial(?P<trial>\d+)"
)


def load(folder: Path) -> list[Trial]:
    """Every trial of every participant, by file.

    Raises:
        DatasetError: no such files, or one of them is damaged or of another layout.
    """
    names = {path: name for path in sorted(folder.rglob("*.hea")) if (name := _NAME.fullmatch(path.stem))}
    if not names:
        raise DatasetError(
            f"no session1_participant1_gesture1_trial1.hea or the like below {folder}: give the folder of GRABMyo"
        )
    return [_trial(path, name) for path, name in names.items()]


def _trial(path: Path, name: re.Match[str]) -> Trial:
    samples, rate_hz = read_wfdb(path, FOREARM)
    label = GESTURES.get(name["gesture"], name["gesture"])
    return Trial(samples, rate_hz, label, f"P{int(name['subject']):02}", name["session"], int(name["trial"]))
