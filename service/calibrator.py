"""One calibration under way: a stream in, prompts out, trials onto the disk, in the end a head.

A thread of its own stands between the stream's reader, which must never wait, and the disk, which may. Everything that
happens to a calibration happens in that thread, one thing after the other: samples, commands, the end of a fit.
"""

import logging
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import asdict
from functools import partial
from typing import Final, Literal, TypeVar

from calibration.capture import CapturedTrial, TrialCapture
from calibration.errors import CalibrationError, CalibrationOver, StoreUnavailable
from calibration.fitting import FitResult
from calibration.onset import RestLevel, Span
from calibration.prompts import CheckDone, Event, Finished, TrialDone
from calibration.protocol import Session
from calibration.quality import Quality, Verdict
from calibration.store.records import Calibration, CalibrationState, NewTrial, Trial, TrialData
from calibration.store.store import Store
from drivers.source import Chunk
from models.pipeline.recognizer import Prediction
from models.runtime import Head
from models.training.effort import Relaxed
from service import calibration_messages as messages
from service.events import Events
from service.fit_worker import FitWorker
from service.live import Live
from service.messages import HeadInfo, StreamState
from service.refit import WHO, new_head, order_for, plan_of, trials_for

log = logging.getLogger(__name__)
T = TypeVar("T")

#: Pieces of a stream that may wait for a slow disk: about 20 s of 5 ms chunks.
BACKLOG: Final = 4096
#: How long a command waits for its turn.
TURN_S: Final = 10.0
#: How much of the past a trial may need: a hold, and the time in which a late piece is judged.
MARGIN_S: Final = 5.0

#: Before the words that a calibration puts into a recording of its stream.
MARK: Final = "calibration: "

Command = Literal["pause", "resume", "redo", "skip", "abort"]


class Calibrator:
    """A calibration of one user on one stream, from ``start`` until it is accepted or aborted."""

    def __init__(self, calibration: Calibration, live: Live, store: Store, worker: FitWorker) -> None:
        self.calibration = calibration
        self.events = Events()
        self._live, self._store, self._worker = live, store, worker
        self._plan = plan_of(calibration)
        self._rate_hz = live.spec.rate_hz
        self._session = self._begin()
        keep_s = self._plan.hold_s + MARGIN_S
        self._capture = TrialCapture(live.spec, keep_s, keep_raw=store.users.get(calibration.user_id).consent_raw)
        self._rest: RestLevel | None = None
        self._relaxed: Relaxed | None = None
        self._unsaved: tuple[NewTrial, TrialData] | None = None
        self._report: messages.ReportReady | None = None
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"calibration {calibration.id[:8]}", daemon=True)

    def _begin(self) -> Session:
        start_s = self._live.index / self._rate_hz
        if not self.calibration.position:
            return Session(self._plan, start_s)
        return Session.restore(self._plan, self.calibration.position, start_s)

    def start(self) -> None:
        """Listen to the stream and begin to ask; the fitting process loads its libraries meanwhile."""
        self._worker.warm()
        self._thread.start()
        self._live.listen(self)

    def stop(self) -> None:
        """Let go of the stream; the calibration stays as it is, to be resumed."""
        self._live.leave(self)
        self._over.set()
        self._inbox.put(lambda: None)
        self._thread.join(TURN_S)

    @property
    def over(self) -> bool:
        """Whether it takes nothing more."""
        return self._over.is_set()

    @property
    def stream(self) -> str:
        """Name of the stream."""
        return self._live.name

    # In the stream's reader thread: never waits

    def take(self, chunk: Chunk, predictions: Sequence[Prediction]) -> None:
        """Samples, and what the live path made of them."""
        if self._inbox.qsize() < BACKLOG:  # else there is a hole in the signal, which the capture sees and judges
            self._inbox.put(partial(self._hear, chunk, predictions))

    def tell(self, state: StreamState, message: str) -> None:
        """The stream changed its state: over a dead one nothing is asked."""
        if state == "stalled":
            self._inbox.put(lambda: self._post(self._session.stalled(message)))
        elif state in ("lost", "failed", "ended"):
            self._inbox.put(lambda: self._post(self._session.lost(message)))

    # From any thread

    def do(self, command: Command) -> messages.CalibrationInfo:
        """Do it. Raises ``CalibrationError`` if it does not fit the moment."""
        return self._ask(partial(self._command, command))

    def extend(self, gestures: Sequence[str]) -> messages.CalibrationInfo:
        """Ask one more trial of each of these gestures."""
        return self._ask(partial(self._extend, gestures))

    def fit(self) -> messages.CalibrationInfo:
        """Fit the head, once more if need be, from the trials that are there."""
        return self._ask(self._fit)

    def accept(self) -> messages.CalibrationInfo:
        """Make the fitted head the user's next version, and use it on the stream from the next prediction on."""
        return self._ask(self._accept)

    def describe(self) -> messages.CalibrationInfo:
        """How the calibration stands."""
        progress = self._session.progress
        return messages.CalibrationInfo(
            calibration=self.calibration.id,
            user=self.calibration.user_id,
            stream=self._live.name,
            model=self.calibration.model,
            state=self.calibration.state,
            attached=not self.over,
            plan=messages.PlanInfo.of(self._plan),
            prompt=messages.PromptFrame.of(self._session.prompt),
            kept=len(progress.kept),
            skipped=len(progress.skipped),
            ahead=len(progress.ahead),
            report=self._report,
        )

    def _ask(self, work: Callable[[], None]) -> messages.CalibrationInfo:
        answer: Future[messages.CalibrationInfo] = Future()
        if self._over.is_set():
            raise CalibrationOver(f"calibration {self.calibration.id} is {self.calibration.state}: start a new one")
        self._inbox.put(partial(_settle, answer, work, self.describe))
        return answer.result(TURN_S)

    # In the calibration's own thread

    def _run(self) -> None:
        while not self._over.is_set():
            work = self._inbox.get()
            try:
                work()
            except CalibrationError as error:
                self._trouble(str(error))
            except Exception:
                log.exception("calibration %s", self.calibration.id)
                self._trouble("a bug interrupted the calibration: the trials are safe; please report the log, resume")

    def _hear(self, chunk: Chunk, predictions: Sequence[Prediction]) -> None:
        for quality in self._capture.signal(chunk.samples, chunk.first):
            self._tell_quality(quality)
        for prediction in predictions:
            if prediction.features is not None:
                self._capture.decision(prediction.index, prediction.features, prediction.amplitude_uv)
        for event in self._session.advance((chunk.first + len(chunk.samples)) / self._rate_hz):
            self._on(event)

    def _tell_quality(self, quality: Quality) -> None:
        self.events.post(messages.QualityFrame.of(quality))

    def _on(self, event: Event) -> None:
        match event:
            case CheckDone():
                self._judge_check(event)
            case TrialDone():
                self._judge_trial(event)
            case Finished():
                self._tell(event)
                self._fit()
            case _:
                self._tell(event)

    def _post(self, events: Iterable[Event]) -> None:
        for event in events:
            self._on(event)

    def _tell(self, event: Event) -> None:
        if (frame := messages.frame_of(event)) is not None:
            self.events.post(frame)

    def _judge_check(self, done: CheckDone) -> None:
        span = self._span(done.start_s, done.stop_s)
        quality, rest = self._capture.quality(span), self._capture.rest_level(span)
        if quality is None or rest is None:
            self._post(self._session.refuse("too many samples were lost: check the connection of the device"))
        elif quality.level == "bad":
            self._post(self._session.refuse("; ".join(quality.reasons)))
        else:
            self._rest = rest
            self._relaxed = Relaxed.of(self._capture.amplitudes(span))
            self._mark("rest", span)
            self._post(self._session.keep())

    def _judge_trial(self, done: TrialDone) -> None:
        span = self._span(done.start_s, done.stop_s)
        captured = self._capture.cut(done.trial, span, self._rest)
        if isinstance(captured, Verdict):
            self._post(self._session.refuse("; ".join(captured.reasons)))
            return
        self._mark(f"hold {captured.gesture} {captured.repetition} {captured.position or ''}".strip(), span)
        self._unsaved = _records(self.calibration.id, captured, self._relaxed)
        self._save()

    def _save(self) -> None:
        """Put the trial that waits onto the disk; only then does it count, and the next one is asked."""
        if self._unsaved is None:
            return
        new, data = self._unsaved
        try:
            self._store.trials.add(new, data, WHO, self._session.snapshot_if_kept())
        except StoreUnavailable as error:
            self._post(self._session.pause(f"the trial is not stored yet, resume to try again: {error}"))
            return
        self._unsaved = None
        self.events.post(messages.TrialKept.of(new, len(data.features)))
        self._post(self._session.keep())

    def _mark(self, word: str, span: Span) -> None:
        """Into the recording, if one is being made, so that the same head can be made from it offline."""
        self._live.note(span.start, f"{MARK}{word}")
        self._live.note(span.stop, f"{MARK}end")

    def _command(self, command: Command) -> None:
        if command == "resume":
            self._save()
        self._post(getattr(self._session, command)())
        self._store.calibrations.move(self.calibration.id, self._session.snapshot())
        if self._session.phase == "aborted":
            self._become("aborted")
            self._leave()
        elif self.calibration.state in ("running", "paused"):
            self._become("paused" if self._session.phase == "paused" else "running")

    def _extend(self, gestures: Sequence[str]) -> None:
        self._post(self._session.extend(gestures))
        self._store.calibrations.move(self.calibration.id, self._session.snapshot())
        self._report = None
        self._become("running")

    def _fit(self) -> None:
        if self._session.progress.ahead:
            raise CalibrationError("trials are still to come: hold or skip them before the fit")
        self._become("fitting")
        self.events.post(messages.Fitting())
        used, trials = trials_for(self._store, self.calibration)
        order = order_for(self._store, self.calibration, used, self._live.population, self._rate_hz)
        done = self._worker.fit(trials, order)
        done.add_done_callback(lambda fitted: self._inbox.put(partial(self._fitted, fitted, used)))

    def _fitted(self, fitted: "Future[FitResult]", used: Sequence[Trial]) -> None:
        if self.calibration.state != "fitting":  # aborted meanwhile
            return
        try:
            result = fitted.result()
        except Exception:
            self._become("paused")
            raise
        head = self._store.heads.add(new_head(self.calibration, result, used), result.onnx, WHO)
        self._become("ready")
        self._report = messages.ReportReady(head=head.id, report=result.report)
        self.events.post(self._report)

    def _accept(self) -> None:
        if self._report is None:
            raise CalibrationError("there is no fitted head yet: finish the trials first")
        head = self._store.heads.accept(self._report.head, WHO)
        worn = Head(self._store.heads.read(head), self._store.files.path(head.file))
        self._live.wear(worn, HeadInfo(user=head.user_id, version=head.version))
        self.calibration = self._store.calibrations.get(self.calibration.id)
        self.events.post(messages.Accepted(version=head.version or 0))
        self._leave()

    def _become(self, state: CalibrationState) -> None:
        if self.calibration.state != state:
            self.calibration = self._store.calibrations.set_state(self.calibration.id, state, WHO)

    def _leave(self) -> None:
        self._live.leave(self)
        self._over.set()

    def _trouble(self, problem: str) -> None:
        self.events.post(messages.Trouble(message=problem))
        for event in self._session.pause(problem):
            self._tell(event)

    def _span(self, start_s: float, stop_s: float) -> Span:
        return Span(round(start_s * self._rate_hz), round(stop_s * self._rate_hz))


def _settle(answer: "Future[T]", work: Callable[[], None], describe: Callable[[], T]) -> None:
    """Do what was asked, and answer with how things stand after it, or with what was wrong."""
    try:
        work()
    except CalibrationError as error:
        answer.set_exception(error)
    else:
        answer.set_result(describe())


def _records(calibration_id: str, captured: CapturedTrial, relaxed: Relaxed | None) -> tuple[NewTrial, TrialData]:
    quality = {
        "level": captured.quality.level,
        "reasons": captured.quality.reasons,
        "snr_db": captured.snr_db,
        "relaxed": relaxed and asdict(relaxed),
    }
    new = NewTrial(calibration_id, captured.gesture, captured.repetition, captured.position or "", quality=quality)
    return new, TrialData(captured.features, captured.last, captured.raw, captured.amplitudes)
