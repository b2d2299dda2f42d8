"""Between pieces of text and events, as a last layer learns from them, and what is stored of a user."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from calibration.layer_order import LayerOrder
from calibration.piece_capture import CapturedPiece
from calibration.plan import Trial as Asked
from calibration.sequence_report import USABLE, SequenceReport, any_report_in
from calibration.store.records import Calibration, NewTrial, Trial, TrialData
from calibration.store.store import Store
from models.datasets.sequences import Sequence as Labelled
from models.head_graph import own_tensors
from models.last_layer import LastLayer
from models.sequence_runtime import SequenceModel
from models.spec import ModelSpec
from models.training.pieces import Piece
from service.calibrations.refit import KEYS


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A piece, and where it comes from."""

    trial: Asked
    """What was asked in it."""
    piece: Piece
    start: int
    """Index of the first sample of its truth."""
    raw: npt.NDArray[np.float32] | None
    """(time, channel) unfiltered microvolts; ``None`` unless the user consented."""

    @classmethod
    def of(cls, captured: CapturedPiece) -> Self:
        """Of a prompted trial."""
        return cls(captured.trial, captured.piece, captured.start, captured.raw)


def piece_records(calibration_id: str, cut: Cut, spec: ModelSpec, **quality: Any) -> tuple[NewTrial, TrialData]:
    """A piece as it is stored."""
    asked, piece, truth = cut.trial, cut.piece, cut.piece.truth
    last = cut.start + piece.first + spec.hop * np.arange(len(piece.features))
    done = {KEYS: truth.keys, "times": truth.times.tolist(), "first": piece.first, "length": len(truth.signal)}
    new = NewTrial(calibration_id, asked.gesture, asked.repetition, asked.position or "", quality=done | quality)
    return new, TrialData(piece.features, last, cut.raw)


def piece_of(store: Store, trial: Trial, spec: ModelSpec) -> Piece:
    """The way back. Raises ``StoreDamaged`` where it is not what was stored."""
    done, features = trial.quality, store.trials.read(trial).features
    silent = np.zeros((done["length"], 0), np.float32)
    truth = Labelled(silent, spec.rate_hz, tuple(done[KEYS]), np.array(done["times"], np.int64), "", "")
    return Piece(features, done["first"], truth)


def earlier_pieces(store: Store, user: str, model: SequenceModel) -> list[Piece]:
    """What the user did in earlier calibrations; trials of an old profile have no keys."""
    trials = store.trials.kept(user, model.fingerprint)
    return [piece_of(store, trial, model.spec) for trial in trials if KEYS in trial.quality]


def layer_of(store: Store, head: str | None) -> LastLayer | None:
    """The user's own, by the id of the head that keeps it."""
    return None if head is None else LastLayer.of(own_tensors(store.heads.read(store.heads.get(head))))


def trusted_layer(store: Store, head: str | None) -> LastLayer | None:
    """The user's own, unless its report says that it is of little use."""
    if head is None:
        return None
    report = any_report_in(store.heads.get(head).scores)
    good = isinstance(report, SequenceReport) and report.after and report.after.wrong.value <= USABLE
    return layer_of(store, head) if good else None


def to_learn(
    store: Store, calibration: Calibration, used: Sequence[Trial], model: SequenceModel
) -> tuple[list[Piece], LayerOrder]:
    """The pieces of a calibration, and which layer is wanted from them and earlier ones; ``model``: everybody's."""
    pieces, old = list[Piece](), list[Piece]()
    for trial in used:
        (pieces if trial.calibration_id == calibration.id else old).append(piece_of(store, trial, model.spec))
    order = LayerOrder(
        model.spec,
        LastLayer.everybodys(model.content),
        layer_of(store, calibration.base_head),
        old,
        calibration.seed,
        calibration.plan.get("simulated", False),
    )
    return pieces, order
