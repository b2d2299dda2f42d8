"""Scores of decoded sequences: errors in text, and what became of gesture events.

The classification error rate of events, CLER, is that of P. Kaifosh, T. R. Reardon et al., "A generic non-invasive
neuromotor interface for human-computer interaction", Nature 645:702, 2025. It asks only whether what was noticed was
taken for the right thing, so it never stands alone here: misses, false activations and delays come with it. (Of the
makers' own code we saw early versions only, which count a miss as a mistake and correct releases by the truth.)
"""

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

TOLERANCE_S: Final = (-0.05, 0.25)
"""An event may be noticed this much before and after it happened."""


@dataclass(frozen=True, slots=True)
class TextErrors:
    """How an answer differs from the truth. Those of several texts are added up."""

    insertions: int = 0
    """Symbols that nobody typed."""
    deletions: int = 0
    """Symbols that were typed and not answered."""
    substitutions: int = 0
    symbols: int = 0
    """Symbols that were typed."""

    def __add__(self, other: "TextErrors") -> "TextErrors":
        return TextErrors(
            self.insertions + other.insertions,
            self.deletions + other.deletions,
            self.substitutions + other.substitutions,
            self.symbols + other.symbols,
        )

    @property
    def cer(self) -> float:
        """Character error rate: errors per symbol that was typed; not a number where none was."""
        errors = self.insertions + self.deletions + self.substitutions
        return errors / self.symbols if self.symbols else math.nan


def text_errors(truth: str, answer: str) -> TextErrors:
    """The fewest errors that lead from the truth to the answer; of ways as short, the one with most substitutions."""
    dear = len(truth) + len(answer) + 1  # an error; an insertion or deletion costs one more, to break ties
    typed, said = (np.array([ord(symbol) for symbol in text], np.int64) for text in (truth, answer))
    steps = (dear + 1) * np.arange(len(said) + 1)
    row = steps
    for symbol in typed:
        changed = row[:-1] + dear * (said != symbol)
        row = np.minimum(row + dear + 1, np.append(np.iinfo(np.int64).max, changed))
        row = np.minimum.accumulate(row - steps) + steps  # any number of insertions
    errors, gaps = divmod(int(row[-1]), dear)
    longer = len(answer) - len(truth)
    return TextErrors((gaps + longer) // 2, (gaps - longer) // 2, errors - gaps, len(truth))


class Happening(NamedTuple):
    """An event, true or noticed."""

    time_s: float
    label: str


@dataclass(frozen=True, slots=True)
class EventScores:
    """What became of the events of a recording; not a number where nothing is to be averaged."""

    cler: float
    """Of the events that were noticed, the share taken for another; averaged over their labels, each counted alike."""
    miss_rate: float
    """Share of the events that nobody noticed."""
    false_per_minute: float
    """What was noticed where nothing had happened."""
    delay_p50_ms: float
    """From the event to when it was noticed, of those taken for the right thing."""
    delay_p95_ms: float
    events: int
    noticed: int


def event_scores(truth: Sequence[Happening], answers: Sequence[Happening], duration_s: float) -> EventScores:
    """Compare what was noticed with what happened.

    Args:
        truth: in any order; of several recordings, each moved behind the one before.
        answers: likewise.
        duration_s: of all that was listened to, rest and free movement included.
    """
    truth, answers = sorted(truth), sorted(answers)
    pairs = list(_pairs(truth, answers))
    wrong: defaultdict[str, list[bool]] = defaultdict(list)
    for event, answer in pairs:
        wrong[event.label].append(event.label != answer.label)
    delays = [1000 * (answer.time_s - event.time_s) for event, answer in pairs if event.label == answer.label]
    p50, p95 = np.percentile(delays, (50, 95)).tolist() if delays else (math.nan, math.nan)
    return EventScores(
        cler=float(np.mean([np.mean(mistakes) for mistakes in wrong.values()])) if wrong else math.nan,
        miss_rate=1 - len(pairs) / len(truth) if truth else math.nan,
        false_per_minute=60 * (len(answers) - len(pairs)) / duration_s,
        delay_p50_ms=p50,
        delay_p95_ms=p95,
        events=len(truth),
        noticed=len(answers),
    )


def _pairs(truth: Sequence[Happening], answers: Sequence[Happening]) -> Iterator[tuple[Happening, Happening]]:
    """Each event with the answer that belongs to it, where there is one."""
    early, late = TOLERANCE_S
    times = [answer.time_s for answer in answers]
    start = 0
    for stop in range(1, len(truth) + 1):
        if stop < len(truth) and truth[stop].time_s + early <= truth[stop - 1].time_s + late:
            continue  # an answer between the two may belong to either
        low = bisect_left(times, truth[start].time_s + early)
        high = bisect_right(times, truth[stop - 1].time_s + late)
        yield from _aligned(truth[start:stop], answers[low:high])
        start = stop


def _aligned(truth: Sequence[Happening], answers: Sequence[Happening]) -> Iterator[tuple[Happening, Happening]]:
    """Pairs in order of time, the last first: as few events alone or mistaken as can be, then as close as can be."""
    table = [[(0, 0.0)] * (len(answers) + 1)]
    for event in truth:
        above, row = table[-1], [(0, 0.0)]
        for number, answer in enumerate(answers):
            best = max(above[number + 1], row[-1])
            delay = answer.time_s - event.time_s
            if TOLERANCE_S[0] <= delay <= TOLERANCE_S[1]:
                value, closeness = above[number]
                best = max(best, (value + 1 + (event.label == answer.label), closeness - abs(delay)))
            row.append(best)
        table.append(row)
    one, other = len(truth), len(answers)
    while one and other:
        if table[one][other] == table[one - 1][other]:
            one -= 1
        elif table[one][other] == table[one][other - 1]:
            other -= 1
        else:
            one, other = one - 1, other - 1
            yield truth[one], answers[other]
