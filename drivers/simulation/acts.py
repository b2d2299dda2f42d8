"""Movements in time: short and long pulls of muscles, and the words that tell what was done when.

A muscle is asked before the key goes down: from its potential to the movement it takes 30 to 100 ms (the
electromechanical delay). So a word's time is that of the key, not of the muscle.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from drivers.simulation.neurons import Floats

LEAD_S = 0.3
"""No pull begins earlier before the time of its act."""

RISE_S, FALL_S = 0.03, 0.04


@dataclass(frozen=True, slots=True, eq=False)
class Pull:
    """Muscles that are asked to pull, for a while."""

    asked: Floats
    """(part,) activations in between."""
    start_s: float
    end_s: float
    """They relax within ``FALL_S`` from here."""

    def at(self, times_s: Floats) -> Floats:
        """(time,) -> (time, part)."""
        level = _smooth((times_s - self.start_s) / RISE_S) - _smooth((times_s - self.end_s) / FALL_S)
        activation: Floats = np.maximum(level, 0)[:, None] * self.asked
        return activation


@dataclass(frozen=True, slots=True)
class Word:
    """A key, or an event."""

    at_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody does next; without pulls, they wait."""

    at_s: float
    """Acts come in the order of their times."""
    pulls: tuple[Pull, ...] = ()
    words: tuple[Word, ...] = ()


class Drive:
    """Acts in, activations out. An act is asked for no sooner than it must be known."""

    def __init__(self, acts: Iterator[Act], still: Floats) -> None:
        """still: (part,) activations of a hand that waits."""
        self._acts, self._still = acts, still
        self._next = next(acts)
        self._pulls: list[Pull] = []
        self._words: list[Word] = []

    def at(self, times_s: Floats, until_s: float) -> tuple[Floats, list[Word]]:
        """(time,) -> (time, part) activations from 0 to 1, and the words before ``until_s``. Times only go on."""
        self._gather(until_s)
        pulled = sum((pull.at(times_s) for pull in self._pulls), np.zeros((len(times_s), len(self._still))))
        self._pulls = [pull for pull in self._pulls if pull.end_s + FALL_S > until_s]
        said = sorted((word for word in self._words if word.at_s < until_s), key=lambda word: word.at_s)
        self._words = [word for word in self._words if word.at_s >= until_s]
        return np.clip(self._still + pulled, 0, 1), said

    def _gather(self, until_s: float) -> None:
        while self._next.at_s - LEAD_S < until_s:
            self._pulls += self._next.pulls
            self._words += self._next.words
            self._next = next(self._acts)


def _smooth(x: Floats) -> Floats:
    """From 0 to 1 without corners."""
    x = np.clip(x, 0, 1)
    smooth: Floats = x * x * (3 - 2 * x)
    return smooth
