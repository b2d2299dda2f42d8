"""How good a user's own last layer is, in numbers and in words; plain JSON both ways. No torch here.

The answers that count are those on pieces that the layer had not learned from. The interval comes from drawing pieces
with replacement (bootstrap): within one, errors come together.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import numpy as np

from calibration.report import (
    INTERVAL,
    KEY_OF_SEQUENCES,
    RESAMPLES,
    Estimate,
    Frozen,
    Recommendation,
    Report,
    report_in,
)
from models.training.sequence_metrics import EventScores, TextErrors

Kind = Literal["text", "events"]

USABLE: Final = 0.5
"""Rate of errors above which nobody is told to be content, however bad the layer of before was."""


class Errors(Frozen):
    """What goes wrong with one layer."""

    wrong: Estimate
    """Of text the character error rate. Of events, the share that is missed or taken for others: CLER alone asks
    only about those that were noticed."""
    parts: dict[str, float | None]
    """By name; ``None`` where nothing was there to count."""

    @classmethod
    def of_text(cls, pieces: Sequence[TextErrors]) -> "Errors":
        """Of all pieces together."""
        total = sum(pieces, TextErrors())
        parts = {name: getattr(total, name) for name in ("insertions", "deletions", "substitutions")}
        return cls(
            wrong=_rate(pieces),
            parts={name: count / max(1, total.symbols) for name, count in parts.items()},
        )

    @classmethod
    def of_events(cls, scores: EventScores) -> "Errors":
        """Of all pieces together; no interval, for events are matched across all of them."""
        mistaken = 0.0 if np.isnan(scores.cler) else scores.cler
        missed = 0.0 if np.isnan(scores.miss_rate) else scores.miss_rate
        names = ("cler", "miss_rate", "false_per_minute", "delay_p50_ms", "delay_p95_ms")
        parts = {name: getattr(scores, name) for name in names}
        return cls(
            wrong=Estimate(value=missed + (1 - missed) * mistaken),
            parts={name: None if np.isnan(value) else value for name, value in parts.items()},
        )


class SequenceReport(Frozen):
    """A fit, as it is shown and stored with the layer."""

    kind: Kind
    pieces: int
    """Learned from, those of earlier calibrations included."""
    seconds: float
    keys: int
    """Or events."""
    everybodys: Errors
    """Without a layer of one's own, on the pieces of today."""
    previous: Errors | None
    """The user's layer before, on the same; ``None``: there was none, or it had learned from them."""
    after: Errors | None
    """The new one, each piece left out once; ``None`` where there is but one."""
    recommendation: Recommendation
    simulated: bool


AnyReport = Report | SequenceReport


def advise(everybodys: Errors, previous: Errors | None, after: Errors | None) -> Recommendation:
    """What to do with the new layer."""
    before = previous or everybodys
    if after is None:
        text = "One piece alone cannot tell whether the new layer is better: record a minute or more."
        return Recommendation(verdict="more_trials", gestures=(), text=text)
    whose = "before" if previous else "with everybody's layer"
    told = f"{after.wrong.value:.0%} wrong on what it had not learned from, {before.wrong.value:.0%} {whose}"
    if after.wrong.value >= before.wrong.value:
        return Recommendation(verdict="keep_previous", gestures=(), text=f"Keep what was before: {told}.")
    if after.wrong.value > USABLE:
        text = f"The new layer is better, and of little use yet: {told}. Record more."
        return Recommendation(verdict="more_trials", gestures=(), text=text)
    return Recommendation(verdict="accept", gestures=(), text=f"The new layer is better: {told}.")


def stored(report: AnyReport) -> dict[str, Any]:
    """As the scores of a head."""
    told = report.model_dump(mode="json")
    return {KEY_OF_SEQUENCES: told} if isinstance(report, SequenceReport) else told


def any_report_in(scores: Mapping[str, Any]) -> AnyReport | None:
    """The way back; ``None`` of a head that has none."""
    if KEY_OF_SEQUENCES in scores:
        return SequenceReport.model_validate(scores[KEY_OF_SEQUENCES])
    return report_in(scores)


def _rate(pieces: Sequence[TextErrors]) -> Estimate:
    symbols = np.array([piece.symbols for piece in pieces])
    errors = np.array([piece.insertions + piece.deletions + piece.substitutions for piece in pieces])
    value = float(errors.sum() / max(1, symbols.sum()))
    if len(pieces) < 2:
        return Estimate(value=value)
    drawn = np.random.default_rng(0).integers(len(pieces), size=(RESAMPLES, len(pieces)))
    low, high = np.percentile(errors[drawn].sum(axis=1) / np.maximum(1, symbols[drawn].sum(axis=1)), INTERVAL).tolist()
    return Estimate(value=value, low=low, high=high)
