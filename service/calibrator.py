"""One calibration under way: a stream in, prompts out, trials onto the disk, in the end a head.

A thread of its own stands between the stream's reader, which must never wait, and the disk, which may. Everything that
happens to a calibration happens in that thread, one thing after the other: samples, commands, the end of a fit.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextvars import copy_context
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Literal

from pydantic import BaseModel

from calibration.errors import (
    CalibrationError,
    CalibrationOver,
    CalibrationUnknown,
    StoreDamaged,
    StoreUnavailable,
    UserUnknown,
)
from calibration.fitting import FitResult, LabelledTrial
from calibration.prompts import CheckDone, Event, Finished, Prompt, TrialDone
from calibration.protocol import Progress, Session
from calibration.store.records import OVER, Calibration, CalibrationState, NewTrial, Trial, TrialData
from calibration.store.store import Store
from drivers.source import Chunk
from models.errors import ModelError
from models.pipeline.recognizer import Prediction
from models.runtime import Head
from service import calibration_messages as messages
from service.events import Events
from service.examiner import Examiner
from service.fit_worker import FitWorker
from service.live import Live
from service.mailbox import TURN_S, Mailbox, Request, Work
from service.messages import HeadInfo, StreamState
from service.refit import new_head, order_for, plan_of, trials_for
from service.security.who import who

log = logging.getLogger(__name__)

#: Pieces of a stream that may wait for a slow disk: about 20 s of 5 ms chunks.
BACKLOG: Final = 4096
#: Silence of the stream after which nothing is asked; a wireless device hesitates for less.
SILENCE_S: Final = 2.0

Command = Literal["pause", "resume", "redo", "skip", "abort"]

#: States of a stream from which no sample comes.
GONE: Final[tuple[StreamState, ...]] = ("lost", "failed", "ended")

#: What clients may be told as it is: everything else is a bug.
EXPECTED: Final = (CalibrationError, ModelError)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a calibration stands, of one moment, for threads that look on."""

    state: CalibrationState
    prompt: Prompt
    progress: Progress
    report: messages.ReportReady | None


class Calibrator:
    """A calibration of one user on one stream, from ``start`` until it is accepted or aborted."""

    def __init__(self, calibration: Calibration, live: Live, store: Store, worker: FitWorker) -> None:
        self.calibration = calibration
        self.events = Events()
        self._live, self._store, self._worker = live, store, worker
        self._plan = plan_of(calibration)
        self._rate_hz = live.answers.spec.rate_hz
        self._session = self._begin()
        keep_raw = store.users.get(calibration.user_id).consent_raw
        self._examiner = Examiner(calibration, self._plan, live, keep_raw=keep_raw)
        self._unsaved: tuple[NewTrial, TrialData] | None = None
        self._fitting: Future[FitResult] | None = None
        self._report: messages.ReportReady | None = None
        self._mail = Mailbox(self._too_late)
        self._told_store = calibration.state
        self._standing = self._look()
        mine = copy_context()  # what it does by itself, it does in the name of who started or resumed it
        name = f"calibration {calibration.id[:8]}"
        self._thread = threading.Thread(target=mine.run, args=(self._run,), name=name, daemon=True)

    def _begin(self) -> Session:
        start_s = self._live.index / self._rate_hz
        if not self.calibration.position:
            return Session(self._plan, start_s)
        session = Session.restore(self._plan, self.calibration.position, start_s)
        for _ in session.advance(start_s):  # that it begins paused: nobody hears it yet, and later it is not true
            pass
        return session

    def start(self) -> None:
        """Listen to the stream and begin to ask; the fitting process loads its libraries meanwhile."""
        self._thread.start()
        self._live.listen(self)
        stream = self._live.describe()
        self.tell(stream.state, stream.message)  # it may have died before
        self._worker.warm()

    def stop(self) -> None:
        """Let go of the stream; the calibration stays as it is, to be resumed."""
        self._leave()
        self._mail.put(lambda: None)
        self._thread.join(TURN_S)

    @property
    def over(self) -> bool:
        """Whether it takes nothing more."""
        return self._mail.closed

    @property
    def stream(self) -> str:
        """Name of the stream."""
        return self._live.name

    # In the stream's reader thread: never waits

    def take(self, chunk: Chunk, predictions: Sequence[Prediction]) -> None:
        """Samples, and what the live path made of them."""
        if len(self._mail) < BACKLOG:  # else there is a hole in the signal, which the capture sees and judges
            self._mail.put(partial(self._hear, chunk, predictions))

    def tell(self, state: StreamState, message: str) -> None:
        """The stream changed its state: over a dead one nothing is asked. Short silence does no harm, see ``_run``."""
        if state in GONE:
            self._mail.put(lambda: self._post(self._session.lost(message)))

    # From any thread

    def do(self, command: Command) -> messages.CalibrationInfo:
        """Do it. Raises ``CalibrationError`` if it does not fit the moment."""
        return self._mail.ask(partial(self._command, command))

    def extend(self, gestures: Sequence[str]) -> messages.CalibrationInfo:
        """Ask one more trial of each of these gestures."""
        return self._mail.ask(partial(self._extend, gestures))

    def fit(self) -> messages.CalibrationInfo:
        """Fit the head, once more if need be, from the trials that are there."""
        return self._mail.ask(self._fit)

    def accept(self) -> messages.CalibrationInfo:
        """Make the fitted head the user's next version, and use it on the stream from the next prediction on."""
        return self._mail.ask(self._accept)

    def describe(self) -> messages.CalibrationInfo:
        """How the calibration stands."""
        now = self._standing
        return messages.CalibrationInfo(
            calibration=self.calibration.id,
            user=self.calibration.user_id,
            stream=self._live.name,
            model=self.calibration.model,
            state=now.state,
            attached=not self.over,
            plan=messages.PlanInfo.of(self._plan),
            prompt=messages.PromptFrame.of(now.prompt),
            kept=len(now.progress.kept),
            skipped=len(now.progress.skipped),
            ahead=len(now.progress.ahead),
            report=now.report,
        )

    def _too_late(self) -> CalibrationOver:
        state, name = self._standing.state, self.calibration.id
        if state in OVER:
            return CalibrationOver(f"calibration {name} is {state}: start a new one")
        return CalibrationOver(f"calibration {name} was interrupted: resume it first")

    # In the calibration's own thread

    def _run(self) -> None:
        while not self._mail.closed:
            if (work := self._mail.next(SILENCE_S)) is None:
                self._miss_samples()
            else:
                self._work(work)
        self._mail.refuse_rest()

    def _work(self, work: Work | Request) -> None:
        try:
            self._answer(work) if isinstance(work, Request) else work()
            self._tell_store()
        except (CalibrationOver, CalibrationUnknown, UserUnknown) as error:  # taken from us by another process
            self._trouble(str(error))
            self._leave()
        except EXPECTED as error:
            self._trouble(str(error))
        except Exception:
            log.exception("calibration %s", self.calibration.id)
            self._trouble("a bug interrupted the calibration: the trials are safe; report the log, then resume or redo")
        self._standing = self._look()

    def _answer(self, request: Request) -> None:
        """Do what was asked, and answer with how things stand after it, or with what was wrong."""
        if not request.answer.set_running_or_notify_cancel():
            return  # nobody waits any more
        try:
            request.work()
        except Exception as error:
            request.answer.set_exception(error)
            if not isinstance(error, EXPECTED):
                raise
        else:
            self._standing = self._look()
            request.answer.set_result(self.describe())

    def _miss_samples(self) -> None:
        if self._session.phase not in ("paused", "finished", "aborted"):
            self._post(self._session.stalled("no samples arrive: check that the device is switched on and in reach"))
            self._tell_store()

    def _look(self) -> Standing:
        return Standing(self._state(), self._session.prompt, self._session.progress, self._report)

    def _state(self) -> CalibrationState:
        if self.calibration.state in OVER:
            return self.calibration.state
        if self._session.phase == "finished":
            return "fitting" if self._fitting else "ready" if self._report else "paused"
        return "paused" if self._session.phase == "paused" else "running"

    def _tell_store(self) -> None:
        """The state, for those who ask after a restart: nothing is lost where it cannot be told."""
        state = self._state()
        if state == self._told_store or state in OVER or self._unsaved:
            return
        self._told_store = state
        try:
            self._store.calibrations.set_state(self.calibration.id, state, who())
        except (StoreUnavailable, StoreDamaged) as error:
            log.warning("calibration %s is %s, which is not stored: %s", self.calibration.id, state, error)

    def _hear(self, chunk: Chunk, predictions: Sequence[Prediction]) -> None:
        for quality in self._examiner.hear(chunk, predictions):
            self._say(messages.QualityFrame.of(quality))
        for event in self._session.advance((chunk.first + len(chunk.samples)) / self._rate_hz):
            self._on(event)

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
            self._say(frame)

    def _say(self, frame: BaseModel) -> None:
        """Tell everybody; who joins after it finds it in how things stand."""
        self._standing = self._look()
        self.events.post(frame)

    def _judge_check(self, done: CheckDone) -> None:
        reason = self._examiner.check(done)
        self._post(self._session.keep() if reason is None else self._session.refuse(reason))

    def _judge_trial(self, done: TrialDone) -> None:
        found = self._examiner.trial(done)
        if isinstance(found, str):
            self._post(self._session.refuse(found))
            return
        self._unsaved = found
        try:
            self._save()
        except (StoreUnavailable, StoreDamaged) as error:
            self._post(self._session.pause(f"the trial is not stored yet, resume to try again: {error}"))

    def _save(self) -> None:
        """Put the trial that waits onto the disk; only then does it count, and the next one is asked."""
        if self._unsaved is None:
            return
        new, data = self._unsaved
        self._store.trials.add(new, data, who(), self._session.snapshot_if_kept())
        self._unsaved = None
        after = self._session.keep()
        self._say(messages.TrialKept.of(new, len(data.features)))
        self._post(after)

    def _command(self, command: Command) -> None:
        match command:
            case "abort":
                self._abort()
            case "resume":
                self._resume()
            case _:
                self._change(getattr(Session, command))
                if command in ("redo", "skip"):
                    self._unsaved = None  # the clinician does without it

    def _abort(self) -> None:
        self.calibration = self._store.calibrations.set_state(self.calibration.id, "aborted", who())
        self._unsaved = None
        self._post(self._session.abort())
        self._leave()

    def _resume(self) -> None:
        stream = self._live.describe()
        if stream.state in GONE:
            raise CalibrationError(f"stream {stream.stream} is {stream.state}, {stream.message}: then resume")
        self._save()
        self._change(Session.resume)
        if self._session.phase == "finished" and self._fitting is None and self._report is None:
            self._fit()  # it was interrupted

    def _extend(self, gestures: Sequence[str]) -> None:
        self._change(lambda session: session.extend(gestures))

    def _change(self, change: Callable[[Session], Iterable[Event]]) -> None:
        """On the disk first: what raises has changed nothing."""
        session = copy(self._session)
        events = change(session)
        if session.progress != self._session.progress:
            self._store.calibrations.move(self.calibration.id, session.snapshot())
        self._session = session
        if session.phase != "finished":  # more to learn from: what was fitted before no longer counts
            self._fitting = self._report = None
        self._post(events)

    def _fit(self) -> None:
        if self._session.progress.ahead:
            raise CalibrationError("trials are still to come: hold or skip them before the fit")
        if self._fitting is not None:
            raise CalibrationError("the head is being fitted already: wait for its report")
        self._report = None
        used, trials = self._material()
        order = order_for(self._store, self.calibration, used, self._live.answers.population, self._rate_hz)
        self._fitting = self._worker.fit(trials, order)
        self._say(messages.Fitting())
        self._fitting.add_done_callback(lambda done: self._mail.put(partial(self._fitted, done, used)))

    def _material(self) -> tuple[list[Trial], list[LabelledTrial]]:
        """Not what was kept once, and then asked for again and skipped."""
        kept = {(trial.gesture, trial.repetition, trial.position or "") for trial in self._session.progress.kept}
        pairs = [
            (trial, labelled)
            for trial, labelled in zip(*trials_for(self._store, self.calibration), strict=True)
            if labelled.old or (trial.gesture, trial.repetition, trial.arm_position) in kept
        ]
        return [trial for trial, _ in pairs], [labelled for _, labelled in pairs]

    def _fitted(self, done: Future[FitResult], used: Sequence[Trial]) -> None:
        if done is not self._fitting:  # more trials were asked for meanwhile
            return
        self._fitting = None
        result = done.result()
        head = self._store.heads.add(new_head(self.calibration, result, used), result.onnx, who())
        self._report = messages.ReportReady(head=head.id, report=result.report)
        self._say(self._report)

    def _accept(self) -> None:
        if self._report is None:
            raise CalibrationError("there is no fitted head yet: finish the trials first")
        head = self._store.heads.get(self._report.head)
        worn = Head(self._store.heads.read(head), self._store.files.path(head.file))  # a damaged one is not accepted
        head = self._store.heads.accept(head.id, who())
        self.calibration = replace(self.calibration, state="accepted")
        self._live.answers.wear(worn, HeadInfo(user=head.user_id, version=head.version))
        self._say(messages.Accepted(version=head.version or 0))
        self._leave()

    def _leave(self) -> None:
        self._live.leave(self)
        self._mail.close()
        self.events.close()

    def _trouble(self, problem: str) -> None:
        self._say(messages.Trouble(message=problem))
        for event in self._session.pause(problem):
            self._tell(event)
