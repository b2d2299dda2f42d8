"""Discrete gestures of Meta's wristband: 100 people, one band of 16 channels, 2 kHz, about an hour each.

    P. Kaifosh, T. R. Reardon et al., "A generic non-invasive neuromotor interface for human-computer interaction",
    Nature 645:702, 2025; github.com/facebookresearch/generic-neuromotor-interface. CC BY-NC 4.0: not for commercial
    use, and not in the package.

A folder of ``discrete_gestures_user_000_dataset_000.hdf5`` and the like, and ``discrete_gestures_corpus.csv``: for each
stretch in which gestures were made ``dataset``, ``start``, ``end`` and ``split``, train, val or test, by person. In a
file are ``data``, records with ``emg`` (16) and ``time`` in seconds, high-passed, and ``prompts``, a table of pandas
with the ``name`` and ``time`` of every event. An early description says volts, but the makers' network squeezes values
of about 32, so the unit is taken as unknown. All this is from the makers' code and from what others print of the files.
"""

import csv
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np

from models.datasets.hdf5 import opened, read_table
from models.datasets.sequences import Sequence
from models.errors import DatasetError

RATE_HZ: Final = 2000.0
CHANNELS: Final = 16
PINCHES: Final = ("index_press", "index_release", "middle_press", "middle_release")
EVENTS: Final = (*PINCHES, "thumb_click", "thumb_down", "thumb_in", "thumb_out", "thumb_up")
"""In the order of the makers' network."""

SplitName = Literal["train", "val", "test"]

_NAME: Final = re.compile(r"discrete_gestures_user_(?P<user>\d+)_dataset_(?P<session>\d+)")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a recording."""

    recording: str
    start_s: float = -math.inf
    end_s: float = math.inf


def parts(folder: Path, split: SplitName) -> list[Part]:
    """Those of a published split. Raises ``DatasetError`` if ``discrete_gestures_corpus.csv`` has none."""
    file = folder / "discrete_gestures_corpus.csv"
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            found = [
                Part(row["dataset"].removesuffix(".hdf5"), float(row["start"]), float(row["end"]))
                for row in csv.DictReader(lines)
                if row["split"] == split
            ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DatasetError(f"{file} is missing or has another layout ({error}): give the unpacked folder") from error
    if not found:
        raise DatasetError(f"{file} has nothing to {split}: give an unchanged file")
    return found


def joined(found: Iterable[Part]) -> list[Part]:
    """One part per recording, from its first start to its last end: how the makers test, with all that lies between."""
    whole: dict[str, Part] = {}
    for part in found:
        before = whole.get(part.recording, part)
        start_s, end_s = min(before.start_s, part.start_s), max(before.end_s, part.end_s)
        whole[part.recording] = Part(part.recording, start_s, end_s)
    return list(whole.values())


def load(folder: Path, found: Iterable[Part]) -> Iterator[Sequence]:
    """Parts, one by one. Raises ``DatasetError`` as ``read`` does."""
    return (read(folder, part) for part in found)


def read(folder: Path, part: Part) -> Sequence:
    """A part with the events in it.

    Raises:
        DatasetError: the file is missing, damaged or of another layout.
    """
    name = _NAME.fullmatch(part.recording)
    if name is None:
        raise DatasetError(f"{part.recording} is no recording of discrete gestures: choose one of those")
    with opened(folder / f"{part.recording}.hdf5") as root:
        seconds = root["data"]["time"]
        if np.any(np.diff(seconds) < 0):
            raise ValueError("its times do not rise")
        start, stop = np.searchsorted(seconds, (part.start_s, part.end_s)).tolist()
        signal = root["data"][start:stop]["emg"].astype(np.float32, copy=False)
        table = read_table(root["prompts"])
        moments = np.asarray(table["time"], np.float64)
        labels = np.asarray(table["name"], np.str_)
    order = np.argsort(moments, kind="stable")
    samples = np.searchsorted(seconds, moments[order])
    within = (samples >= start) & (samples < stop) & np.isin(labels[order], EVENTS)
    keys = tuple(labels[order][within].tolist())
    return Sequence(
        signal, RATE_HZ, keys, samples[within] - start, f"user_{name['user']}", f"dataset_{name['session']}"
    )
