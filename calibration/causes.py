"""Why something does not count, or does not go on: for programs and in words, made together so that they agree.

Who speaks another language than the words goes by the code and its values. More codes may come: the words are the same
in any case.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["good", "fair", "bad"]

Code = Literal[
    "dead", "clipped", "twins", "loose", "hum", "hum_all",  # of the signal
    "lost", "gaps", "not_at_rest", "no_contraction", "short", "unfinished", "interrupted",  # of a trial
    "too_little", "too_much", "misheard",  # of one that is kept
    "asked", "restarted", "silent", "stream_gone", "not_stored", "trouble",  # of a pause
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that is wrong, and what to do."""

    code: Code
    reason: str
    """For a clinician."""
    channels: tuple[int, ...] = ()
    """Counted from 0; the words count from 1."""
    level: Level | None = None
    """Of a fault of the signal. ``fair``: worth mending; ``bad``: nothing can be learned so."""
    percent: float | None = None
    """Of the samples: clipped, or lost."""
    hz: float | None = None
    """Of the hum."""
    seconds: float | None = None
    """Within which a contraction should have begun."""
    held_s: float | None = None
    """How long the hold was steady; of one that was unfinished, how long it was."""
    asked_s: float | None = None
    """How long it should have been."""


def words_of(causes: Iterable[Cause]) -> str:
    """All of it in one line."""
    return "; ".join(cause.reason for cause in causes)
