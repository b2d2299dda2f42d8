"""What a calibration of text or events hears: the stream itself, with a network of its own beside the live path's."""

from collections.abc import Sequence
from dataclasses import asdict

from calibration.causes import Cause
from calibration.doubts import doubts_of_hearing
from calibration.onset import RestLevel
from calibration.piece_capture import PieceCapture
from calibration.plan import Plan
from calibration.prompts import CheckDone, TrialDone
from calibration.quality import Quality, Verdict
from calibration.store.records import Calibration, NewTrial, TrialData
from drivers.source import Chunk
from models.last_layer import LastLayer
from models.pipeline.recognizer import Prediction
from service.calibrations.examiner import faults_at_rest, span_of
from service.calibrations.marks import Marks
from service.calibrations.messages import DOUBTS
from service.calibrations.pieces import Cut, piece_records
from service.live import Live


class SequenceExaminer:
    """See ``Examiner``."""

    def __init__(
        self, calibration: Calibration, plan: Plan, live: Live, layer: LastLayer | None, *, keep_raw: bool
    ) -> None:
        """``layer``: the user's own of before, if it is good enough to doubt a sentence."""
        model = live.answers.sequence_model
        self._calibration, self._spec = calibration, model.spec
        self._capture = PieceCapture(model, plan, keep_raw=keep_raw)
        self._layer = layer if plan.kind == "text" else None
        self._marks = Marks(calibration, plan, live)
        self._rest: RestLevel | None = None

    def hear(self, chunk: Chunk, predictions: Sequence[Prediction]) -> list[Quality]:
        """See ``Examiner``: there are no predictions."""
        self._marks.begin(chunk.first)
        return self._capture.signal(chunk.samples, chunk.first)

    def check(self, done: CheckDone) -> tuple[Cause, ...]:
        """See ``Examiner``."""
        span = span_of(done, self._spec.rate_hz)
        rest = self._capture.rest_level(span)
        if causes := faults_at_rest(self._capture.quality(span), rest):
            return causes
        self._rest = rest
        self._marks.rested(span)
        return ()

    def trial(self, done: TrialDone) -> tuple[NewTrial, TrialData] | Verdict:
        """See ``Examiner``."""
        span = span_of(done, self._spec.rate_hz)
        found = self._capture.cut(done.trial, span, self._rest)
        if isinstance(found, Verdict):
            return found
        self._marks.held(span, done.trial)
        doubts = found.doubts
        if not doubts and self._layer is not None:
            doubts = doubts_of_hearing(found.piece, self._layer, self._spec)
        told = {
            "level": found.quality.level,
            "reasons": found.quality.reasons,
            DOUBTS: [asdict(doubt) for doubt in doubts],
        }
        return piece_records(self._calibration.id, Cut.of(found), self._spec, **told)
