"""emg2qwerty: 108 people type on a keyboard with a band of 16 channels at each wrist, 2 kHz, 1135 sessions, 346 hours.

    V. Sivakumar et al., "emg2qwerty: a large dataset with baselines for touch typing using surface electromyography",
    NeurIPS 2024; github.com/facebookresearch/emg2qwerty. CC BY-NC 4.0: not for commercial use, and not in the package.

A folder of ``SESSION.hdf5`` and ``metadata.csv`` (user, session, duration_mins, num_keystrokes and more). In a file is
the group ``emg2qwerty``: data set ``timeseries`` of records with ``emg_left`` and ``emg_right`` (16 each) and ``time``,
seconds since 1970; attributes ``user``, ``session_name`` and ``keystrokes``, JSON with ``key`` as pynput names it,
``start`` and ``end``. Shift is a key of its own, and the letter after it a capital. The unit is stated nowhere. Who
trains, validates and tests stands in the repository, ``config/user/``: ``generic.yaml``, and ``user0.yaml`` and so on
of the eight people who are left out there. All this is from the makers' code, not tried on the published files.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.datasets.hdf5 import opened
from models.datasets.sequences import Sequence
from models.errors import DatasetError
from models.pipeline.symbols import symbol_of_key

RATE_HZ: Final = 2000.0
CHANNELS: Final = 32
"""The left band's, then the right one's."""

_PART: Final = re.compile(r"\s*(train|val|test):\s*")
_SESSION: Final = re.compile(r"[\s-]*session:\s*['\"]?([^\s'\"]+)['\"]?\s*")


@dataclass(frozen=True, slots=True)
class Session:
    """What ``metadata.csv`` says of one."""

    user: str
    name: str
    minutes: float
    keystrokes: int


@dataclass(frozen=True, slots=True)
class Split:
    """Names of sessions, as published."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]


def sessions(folder: Path) -> list[Session]:
    """All that there should be. Raises ``DatasetError`` without a proper ``metadata.csv``."""
    file = folder / "metadata.csv"
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            return [
                Session(row["user"], row["session"], float(row["duration_mins"]), int(row["num_keystrokes"]))
                for row in csv.DictReader(lines)
            ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{file} is missing or has another layout ({error}): give the unpacked folder") from error


def read_split(file: Path) -> Split:
    """The sessions that a file such as ``generic.yaml`` names. Raises ``DatasetError`` where it names none."""
    found: dict[str, list[str]] = {"train": [], "val": [], "test": []}
    part = None
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise DatasetError(f"{file} cannot be read ({error}): take one of the makers' config/user") from error
    for line in lines:
        if heading := _PART.fullmatch(line):
            part = heading[1]
        elif part and (name := _SESSION.fullmatch(line)):
            found[part].append(name[1])
    if not all(found.values()):
        raise DatasetError(
            f"{file} does not name sessions for train, val and test: take one of the makers' config/user"
        )
    return Split(tuple(found["train"]), tuple(found["val"]), tuple(found["test"]))


def load(folder: Path, names: Iterable[str]) -> Iterator[Sequence]:
    """Whole sessions, one by one: each takes some hundred megabytes. Raises ``DatasetError`` as ``read`` does."""
    return (read(folder / f"{name}.hdf5") for name in names)


def read(file: Path, start: int = 0, stop: int | None = None) -> Sequence:
    """A session, or its samples from ``start`` up to ``stop``, with the keys that went down meanwhile.

    Where samples were lost the rest moves up; keys go by time, so they stay at the samples that they belong to.

    Raises:
        DatasetError: the file is missing, damaged or of another layout.
    """
    with opened(file) as root:
        group = root["emg2qwerty"]
        records = group["timeseries"][start:stop]
        attributes = dict(group.attrs)
        signal = np.hstack([records["emg_left"], records["emg_right"]]).astype(np.float32, copy=False)
        keys, times = _keys(json.loads(attributes["keystrokes"]), records["time"])
        user, session = str(attributes["user"]), str(attributes["session_name"])
    return Sequence(signal, RATE_HZ, tuple(keys), times, user, session)


def _keys(presses: list[dict[str, Any]], seconds: npt.NDArray[np.float64]) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Symbols that went down within these times, and the sample at or after each."""
    if np.any(np.diff(seconds) < 0):
        raise ValueError("its times do not rise")
    known = [(float(press["start"]), symbol_of_key(press["key"])) for press in presses]
    known = sorted((press for press in known if press[1]), key=lambda press: press[0])
    moments = np.array([moment for moment, _ in known])
    samples = np.searchsorted(seconds, moments)
    within = (moments > seconds[0] - 1 / RATE_HZ) & (samples < len(seconds))
    return [symbol for (_, symbol), here in zip(known, within, strict=True) if here], samples[within]
