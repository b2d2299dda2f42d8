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
from dataclasses import replace
from functools import partial
from typing import Final, Literal

from pydantic import BaseModel

from calibration.causes import Cause
from calibration.errors import (
    CalibrationError,
    CalibrationOver,
    CalibrationUnknown,
    StoreDamaged,
    StoreUnavailable,
    UserUnknown,
)
from calibration.fitting import FitResult
from calibration.prompts import CheckDone, Event, Finished, TrialDone, to_do
from calibration.protocol import Session
from calibration.quality import Verdict
from calibration.store.records import OVER, Calibration, CalibrationState, NewTrial, Trial, TrialData
from calibration.store.store import Store
from drivers.source import Chunk
from models.errors import ModelError
from models.pipeline.recognizer import Prediction
from service.calibrations import messages
from service.calibrations.candidate import Candidate
from service.calibrations.events import Events
from service.calibrations.fit_worker import FitWorker
from service.calibrations.lesson import lesson_of
from service.calibrations.mailbox import TURN_S, Mailbox, Request, Work
from service.calibrations.refit import plan_of, used_for
from service.calibrations.standing import Standing
from service.live import Live
from service.messages import StreamState
from service.security.who import who

log = logging.getLogger(__name__)

#: Pieces of a stream that may wait for a slow disk: about 20 s of 5 ms chunks.
BACKLOG: Final = 4096
#: Silence of the stream after which nothing is asked; a wireless device hesitates for less.
SILENCE_S: Final = 2.0

#: Seconds for which a head is tried on after everybody who watched has left: a page that is loaded anew is back sooner.
DESERTED_S: Final = 30.0

SILENT: Final = Cause("silent", "no samples arrive: check that the device is switched on and in reach")

Command = Literal["pause", "resume", "done", "redo", "skip", "abort"]

#: States of a stream from which no sample comes.
GONE: Final[tuple[StreamState, ...]] = ("lost", "failed", "ended")

#: What clients may be told as it is: everything else is a bug.
EXPECTED: Final = (CalibrationError, ModelError)


class Calibrator:
    """A calibration of one user on one stream, from ``start`` until it is accepted or aborted."""

    def __init__(self, calibration: Calibration, live: Live, store: Store, worker: FitWorker) -> None:
        self.calibration = calibration
        self.events = Events()
        self._live, self._store, self._warm = live, store, worker.warm
        self._plan = plan_of(calibration)
        self._rate_hz = live.answers.spec.rate_hz
        self._session = self._begin()
        self._examiner, self._fit_on = lesson_of(calibration, self._plan, live, store, worker)
        self._unsaved: tuple[NewTrial, TrialData] | None = None
        self._fitting: Future[FitResult] | None = None
        self._candidate = Candidate(calibration, live, store)
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
        self._warm()

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
            self._mail.put(lambda: self._post(self._session.lost(Cause("stream_gone", message))))

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

    def try_head(self, on: bool) -> messages.CalibrationInfo:
        """Have the stream answer with the fitted head, or with the one of before again."""
        return self._mail.ask(partial(self._try, on))

    def end_try(self, user: str | None = None) -> None:
        """Put the head of before on the stream again, if one is tried; with ``user``, if that concerns their heads."""
        if self._candidate.end_try(user):
            self.events.post(messages.Trying(on=False))

    def describe(self) -> messages.CalibrationInfo:
        """How the calibration stands."""
        trying = self._candidate.trying
        return self._standing.describe(self.calibration, stream=self.stream, attached=not self.over, trying=trying)

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
            self._post(self._session.stalled(SILENT))
            self._tell_store()

    def _look(self) -> Standing:
        session = self._session
        return Standing(self._state(), session.prompt, session.progress, session.paused_by, self._candidate.report)

    def _state(self) -> CalibrationState:
        if self.calibration.state in OVER:
            return self.calibration.state
        if self._session.phase == "finished":
            return "fitting" if self._fitting else "ready" if self._candidate.report else "paused"
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
        if self._candidate.trying and (self.events.deserted_s or 0) > DESERTED_S:
            self.end_try()  # a tab was closed over it: nobody accepted that head, and nobody would take it off
        for quality in self._examiner.hear(chunk, predictions):
            self._say(messages.QualityFrame.of(quality, self._live.interpolated))
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
        self._live.perform(to_do(self._session.prompt))
        self.events.post(frame)

    def _judge_check(self, done: CheckDone) -> None:
        causes = self._examiner.check(done)
        self._post(self._session.refuse(*causes) if causes else self._session.keep())

    def _judge_trial(self, done: TrialDone) -> None:
        found = self._examiner.trial(done)
        if isinstance(found, Verdict):
            self._post(self._session.refuse(*found.causes))
            return
        self._unsaved = found
        try:
            self._save()
        except (StoreUnavailable, StoreDamaged) as error:
            reason = f"the trial is not stored yet, resume to try again: {error}"
            self._post(self._session.pause(Cause("not_stored", reason)))

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
        if stream.state in GONE and self._session.phase != "finished":  # a fit needs no device
            raise CalibrationError(f"stream {stream.stream} is {stream.state}, {stream.message}: then resume")
        self._save()
        self._change(Session.resume)
        if self._session.phase == "finished" and self._fitting is None and self._candidate.report is None:
            self._take_up_fit()

    def _take_up_fit(self) -> None:
        """It was interrupted; what was fitted from the same trials is there still."""
        if (report := self._candidate.find(self._used())) is None:
            self._fit()
        else:
            self._say(report)

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
            self._fitting = None
            self._withdraw()
        self._post(events)

    def _withdraw(self) -> None:
        """What was fitted no longer counts."""
        self._candidate.report = None
        self.end_try()

    def _fit(self) -> None:
        if self._session.progress.ahead:
            raise CalibrationError("trials are still to come: hold or skip them before the fit")
        if self._fitting is not None:
            raise CalibrationError("the head is being fitted already: wait for its report")
        self._withdraw()
        used = self._used()
        self._fitting = self._fit_on(used)
        self._say(messages.Fitting())
        self._fitting.add_done_callback(lambda done: self._mail.put(partial(self._fitted, done, used)))

    def _used(self) -> list[Trial]:
        return used_for(self._store, self.calibration, self._session.progress.kept)

    def _fitted(self, done: Future[FitResult], used: Sequence[Trial]) -> None:
        if done is not self._fitting:  # more trials were asked for meanwhile
            return
        self._fitting = None
        self._say(self._candidate.add(done.result(), used))

    def _try(self, on: bool) -> None:
        self.events.forget_who_left()
        if not on:
            self.end_try()
        elif self._candidate.try_out():
            self._say(messages.Trying(on=True))

    def _accept(self) -> None:
        version = self._candidate.accept()
        self.calibration = replace(self.calibration, state="accepted")
        self._say(messages.Accepted(version=version))
        self._leave()

    def _leave(self) -> None:
        self._live.leave(self)
        self.end_try()
        self._live.perform(None)
        self._mail.close()
        self.events.close()

    def _trouble(self, problem: str) -> None:
        self._say(messages.Trouble(message=problem))
        for event in self._session.pause(Cause("trouble", problem)):
            self._tell(event)
