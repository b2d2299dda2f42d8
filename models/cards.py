"""Model cards as they are read: scores stand there and nowhere else. ``models/training/card.py`` writes them."""

import re
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

HEADLINE: Final = "Macro-F1 window by window, mean over subjects"
SMOOTHED: Final = "Macro-F1 smoothed, mean over subjects"
ACCURACY: Final = "Accuracy window by window, mean over subjects"
WORST: Final = "Worst subject, macro-F1"
STRANGERS: Final = "Macro-F1 window by window, mean over people it has never seen, uncalibrated"

_SHARE: Final = r"([01]\.\d+)"


class CardScores(BaseModel):
    """What a card says in its table of scores; null where it says nothing."""

    model_config = ConfigDict(frozen=True)

    macro_f1: float | None = Field(description="Window by window, mean over the people of its training; other trials.")
    smoothed_macro_f1: float | None = Field(description="The same, averaged over the last answers.")
    accuracy: float | None = Field(description="Window by window, mean over the people of its training; other trials.")
    worst_subject: str | None = Field(description="Who of them is served worst.")
    worst_macro_f1: float | None = Field(description="How well.")
    strangers_macro_f1: float | None = Field(description="Mean over people it has never seen, uncalibrated.")
    strangers: int | None = Field(description="How many these are.")


def card_scores(card: str) -> CardScores | None:
    """The scores of a card; ``None`` where it has none."""
    worst = _cell(card, WORST, rf"(\S+) {_SHARE}")
    strangers = _cell(card, STRANGERS, rf"{_SHARE} \((\d+) people\)")
    scores = CardScores(
        macro_f1=_share(card, HEADLINE),
        smoothed_macro_f1=_share(card, SMOOTHED),
        accuracy=_share(card, ACCURACY),
        worst_subject=worst[1] if worst else None,
        worst_macro_f1=float(worst[2]) if worst else None,
        strangers_macro_f1=float(strangers[1]) if strangers else None,
        strangers=int(strangers[2]) if strangers else None,
    )
    return scores if any(value is not None for value in scores.model_dump().values()) else None


def _share(card: str, label: str) -> float | None:
    cell = _cell(card, label, _SHARE)
    return float(cell[1]) if cell else None


def _cell(card: str, label: str, value: str) -> re.Match[str] | None:
    """The row of a table that begins with the label, where its value reads like that."""
    return re.search(rf"^\| {re.escape(label)} \| {value} \|", card, re.MULTILINE)
