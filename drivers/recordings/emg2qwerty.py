"""HDF5 sessions of emg2qwerty: two wristbands of 16 channels at 2 kHz.

As facebookresearch/emg2qwerty, emg2qwerty/data.py describes them: group ``emg2qwerty``, data set ``timeseries`` of
records with ``emg_left`` (16), ``emg_right`` (16) and ``time`` (seconds since 1970); the key presses stand as JSON in
the attribute ``keystrokes``, each with ``key`` and ``start``. The unit is not stated there.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from drivers.errors import RecordingError
from drivers.recordings.extras import require
from drivers.recordings.recording import BLOCK_ROWS, Recording
from drivers.recordings.streamed import Rows, StreamedRecording
from drivers.recordings.timing import StampClock, Words
from drivers.source import SourceInfo

GROUP = "emg2qwerty"
SERIES = "timeseries"
FIELDS = ("emg_left", "emg_right", "time")
RATE_HZ = 2000.0


def read(path: Path) -> Recording:
    """The session in a file. Raises ``RecordingError`` where it is damaged or of another layout."""
    with _open(path) as file:
        series = file.get(f"{GROUP}/{SERIES}")
        if series is None or not set(FIELDS) <= set(series.dtype.names or ()) or not len(series):
            raise RecordingError(f"{path} is HDF5, but not of emg2qwerty's layout; known is {GROUP}/{SERIES}")
        counts = [series.dtype[field].shape[0] for field in FIELDS[:2]]
        begin_s = float(series[0]["time"])
        keys = _keys(path, file[GROUP].attrs.get("keystrokes", "[]"), begin_s)
    names = [f"{side}{number}" for side, count in zip("LR", counts, strict=True) for number in range(1, count + 1)]
    notes = {"unit": "the makers state no unit; values are in units of their own"}
    info = SourceInfo(path.stem, RATE_HZ, tuple(names), "a.u.")
    return StreamedRecording(info, lambda found: _rows(path, keys, found), notes)


def _rows(path: Path, keys: list[tuple[float, str]], found: dict[str, str]) -> Iterator[Rows]:
    clock, words = StampClock(RATE_HZ), Words(keys)
    with _open(path) as file:
        series = file[f"{GROUP}/{SERIES}"]
        for low in range(0, len(series), BLOCK_ROWS):
            block = series[low : low + BLOCK_ROWS]
            index, seconds = clock.feed(block["time"])
            found.update(clock.notes())
            samples = np.hstack([block["emg_left"], block["emg_right"]]).astype(np.float32)
            yield Rows(index, samples, seconds, seconds, words.until(seconds, index))


def _keys(path: Path, text: str, begin_s: float) -> list[tuple[float, str]]:
    try:
        presses = [(float(press["start"]) - begin_s, str(press["key"])) for press in json.loads(text)]
    except (ValueError, KeyError, TypeError) as error:
        raise RecordingError(f"{path} has damaged key presses ({error}); copy it again") from error
    return sorted(press for press in presses if press[0] >= 0)


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    """The open file; what HDF5 says of damage, then or later, becomes a ``RecordingError``."""
    h5py = require("h5py")
    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise RecordingError(f"{path} is damaged or cut short ({error}); copy it again") from error
