"""Data sets of typing, of gesture events and of wrist movement by name, divided before anything is cut from them.

A data set is only its folder: nothing is downloaded here. Sessions are kept whole. Those of the public sets are
divided as their makers published it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.datasets import emg2qwerty, neuromotor, simulated_sequences
from models.datasets.sequences import Sequence
from models.errors import DatasetError
from models.pipeline.symbols import SYMBOLS


@dataclass(frozen=True, slots=True)
class Division:
    """How to divide a data set that comes undivided, and whom to take of it."""

    users: frozenset[str] = frozenset()
    """Empty: all."""
    validate: frozenset[str] = frozenset()
    """Sessions that choose the epoch."""
    test: frozenset[str] = frozenset()
    """Sessions that score the model, once; all others are learned from."""
    split: Path | None = None
    """File of the makers of emg2qwerty that names sessions: generic.yaml, user0.yaml and so on."""


@dataclass(frozen=True, slots=True)
class Divided:
    """Recordings by what they are for."""

    learn: list[Sequence]
    validate: list[Sequence]
    test: list[Sequence]


@dataclass(frozen=True, slots=True)
class SequenceSet:
    """How a data set is read, and what a model must say of it."""

    load: Callable[[Path, Division], Divided]
    labels: tuple[str, ...] | None
    """Symbols or events in the order of a model's outputs; ``None``: the events that are there, by name."""
    title: str
    licence: str
    simulated: bool = False

    def labels_of(self, divided: Divided) -> tuple[str, ...]:
        """In the order of a model's outputs."""
        recordings = [*divided.learn, *divided.validate, *divided.test]
        return self.labels or tuple(sorted({key for recording in recordings for key in recording.keys}))


def sequence_set(name: str) -> SequenceSet:
    """The data set of that name. Raises ``DatasetError`` where there is none."""
    if name not in SEQUENCE_SETS:
        raise DatasetError(f"no data set {name!r} of sequences; known: {', '.join(SEQUENCE_SETS)}")
    return SEQUENCE_SETS[name]


def _simulated(folder: Path, how: Division) -> Divided:
    """By sessions."""
    if both := how.validate & how.test:
        raise DatasetError(f"session {min(both)} is to choose the epoch and to test: a model is not tested so")
    recordings = _of_users(simulated_sequences.load(folder), how)
    sessions = {one.session for one in recordings}
    learn, validate, test = (
        [one for one in recordings if one.session in wanted]
        for wanted in (sessions - how.validate - how.test, how.validate, how.test)
    )
    if not learn or not test or (how.validate and not validate):
        wanted = "learn from" if not learn else "test on" if not test else "choose the epoch by"
        there = ", ".join(sorted(sessions)) or "none"
        raise DatasetError(f"no session to {wanted}: the data set has, of these people, {there}")
    return Divided(learn, validate, test)


def _emg2qwerty(folder: Path, how: Division) -> Divided:
    """By the makers' file."""
    if how.split is None:
        raise DatasetError("emg2qwerty is divided by a file of its makers: give --split config/user/user0.yaml")
    names = emg2qwerty.read_split(how.split)
    parts = (names.train, names.validation, names.test)
    return Divided(*(_of_users(emg2qwerty.load(folder, part), how) for part in parts))


def _neuromotor(folder: Path, how: Division) -> Divided:
    """By the makers' table; tested on recordings with all that lies between their parts."""
    learn, validate, test = (neuromotor.parts(folder, split) for split in ("train", "val", "test"))
    parts = (learn, neuromotor.joined(validate), neuromotor.joined(test))
    return Divided(*(_of_users(neuromotor.load(folder, part), how) for part in parts))


def _of_users(recordings: Iterable[Sequence], how: Division) -> list[Sequence]:
    return [one for one in recordings if not how.users or one.user in how.users]


_OURS: Final = "Apache-2.0, as Palmaris itself"
_THEIRS: Final = "CC BY-NC 4.0: not for commercial use; models trained on it are not shipped; cite the paper"
SEQUENCE_SETS: Final[Mapping[str, SequenceSet]] = {
    "simulated-typing": SequenceSet(_simulated, SYMBOLS, "simulated users of Palmaris who type", _OURS, simulated=True),
    "simulated-events": SequenceSet(
        _simulated, None, "simulated users of Palmaris who make gestures", _OURS, simulated=True
    ),
    "simulated-wrist": SequenceSet(
        _simulated, ("flexion",), "simulated users of Palmaris who bend their wrist", _OURS, simulated=True
    ),
    "emg2qwerty": SequenceSet(_emg2qwerty, SYMBOLS, "emg2qwerty: Sivakumar et al. 2024 (NeurIPS), typing", _THEIRS),
    "neuromotor": SequenceSet(
        _neuromotor, neuromotor.EVENTS, "Meta's discrete gestures: Kaifosh, Reardon et al. 2025 (Nature)", _THEIRS
    ),
}
