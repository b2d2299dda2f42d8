"""Means that are honest about people: subjects are the sample, windows and seeds are not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from models.experiments.experiment import FoldResult, Score

RESAMPLES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Summary:
    """One arm under one condition, over subjects; a subject's score is the mean over its seeds."""

    table: str
    arm: str
    condition: str
    subjects: dict[str, float]
    """The measure of each: macro-F1 window by window, or 1 - CER."""
    mean: float
    spread: float
    """Standard deviation over the subjects."""
    interval: tuple[float, float]
    """95 % bootstrap interval of the mean, subjects resampled."""
    worst: str
    smoothed: float
    accuracy: float
    seeds: int
    fit_s: float
    """Median seconds of a calibration."""
    measure: str


def summarise(scores: Iterable[Score]) -> list[Summary]:
    """One summary per table, arm and condition, in the order in which they first occur."""
    cells: dict[tuple[str, str, str], list[Score]] = {}
    for score in scores:
        cells.setdefault((score.table, score.arm, score.condition), []).append(score)
    return [_summary(cell, part) for cell, part in cells.items()]


@dataclass(frozen=True, slots=True)
class Notes:
    """Figures of folds that differ in subject and seed alone, as means over those."""

    folds: str
    """Their settings, where kinds of folds differ."""
    count: int
    values: dict[str, float]


def notes_of(results: Iterable[FoldResult]) -> list[Notes]:
    """The notes of all kinds of folds, in the order in which they first occur."""
    kinds: dict[tuple[tuple[str, str], ...], list[FoldResult]] = {}
    for result in results:
        if result.notes:
            settings = result.fold.settings.items()
            kind = tuple((name, str(value)) for name, value in settings if name not in ("seed", "subject"))
            kinds.setdefault(kind, []).append(result)
    common = set.intersection(*(set(kind) for kind in kinds)) if len(kinds) > 1 else set()
    return [
        Notes(
            ", ".join(f"{name} {value}" for name, value in kind if (name, value) not in common),
            len(part),
            _means(result.notes for result in part),
        )
        for kind, part in kinds.items()
    ]


def _means(notes: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each note over the folds that have it: a control without randomness has one seed."""
    values: dict[str, list[float]] = {}
    for one in notes:
        for name, value in one.items():
            values.setdefault(name, []).append(value)
    return {name: float(np.mean(found)) for name, found in values.items()}


def interval(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    """95 % bootstrap interval of the mean of (subject,) values, always the same for the same values."""
    drawn = np.random.default_rng(0).integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), (0.025, 0.975))
    return float(low), float(high)


def _summary(cell: tuple[str, str, str], part: list[Score]) -> Summary:
    names = sorted({score.subject for score in part})
    subjects = {name: float(np.mean([s.macro_f1 for s in part if s.subject == name])) for name in names}
    values = np.array(list(subjects.values()))
    return Summary(
        *cell,
        subjects,
        float(values.mean()),
        float(values.std(ddof=1)) if len(values) > 1 else 0.0,
        interval(values),
        min(subjects, key=lambda name: subjects[name]),
        float(np.mean([score.smoothed_macro_f1 for score in part])),
        float(np.mean([score.accuracy for score in part])),
        len({score.seed for score in part}),
        float(np.median([score.fit_s for score in part])),
        part[0].measure,
    )
