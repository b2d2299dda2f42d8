"""What a calibration hears: judges the check and every trial, and marks both in a recording of the stream."""

import logging
from collections.abc import Sequence

from calibration.capture import TrialCapture
from calibration.offline import MARGIN_S, MARK, Began, Held, Rested, text_of
from calibration.onset import RestLevel, Span
from calibration.plan import Plan
from calibration.prompts import CheckDone, TrialDone
from calibration.quality import Quality, Verdict
from calibration.store.records import Calibration, NewTrial, TrialData
from drivers.errors import RecordingError
from drivers.source import Chunk
from models.pipeline.recognizer import Prediction
from models.training.effort import Relaxed
from service.live import Live
from service.refit import trial_records

log = logging.getLogger(__name__)


class Examiner:
    """Fed with a stream and what the live path made of it."""

    def __init__(self, calibration: Calibration, plan: Plan, live: Live, *, keep_raw: bool) -> None:
        self._calibration, self._plan, self._live = calibration, plan, live
        self._capture = TrialCapture(live.answers.spec, plan.hold_s + MARGIN_S, keep_raw=keep_raw)
        self._heard = False
        self._rest: RestLevel | None = None
        self._relaxed: Relaxed | None = None

    def hear(self, chunk: Chunk, predictions: Sequence[Prediction]) -> list[Quality]:
        """Remember samples and features; how good the signal is, every half second."""
        if not self._heard:
            self._heard = True
            began = Began(chunk.first, self._calibration.id, self._calibration.seed, self._plan)
            self._note(chunk.first, text_of(began))
        for prediction in predictions:
            if prediction.features is not None:
                self._capture.decision(prediction.index, prediction.features, prediction.amplitude_uv)
        return self._capture.signal(chunk.samples, chunk.first)

    def check(self, done: CheckDone) -> str | None:
        """Why the signal at rest is not good enough to begin; ``None`` if it is."""
        span = self._span(done)
        quality, rest = self._capture.quality(span), self._capture.rest_level(span)
        if quality is None or rest is None:
            return "too many samples were lost: check the connection of the device"
        if quality.level == "bad":
            return "; ".join(quality.reasons)
        self._rest = rest
        amplitudes = self._capture.amplitudes(span)
        self._relaxed = Relaxed.of(amplitudes) if len(amplitudes) else None
        self._mark(Rested(span))
        return None

    def trial(self, done: TrialDone) -> tuple[NewTrial, TrialData] | str:
        """What is to be stored of a hold, or why nothing can be learned from it."""
        span = self._span(done)
        captured = self._capture.cut(done.trial, span, self._rest)
        if isinstance(captured, Verdict):
            return "; ".join(captured.reasons)
        self._mark(Held(span, done.trial))
        return trial_records(self._calibration.id, captured, self._relaxed)

    def _span(self, done: CheckDone | TrialDone) -> Span:
        rate_hz = self._live.answers.spec.rate_hz
        return Span(round(done.start_s * rate_hz), round(done.stop_s * rate_hz))

    def _mark(self, mark: Rested | Held) -> None:
        """Into the recording, if one is being made, so that the same head can be made from it offline."""
        self._note(mark.span.start, text_of(mark))
        self._note(mark.span.stop, f"{MARK}end")

    def _note(self, index: int, text: str) -> None:
        try:
            self._live.note(index, text)
        except RecordingError as error:  # the recording is behind, the calibration is not
            log.warning("calibration %s: %s", self._calibration.id, error)
