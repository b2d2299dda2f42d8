"""What the user is asked to do now: a small state machine that is fed with the stream's own time.

    check ─► prepare ─► hold ─► rest ─► prepare ─► hold ─► rest ... ─► finished
                 ▲         │ the caller's verdict: kept, or refused and asked again
                 └─ paused ┘

It has no clock: over a stream that does not advance, no prompt does. The time of each event follows from the plan and
the commands alone, never from how the time was cut into steps.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Final, Literal, Self

from pydantic import TypeAdapter, ValidationError

from calibration.causes import Cause
from calibration.errors import CalibrationError, CalibrationOver, PlanInvalid
from calibration.plan import CHECK_S, Plan, Trial
from calibration.prompts import (
    Aborted,
    CheckDone,
    CheckRefused,
    Event,
    Finished,
    Paused,
    Phase,
    Prompt,
    TrialDone,
    TrialRefused,
    TrialSkipped,
    words,
)

OFFER_SKIP_AFTER: Final = 3
"""Refusals of one trial after which the user is offered to skip it."""
ROUNDING_S: Final = 1e-6
"""Sums of seconds are not exact, and the sample that completes a phase ends it, not the chunk after."""
ASKED: Final = Cause("asked", "asked for")
RESTARTED: Final = Cause("restarted", "the service was started again")
SILENT: Final = Cause("silent", "no samples arrive: look at the device")
GONE: Final = Cause("stream_gone", "the device is gone: connect it again")
AGAIN: Final = Cause("interrupted", "asked for again")


@dataclass(frozen=True, slots=True)
class Progress:
    """What remains of a session when everything else is lost."""

    kept: tuple[Trial, ...] = ()
    skipped: tuple[Trial, ...] = ()
    ahead: tuple[Trial, ...] = ()
    refusals: int = 0
    """Of the trial that comes next."""
    aborted: bool = False


_PROGRESS = TypeAdapter(Progress)


class Session:
    """A calibration under way.

    Iterate over ``advance``; answer ``CheckDone`` and ``TrialDone`` with ``keep`` or ``refuse``, at once or later.
    Until then no further trial is asked. Commands return what follows from them. Those that do not fit the moment
    raise ``CalibrationError`` and change nothing.
    """

    def __init__(self, plan: Plan, start_s: float = 0.0) -> None:
        """``start_s``: the stream's time now."""
        self.plan = plan
        self._progress = Progress(ahead=plan.trials)
        self._now = self._begin = self._end = start_s
        self._seconds = 0  # whole ones of this phase still to be told
        self._phase: Phase = "check"
        self._checked = False
        self._verdict_on: Literal["check", "trial"] | None = None
        self._paused_by = ASKED
        self._opening: tuple[Event, ...] = self._enter("check")

    @classmethod
    def restore(cls, plan: Plan, snapshot: Mapping[str, Any], start_s: float = 0.0) -> Self:
        """A session that goes on after a restart: paused, the half trial asked again, the signal checked first.

        Raises:
            PlanInvalid: the snapshot is none, or not of this plan.
        """
        session = cls(plan, start_s)
        session._progress = read_progress(plan, snapshot)
        if session._progress.aborted:
            session._opening = session._enter("aborted")
        elif not session._progress.ahead:
            session._opening = session._enter("finished")
        else:
            session._opening = session.pause(RESTARTED)
        return session

    def snapshot(self) -> dict[str, Any]:
        """What ``restore`` needs, for a JSON file."""
        snapshot: dict[str, Any] = _PROGRESS.dump_python(self._progress, mode="json")
        return snapshot

    def snapshot_if_kept(self) -> dict[str, Any]:
        """What ``snapshot`` will be after ``keep`` of a trial, to be stored together with the trial itself."""
        snapshot: dict[str, Any] = _PROGRESS.dump_python(_kept(self._progress), mode="json")
        return snapshot

    @property
    def progress(self) -> Progress:
        """Which trials are kept, skipped and still to come."""
        return self._progress

    @property
    def phase(self) -> Phase:
        """What is going on."""
        return self._phase

    @property
    def paused_by(self) -> Cause | None:
        """Why nothing is asked; ``None`` unless it is paused."""
        return self._paused_by if self._phase == "paused" else None

    @property
    def prompt(self) -> Prompt:
        """What the user shall do now, for someone who has just joined."""
        return self._prompt(max(self._end - self._now, 0))

    def advance(self, time_s: float) -> Iterator[Event]:
        """Take the stream's time after its newest sample; yield what happens up to then, one by one.

        A verdict given while an event is in hand counts from that event on. Raises ``CalibrationError`` if time goes
        back.
        """
        if not time_s >= self._now:
            raise CalibrationError(f"the stream's time went from {self._now} back to {time_s} s: start a new session")
        opening, self._opening = self._opening, ()
        yield from opening
        while (due := self._due()) is not None and due <= time_s + ROUNDING_S:
            self._now = due
            yield from self._step()
        self._now = time_s

    def keep(self) -> tuple[Event, ...]:
        """The check was good, or the trial is safely stored."""
        if self._take_verdict() == "check":
            self._checked = True
            return self._enter("prepare")
        self._progress = _kept(self._progress)
        return self._finish_if_done()

    def refuse(self, *causes: Cause) -> tuple[Event, ...]:
        """The check was bad, or nothing can be learned from the trial: the same again."""
        if self._take_verdict() == "check":
            return CheckRefused(self._now, causes), *self._enter("check")
        self._progress = replace(self._progress, refusals=self._progress.refusals + 1)
        return (self._refused(*causes),)

    def pause(self, cause: Cause = ASKED) -> tuple[Event, ...]:
        """Ask nothing until ``resume``; a half trial is asked again."""
        if self._phase in ("finished", "aborted"):
            return ()
        interrupted = Cause("interrupted", f"paused: {cause.reason}")
        half = (self._refused(interrupted),) if self._phase == "hold" else ()
        self._paused_by = cause
        return *half, Paused(self._now, cause), *self._enter("paused")

    def stalled(self, cause: Cause = SILENT) -> tuple[Event, ...]:
        """The stream has stopped for the moment."""
        return self.pause(cause)

    def lost(self, cause: Cause = GONE) -> tuple[Event, ...]:
        """The device is gone; who puts it on again has the signal checked again."""
        self._checked = False
        return self.pause(cause)

    def resume(self) -> tuple[Event, ...]:
        """Go on after a pause."""
        if self._phase != "paused":
            return ()
        return self._enter("rest") if self._verdict_on == "trial" else self._go_on()

    def done(self) -> tuple[Event, ...]:
        """The user is through with what was asked: the hold ends now, not when its time is up."""
        if self.plan.kind == "gestures":
            raise CalibrationError("a gesture is held until its time is up: go on, or skip it")
        if self._phase != "hold":
            raise CalibrationError("nothing is asked now that could be done: wait for the next prompt")
        return self._held_until(self._now)

    def redo(self) -> tuple[Event, ...]:
        """Ask the trial that is held again, or between two holds the last one."""
        if self._phase == "hold":
            return self._refused(AGAIN), *self._enter("prepare")
        if self._verdict_on == "trial":
            self._verdict_on = None
            return (self._refused(AGAIN),)
        return self._redo_kept()

    def skip(self) -> tuple[Event, ...]:
        """Do without the trial that is asked or comes next."""
        if not self._progress.ahead or self._phase == "aborted":
            raise CalibrationError("no trial is asked that could be skipped: extend the calibration for more")
        if self._verdict_on == "trial":
            self._take_verdict()
        trial, *ahead = self._progress.ahead
        skipped = (*self._progress.skipped, trial)
        self._progress = replace(self._progress, skipped=skipped, ahead=tuple(ahead), refusals=0)
        return TrialSkipped(self._now, trial), *(self._finish_if_done() or self._again())

    def abort(self) -> tuple[Event, ...]:
        """Give up; what is kept stays kept."""
        if self._phase == "aborted":
            return ()
        self._progress = replace(self._progress, aborted=True)
        return Aborted(self._now), *self._enter("aborted")

    def extend(self, gestures: Sequence[str]) -> tuple[Event, ...]:
        """Ask one more trial of each of these gestures. Raises ``PlanInvalid`` for one that the plan does not have."""
        if unknown := set(gestures) - set(self.plan.gestures):
            known = ", ".join(self.plan.gestures)
            raise PlanInvalid(f"gestures has {', '.join(sorted(unknown))}: choose from {known}")
        if self._phase == "aborted":
            raise CalibrationOver("the calibration was aborted: start a new one")
        more = tuple(Trial(gesture, self._repetitions(gesture) + 1) for gesture in dict.fromkeys(gestures))
        self._progress = replace(self._progress, ahead=self._progress.ahead + more)
        return self._again() if more else ()

    def _repetitions(self, gesture: str) -> int:
        asked = (*self._progress.kept, *self._progress.skipped, *self._progress.ahead)
        return max(trial.repetition for trial in asked if trial.gesture == gesture)

    def _redo_kept(self) -> tuple[Event, ...]:
        if not self._progress.kept or self._phase == "aborted":
            raise CalibrationError("no trial is done that could be asked again: go on")
        *kept, last = self._progress.kept
        self._progress = replace(self._progress, kept=tuple(kept), ahead=(last, *self._progress.ahead), refusals=0)
        return self._refused(AGAIN), *self._again()

    def _again(self) -> tuple[Event, ...]:
        """What is asked has changed: prepare for it, unless something else comes first."""
        return self._go_on() if self._phase in ("prepare", "hold", "finished") else ()

    def _go_on(self) -> tuple[Event, ...]:
        return self._enter("prepare" if self._checked else "check")

    def _refused(self, *causes: Cause) -> TrialRefused:
        offer_skip = self._progress.refusals >= OFFER_SKIP_AFTER
        return TrialRefused(self._now, self._progress.ahead[0], causes, offer_skip)

    def _take_verdict(self) -> Literal["check", "trial"]:
        if self._verdict_on is None:
            raise CalibrationError("nothing waits for a verdict: give it after a check or a trial is done")
        verdict_on, self._verdict_on = self._verdict_on, None
        self._end = max(self._end, self._now)  # a late verdict leaves no prompt in the past
        return verdict_on

    def _finish_if_done(self) -> tuple[Event, ...]:
        if self._progress.ahead or self._progress.aborted:
            return ()
        return (Finished(self._now), *self._enter("finished"))

    def _due(self) -> float | None:
        """When something happens next: a whole second remains, or the phase ends."""
        if self._phase in ("paused", "finished", "aborted") or (self._seconds == 0 and self._verdict_on):
            return None
        return self._end - self._seconds

    def _step(self) -> tuple[Event, ...]:
        if self._seconds:
            remaining, self._seconds = self._seconds, self._seconds - 1
            return (self._prompt(remaining),)
        if self._phase == "check":
            self._verdict_on = "check"
            return (CheckDone(self._now, self._begin, self._end),)
        if self._phase == "hold":
            return self._held_until(self._end)
        return self._enter("hold") if self._phase == "prepare" else self._go_on()

    def _held_until(self, stop_s: float) -> tuple[Event, ...]:
        done = TrialDone(self._now, self._progress.ahead[0], self._begin, stop_s)
        self._verdict_on = "trial"
        return *self._enter("rest"), done

    def _enter(self, phase: Phase) -> tuple[Event, ...]:
        self._phase = phase
        self._verdict_on = None if self._verdict_on == "check" else self._verdict_on  # who leaves a check, ends it
        self._begin = self._now
        duration_s = self._duration_s(phase)
        self._end = self._begin + duration_s
        self._seconds = max(ceil(duration_s) - 1, 0)
        return (self._prompt(duration_s),)

    def _duration_s(self, phase: Phase) -> float:
        plan = self.plan
        lasting = {"check": CHECK_S, "prepare": plan.prepare_s, "hold": plan.hold_s, "rest": plan.rest_s}
        return lasting.get(phase, 0.0)

    def _prompt(self, remaining_s: float) -> Prompt:
        done = len(self._progress.kept) + len(self._progress.skipped)
        total = done + len(self._progress.ahead)
        trial = self._progress.ahead[0] if self._progress.ahead else None
        text = words(self._phase, trial, self._paused_by.reason, self.plan.kind)
        return Prompt(self._now, self._phase, text, trial, min(done + 1, total), total, float(remaining_s))


def _kept(before: Progress) -> Progress:
    """The trial that comes next is done."""
    return replace(before, kept=(*before.kept, before.ahead[0]), ahead=before.ahead[1:], refusals=0)


def read_progress(plan: Plan, snapshot: Mapping[str, Any]) -> Progress:
    """What a snapshot says. Raises ``PlanInvalid``: it says nothing, or is not of this plan."""
    try:
        progress = _PROGRESS.validate_python(snapshot)
    except ValidationError as error:
        raise PlanInvalid(f"this is no snapshot of a calibration ({error.error_count()} errors): start anew") from error
    trials = [*progress.kept, *progress.skipped, *progress.ahead]
    strange = {trial.gesture for trial in trials} != set(plan.gestures) or not set(plan.trials) <= set(trials)
    if strange or len(set(trials)) < len(trials):
        raise PlanInvalid("the snapshot belongs to another plan: restore it with its own, or start anew")
    return progress
