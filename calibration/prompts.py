"""What a session says: prompts for the user, and what became of each trial."""

from dataclasses import dataclass
from typing import Final, Literal

from calibration.causes import Cause, words_of
from calibration.plan import Kind, Trial
from models.spec import REST

_FINGERS: Final = ("thumb", "index", "middle", "ring", "little")
_THUMB: Final = {
    "thumb_click": "tap with the thumb",
    "thumb_up": "flick the thumb up",
    "thumb_down": "flick the thumb down",
    "thumb_in": "flick the thumb inwards",
    "thumb_out": "flick the thumb outwards",
}

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
    causes: tuple[Cause, ...]

    @property
    def reason(self) -> str:
        """The causes in words."""
        return words_of(self.causes)


@dataclass(frozen=True, slots=True)
class TrialRefused:
    """A trial, half or whole, does not count and is asked again."""

    at_s: float
    trial: Trial
    causes: tuple[Cause, ...]
    offer_skip: bool
    """True when it was refused so often that the user should be asked whether to skip it."""

    @property
    def reason(self) -> str:
        """The causes in words."""
        return words_of(self.causes)


@dataclass(frozen=True, slots=True)
class TrialSkipped:
    """A trial will not be asked again."""

    at_s: float
    trial: Trial


@dataclass(frozen=True, slots=True)
class Paused:
    """Nothing is asked until ``resume``."""

    at_s: float
    cause: Cause


@dataclass(frozen=True, slots=True)
class Finished:
    """Every trial is kept or skipped."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Aborted:
    """The calibration was given up."""

    at_s: float


Event = Prompt | CheckDone | CheckRefused | TrialDone | TrialRefused | TrialSkipped | Paused | Finished | Aborted


def to_do(prompt: Prompt) -> str | None:
    """What somebody who follows the prompts does now; ``None``: whatever they like."""
    if prompt.phase in ("paused", "finished", "aborted"):
        return None
    return prompt.trial.gesture if prompt.phase == "hold" and prompt.trial else REST


def words(phase: Phase, trial: Trial | None, pause_reason: str, kind: Kind = "gestures") -> str:
    """What to do, in plain words."""
    ready, now = _asked(trial, kind) if trial else ("", "")
    words = {
        "check": "Relax the arm and keep still: the signal is being checked.",
        "prepare": ready,
        "hold": now,
        "rest": "Relax.",
        "paused": f"Paused: {pause_reason}.",
        "finished": "Done. Relax.",
        "aborted": "The calibration was aborted.",
    }
    return words[phase]


def _asked(trial: Trial, kind: Kind) -> tuple[str, str]:
    """What to get ready for, and what to do."""
    arm = "" if trial.position is None else f", arm {trial.position}"
    if kind == "text":  # as it is: a full stop of ours would be typed, too
        return f"Get ready to type{arm}: {trial.gesture}", f"Type{arm}: {trial.gesture}"
    if kind == "events":
        return f"Get ready: {act_in_words(trial.gesture)}{arm}.", f"Now: {act_in_words(trial.gesture)}{arm}."
    what = f"{trial.gesture.replace('_', ' ')}{arm}"
    return f"Get ready: {what}.", f"Now: {what}. Hold until told to relax."


def act_in_words(act: str) -> str:
    """``index`` -> press with the index finger, then let go; what is not known is named."""
    if act in _FINGERS:
        return f"press with the {act}{'' if act == 'thumb' else ' finger'}, then let go"
    return _THUMB.get(act, f"make one {act.replace('_', ' ')}")
