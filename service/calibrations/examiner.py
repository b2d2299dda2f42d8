"""What a calibration hears: judges the check and every trial, and marks both in a recording of the stream."""

from collections.abc import Sequence
from typing import Protocol

from calibration.capture import TrialCapture
from calibration.causes import Cause
from calibration.offline import MARGIN_S
from calibration.onset import RestLevel, Span
from calibration.plan import Plan
from calibration.prompts import CheckDone, TrialDone
from calibration.quality import Quality, Verdict
from calibration.store.records import Calibration, NewTrial, TrialData
from drivers.source import Chunk
from models.pipeline.recognizer import Prediction
from models.training.effort import Relaxed
from service.calibrations.marks import Marks
from service.calibrations.refit import trial_records
from service.live import Live


class Examiner(Protocol):
    """Fed with a stream and what the live path made of it."""

    def hear(self, chunk: Chunk, predictions: Sequence[Prediction]) -> list[Quality]:
        """Remember what is needed; how good the signal is, every half second."""
        ...

    def check(self, done: CheckDone) -> tuple[Cause, ...]:
        """Why the signal at rest is not good enough to begin; nothing if it is."""
        ...

    def trial(self, done: TrialDone) -> tuple[NewTrial, TrialData] | Verdict:
        """What is to be stored of a hold, or why nothing can be learned from it."""
        ...


class GestureExaminer:
    """Of gestures that are held: keeps the features that the live path computed anyway."""

    def __init__(self, calibration: Calibration, plan: Plan, live: Live, *, keep_raw: bool) -> None:
        self._calibration, self._rate_hz = calibration, live.answers.spec.rate_hz
        self._capture = TrialCapture(live.answers.spec, plan.hold_s + MARGIN_S, keep_raw=keep_raw)
        self._marks = Marks(calibration, plan, live)
        self._rest: RestLevel | None = None
        self._relaxed: Relaxed | None = None

    def hear(self, chunk: Chunk, predictions: Sequence[Prediction]) -> list[Quality]:
        """See ``Examiner``: samples and features."""
        self._marks.begin(chunk.first)
        for prediction in predictions:
            if prediction.features is not None:
                seen = prediction.features, prediction.amplitude_uv, prediction.image
                self._capture.decision(prediction.index, *seen)
        return self._capture.signal(chunk.samples, chunk.first)

    def check(self, done: CheckDone) -> tuple[Cause, ...]:
        """See ``Examiner``."""
        span = span_of(done, self._rate_hz)
        quality, rest = self._capture.quality(span), self._capture.rest_level(span)
        if causes := faults_at_rest(quality, rest):
            return causes
        self._rest = rest
        amplitudes = self._capture.amplitudes(span)
        self._relaxed = Relaxed.of(amplitudes) if len(amplitudes) else None
        self._marks.rested(span)
        return ()

    def trial(self, done: TrialDone) -> tuple[NewTrial, TrialData] | Verdict:
        """See ``Examiner``."""
        span = span_of(done, self._rate_hz)
        captured = self._capture.cut(done.trial, span, self._rest)
        if isinstance(captured, Verdict):
            return captured
        self._marks.held(span, done.trial)
        return trial_records(self._calibration.id, captured, self._relaxed)


def span_of(done: CheckDone | TrialDone, rate_hz: float) -> Span:
    """Its samples."""
    return Span(round(done.start_s * rate_hz), round(done.stop_s * rate_hz))


def faults_at_rest(quality: Quality | None, rest: RestLevel | None) -> tuple[Cause, ...]:
    """Why nothing can begin so."""
    if quality is None or rest is None:
        return (Cause("gaps", "too many samples were lost: check the connection of the device"),)
    return quality.faults if quality.level == "bad" else ()
