"""Scores of a classifier."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Scores:
    """How often a classifier was right, over windows."""

    macro_f1: float
    """F1 averaged over the classes that occur, each counted alike."""
    accuracy: float
    recall: tuple[float, ...]
    """Per class; not a number for a class that does not occur."""
    confusion: tuple[tuple[int, ...], ...]
    """Rows are true classes, columns answers."""


def score(
    truth: Sequence[int] | npt.NDArray[np.int64], answers: Sequence[int] | npt.NDArray[np.int64], classes: int
) -> Scores:
    """Compare answers with the truth, both (window,) class indices."""
    confusion = np.zeros((classes, classes), np.int64)
    np.add.at(confusion, (np.asarray(truth), np.asarray(answers)), 1)
    right, true, said = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    occurs = true + said > 0
    f1 = 2 * right[occurs] / (true + said)[occurs]
    recall = np.divide(right, true, out=np.full(classes, np.nan), where=true > 0)
    rows = tuple(tuple(row) for row in confusion.tolist())
    return Scores(float(f1.mean()), float(right.sum() / confusion.sum()), tuple(recall.tolist()), rows)
