"""What a model of text or gesture events has of a user: its last layer, fitted on what they were asked to do.

    V. Sivakumar et al., "emg2qwerty", NeurIPS 2024: all layers, hours of typing; here the last layer, and minutes.

The frozen part heard the recording as a live stream; nothing is computed here but the layer on its features.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from calibration.errors import PlanInvalid
from calibration.layer_order import LayerOrder
from calibration.sequence_report import Errors, SequenceReport, advise
from models.last_layer import LastLayer
from models.spec import ModelSpec
from models.training.evaluate_sequence import score_watched
from models.training.fit_last_layer import LayerTraining, errors_of, fit_last_layer, watched_of
from models.training.pieces import Piece

MOST_FOLDS: Final = 4
"""How often pieces are left out; each fit takes seconds."""


def fit_own_layer(pieces: Sequence[Piece], order: LayerOrder) -> tuple[LastLayer, SequenceReport]:
    """Fit on all pieces, from everybody's layer, and score by leaving those of today out in turn.

    The same pieces and order give the same layer.

    Raises:
        PlanInvalid: nothing was typed, no event was made, or something that the model does not know.
        ModelMismatch: it is a model of neither.
    """
    _require_keys(pieces, order)
    learned = any(_among(piece, order.old) for piece in pieces)
    order = replace(order, old=[piece for piece in order.old if not _among(piece, pieces)])
    how = LayerTraining(seed=order.seed)
    layer = fit_last_layer([*order.old, *pieces], order.everybodys, order.spec, how)
    everybodys = _errors([(pieces, order.everybodys)], order.spec)
    # whoever was taught what is asked now has an easy time: that tells nothing
    previous = None if learned or order.previous is None else _errors([(pieces, order.previous)], order.spec)
    after = _errors(_left_out(pieces, order, how), order.spec) if len(pieces) > 1 else None
    report = SequenceReport(
        kind="events" if order.spec.kind == "events" else "text",
        pieces=len(order.old) + len(pieces),
        seconds=sum(piece.truth.seconds for piece in (*order.old, *pieces)),
        keys=sum(len(piece.truth.keys) for piece in (*order.old, *pieces)),
        everybodys=everybodys,
        previous=previous,
        after=after,
        recommendation=advise(everybodys, previous, after),
        simulated=order.simulated,
    )
    return layer, report


Answered = tuple[Sequence[Piece], LastLayer]
"""Pieces, and the layer that answers to them."""


def _errors(parts: Sequence[Answered], spec: ModelSpec) -> Errors:
    pairs = [(piece, layer) for pieces, layer in parts for piece in pieces]
    if spec.kind == "events":
        return Errors.of_events(score_watched(watched_of(piece, layer, spec) for piece, layer in pairs))
    return Errors.of_text([errors_of(piece, layer, spec) for piece, layer in pairs])


def _left_out(pieces: Sequence[Piece], order: LayerOrder, how: LayerTraining) -> list[Answered]:
    """Each piece, with a layer that had not learned from it."""
    folds = min(MOST_FOLDS, len(pieces))
    parts: list[Answered] = []
    for fold in range(folds):
        kept = [piece for number, piece in enumerate(pieces) if number % folds != fold]
        layer = fit_last_layer([*order.old, *kept], order.everybodys, order.spec, how)
        parts.append((pieces[fold::folds], layer))
    return parts


def _among(piece: Piece, pieces: Sequence[Piece]) -> bool:
    """Whether it is one of them: of a recording that was accepted before, nothing could be left out."""
    return any(np.array_equal(piece.features, other.features) for other in pieces)


def _require_keys(pieces: Sequence[Piece], order: LayerOrder) -> None:
    spec, keys = order.spec, {key for piece in pieces for key in piece.truth.keys}
    what = "event was made" if spec.kind == "events" else "key was typed"
    if not keys:
        raise PlanInvalid(f"no {what} in the recording: record with the words of each key or event")
    known = set(spec.require_sequence().labels)
    if unknown := keys.union(*(piece.truth.keys for piece in order.old)) - known:
        raise PlanInvalid(f"model {spec.name} does not know {min(unknown)!r}: leave it out, or choose another model")
