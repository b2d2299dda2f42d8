"""What a session says: prompts for the user, and what became of each trial."""

from dataclasses import dataclass
from typing import Literal

from calibration.plan import Trial

Phase = Literal["check", "prepare", "hold", "rest", "paused", "finished", "aborted"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the user shall do; sent when it changes and then at every whole second that remains."""

    at_s: float
    phase: Phase
    text: str
    trial: Trial | None
    """The trial that is asked or comes next, if any."""
    number: int
    """Of that trial, from 1."""
    total: int
    remaining_s: float
    """Of this phase."""


@dataclass(frozen=True, slots=True)
class CheckDone:
    """The arm was at rest from ``start_s`` to ``stop_s``; waits for ``keep`` or ``refuse``."""

    at_s: float
    start_s: float
    stop_s: float


@dataclass(frozen=True, slots=True)
class TrialDone:
    """A trial was held from ``start_s`` to ``stop_s``; waits for ``keep`` or ``refuse``."""

    at_s: float
    trial: Trial
    start_s: float
    stop_s: float


@dataclass(frozen=True, slots=True)
class CheckRefused:
    """The signal is checked again."""

    at_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class TrialRefused:
    """A trial, half or whole, does not count and is asked again."""

    at_s: float
    trial: Trial
    reason: str
    offer_skip: bool
    """True when it was refused so often that the user should be asked whether to skip it."""


@dataclass(frozen=True, slots=True)
class TrialSkipped:
    """A trial will not be asked again."""

    at_s: float
    trial: Trial


@dataclass(frozen=True, slots=True)
class Paused:
    """Nothing is asked until ``resume``."""

    at_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class Finished:
    """Every trial is kept or skipped."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Aborted:
    """The calibration was given up."""

    at_s: float


Event = Prompt | CheckDone | CheckRefused | TrialDone | TrialRefused | TrialSkipped | Paused | Finished | Aborted


def words(phase: Phase, trial: Trial | None, pause_reason: str) -> str:
    """What to do, in plain words."""
    what = _name(trial) if trial else ""
    words = {
        "check": "Relax the arm and keep still: the signal is being checked.",
        "prepare": f"Get ready: {what}.",
        "hold": f"Now: {what}. Hold until told to relax.",
        "rest": "Relax.",
        "paused": f"Paused: {pause_reason}.",
        "finished": "Done. Relax.",
        "aborted": "The calibration was aborted.",
    }
    return words[phase]


def _name(trial: Trial) -> str:
    gesture = trial.gesture.replace("_", " ")
    return gesture if trial.position is None else f"{gesture}, arm {trial.position}"
