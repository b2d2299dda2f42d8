"""A labelled trial, the smallest thing that a split may move: windows are cut after the split, never before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.errors import DatasetError


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One gesture, held once by one person."""

    samples: npt.NDArray[np.float32]
    """(time, channel) microvolts, unfiltered."""
    rate_hz: float
    label: str
    subject: str
    session: str
    trial: int
    """Counts the repetitions of this label by this subject in this session, from 1."""


def select(trials: Iterable[Trial], labels: Sequence[str]) -> list[Trial]:
    """The trials of these labels. Raises ``DatasetError`` if a label has none."""
    kept = [trial for trial in trials if trial.label in labels]
    if missing := set(labels) - {trial.label for trial in kept}:
        raise DatasetError(f"no trial of {', '.join(sorted(missing))}: choose labels that the data set has")
    return kept
