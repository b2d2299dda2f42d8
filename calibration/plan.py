"""What a calibration asks for, decided before it begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from calibration.errors import PlanInvalid

CHECK_S: Final = 3.0
"""How long the relaxed arm is listened to before the first trial."""

Kind = Literal["gestures", "text", "events"]
"""What a model answers with, and so what is asked: gestures to hold, sentences to type, or acts to make once."""

MOST_NAMES = 32  # gestures, or positions: more than anyone calibrates
LONGEST_NAME = 64
LIMITS = {"repetitions": (1, 20), "hold_s": (1.5, 30), "rest_s": (0, 60), "prepare_s": (0, 30)}


@dataclass(frozen=True, slots=True)
class Trial:
    """One gesture, to be held once; or a sentence to type, or an act to make."""

    gesture: str
    repetition: int
    """Of this gesture in this position, from 1."""
    position: str | None = None
    """Of the arm; ``None``: as it is comfortable."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a calibration asks for. Raises ``PlanInvalid``, naming the field and the remedy."""

    gestures: tuple[str, ...]
    """In the order in which they are asked."""
    repetitions: int = 2
    hold_s: float = 5.0
    rest_s: float = 3.0
    prepare_s: float = 2.0
    positions: tuple[str, ...] = ()
    """Of the arm, such as "reaching up": each adds as many repetitions as there are without it."""
    kind: Kind = "gestures"

    def __post_init__(self) -> None:
        """Refuse what nobody can do."""
        if not self.gestures:
            raise PlanInvalid("gestures is empty: name at least one")
        for field in ("gestures", "positions"):
            _check_names(field, getattr(self, field))
        for field, (low, high) in LIMITS.items():
            if not low <= (value := getattr(self, field)) <= high:
                raise PlanInvalid(f"{field} is {value}: choose from {low} to {high}")

    @property
    def trials(self) -> tuple[Trial, ...]:
        """Every trial in order: the first repetition of all gestures, then the second.

        So that after an interruption every gesture has about equally many.
        """
        return tuple(
            Trial(gesture, repetition, position)
            for repetition in range(1, self.repetitions + 1)
            for position in (None, *self.positions)
            for gesture in self.gestures
        )

    @property
    def duration_s(self) -> float:
        """Without pauses and refusals."""
        return CHECK_S + len(self.trials) * (self.prepare_s + self.hold_s + self.rest_s) - self.rest_s


def _check_names(field: str, names: Sequence[str]) -> None:
    if len(names) > MOST_NAMES:
        raise PlanInvalid(f"{field} has {len(names)} names: choose at most {MOST_NAMES}")
    for name in names:
        if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
            raise PlanInvalid(
                f"{field} has the name {name[:LONGEST_NAME]!r}: give 1 to {LONGEST_NAME} printable characters"
            )
    if twice := {name for name in names if names.count(name) > 1}:
        raise PlanInvalid(f"{field} names {', '.join(sorted(twice))} twice: name each once")
