"""Every frame of a calibration's websocket (their union is ``CalibrationFrame``), and what its routes answer."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from calibration import causes, prompts
from calibration.causes import Code, Level
from calibration.plan import Kind, Plan, Trial
from calibration.quality import Quality
from calibration.report import Scores
from calibration.sequence_report import AnyReport, Errors, any_report_in
from calibration.store.records import CalibrationState, Head, NewTrial, User, UserOverview
from models.spec import HeadKind

DOUBTS: Final = "doubts"
"""What a stored trial of text says of itself beside its quality: causes, see ``calibration/doubts.py``."""


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class UserInfo(_Message):
    """A person under a pseudonym."""

    user: str = Field(description="The pseudonym.")
    consent_raw: bool = Field(description="True: the raw signal of trials is stored too. False: only features are.")
    created: datetime

    @classmethod
    def of(cls, user: User) -> Self:
        """As clients see it."""
        return cls(user=user.id, consent_raw=user.consent_raw, created=user.created)


class UserSummary(UserInfo):
    """A user, and how far their calibration has come."""

    versions: int = Field(description="Heads that were accepted.")
    macro_f1: float | None = Field(description="Of the newest head in use; null: there is none, or it is not known.")
    best_macro_f1: float | None = Field(description="Of any version; null: of none it is known.")
    calibrated: datetime | None = Field(description="When the last calibration began; null: there was none.")

    @classmethod
    def at_a_glance(cls, found: UserOverview) -> Self:
        """As clients see it."""
        return cls(
            **UserInfo.of(found.user).model_dump(),
            versions=found.versions,
            macro_f1=found.macro_f1,
            best_macro_f1=found.best_macro_f1,
            calibrated=found.calibrated,
        )


class HeadVersion(_Message):
    """A head of a user."""

    head: str = Field(description="Its id.")
    version: int | None = Field(description="Null: a candidate that was never accepted.")
    active: bool = Field(description="True: this one is used for the user, on the model that it was made for.")
    model: str
    kind: HeadKind
    labels: tuple[str, ...]
    calibration: str | None = Field(description="The calibration that made it; null: it was edited or imported.")
    macro_f1: float | None = Field(description="Leaving trials out, when it was made; null: not known.")
    wrong: float | None = Field(description="Of a layer of text or events, the rate of errors; null: not known.")
    created: datetime

    @classmethod
    def of(cls, head: Head, active: bool) -> Self:
        """As clients see it."""
        report = any_report_in(head.scores)
        after = report.after if report else None
        return cls(
            head=head.id,
            version=head.version,
            active=active,
            model=head.model,
            kind=head.kind,
            labels=head.labels,
            calibration=head.calibration_id,
            macro_f1=after.macro_f1.value if isinstance(after, Scores) else None,
            wrong=after.wrong.value if isinstance(after, Errors) else None,
            created=head.created,
        )


class PlanInfo(_Message):
    """What is asked of the user."""

    kind: Kind = Field(description="gestures: held. text: sentences are typed. events: acts are made once.")
    gestures: tuple[str, ...] = Field(description="Or sentences to type, or acts to make.")
    repetitions: int
    hold_s: float
    rest_s: float
    prepare_s: float
    positions: tuple[str, ...]
    duration_s: float = Field(description="Without pauses and refusals.")

    @classmethod
    def of(cls, plan: Plan) -> Self:
        """As clients see it."""
        return cls(**asdict(plan), duration_s=plan.duration_s)


class TrialInfo(_Message):
    """One gesture, to be held once; or a sentence to type, or an act to make."""

    gesture: str
    repetition: int
    position: str | None = Field(description="Of the arm; null: as it is comfortable.")

    @classmethod
    def of(cls, trial: Trial) -> Self:
        """As clients see it."""
        return cls(**asdict(trial))


class PromptFrame(_Message):
    """What the user shall do; sent when it changes and at every whole second that remains."""

    type: Literal["prompt"] = "prompt"
    at_s: float = Field(description="Time of the stream's own samples.")
    phase: prompts.Phase
    text: str = Field(description="What to do, in plain words.")
    trial: TrialInfo | None = Field(description="The trial that is asked or comes next.")
    number: int = Field(description="Of that trial, from 1.")
    total: int
    remaining_s: float = Field(description="Of this phase.")

    @classmethod
    def of(cls, prompt: prompts.Prompt) -> Self:
        """As clients see it."""
        return cls(**asdict(prompt))


class Cause(_Message):
    """A reason for a program, to be said in any language."""

    code: Code = Field(
        description="Of the signal: dead, clipped, twins, loose, hum, hum_all. Of a trial: lost, gaps, not_at_rest,"
        " no_contraction, short, unfinished, interrupted; of one that is kept: too_little, too_much,"
        " misheard. Of a pause: asked, restarted, silent, stream_gone,"
        " not_stored, trouble."
    )
    channels: tuple[int, ...] = Field(description="Of the device, counted from 0; empty where it is not about any.")
    level: Level | None = Field(description="fair: worth mending; bad: in the way; null: not about the signal.")
    percent: float | None = Field(description="Of the samples, clipped or lost; null for anything else.")
    hz: float | None = Field(description="Of the mains, for hum and hum_all.")
    seconds: float | None = Field(description="Within which the muscle should have been active, for no_contraction.")
    held_s: float | None = Field(description="How long the hold was steady, for short; was at all, for unfinished.")
    asked_s: float | None = Field(description="How long it should have been, for short; for unfinished, could be.")

    @classmethod
    def of(cls, cause: causes.Cause) -> Self:
        """As clients see it."""
        return cls(**{name: getattr(cause, name) for name in cls.model_fields})


class ChannelState(_Message):
    """How good the signal of a channel is."""

    level: Level
    rms_uv: float = Field(description="Of the muscle, without mains.")
    mains_share: float = Field(description="Of the power in the band.")
    clipped_share: float = Field(description="Of the samples.")


class QualityFrame(_Message):
    """The signal over the last second; comes every half second, of 32 channels or more every second."""

    type: Literal["quality"] = "quality"
    level: Level = Field(description="Of the worst channel.")
    channels: tuple[ChannelState, ...]
    reasons: tuple[str, ...] = Field(description="What is wrong and what to do; empty where all is good.")
    faults: tuple[Cause, ...] = Field(description="The same for programs, in the same order.")
    interpolated: tuple[int, ...] = Field(
        description="Electrodes of a grid, channels from 0, that the model leaves to their neighbours: no signal."
    )

    @classmethod
    def of(cls, quality: Quality, interpolated: tuple[int, ...]) -> Self:
        """As clients see it."""
        names = tuple(ChannelState.model_fields)
        channels = tuple(ChannelState(**{name: getattr(c, name) for name in names}) for c in quality.channels)
        faults = tuple(map(Cause.of, quality.faults))
        return cls(
            level=quality.level,
            channels=channels,
            reasons=quality.reasons,
            faults=faults,
            interpolated=interpolated,
        )


class TrialKept(_Message):
    """A trial is on the disk."""

    type: Literal["trial_kept"] = "trial_kept"
    trial: TrialInfo
    windows: int
    reasons: tuple[str, ...] = Field(
        description="Why it may be something else than what was asked, and what to do: offer redo. Of most empty."
    )
    causes: tuple[Cause, ...] = Field(description="The same for programs, in the same order.")

    @classmethod
    def of(cls, new: NewTrial, windows: int) -> Self:
        """As clients see it."""
        doubts = [causes.Cause(**told) for told in (new.quality or {}).get(DOUBTS, ())]
        trial = TrialInfo(gesture=new.gesture, repetition=new.repetition, position=new.arm_position or None)
        reasons = tuple(doubt.reason for doubt in doubts)
        return cls(trial=trial, windows=windows, reasons=reasons, causes=tuple(map(Cause.of, doubts)))


class Refused(_Message):
    """The check, or a trial, does not count and comes again."""

    type: Literal["refused"] = "refused"
    trial: TrialInfo | None = Field(description="Null: it was the check of the signal.")
    reason: str
    causes: tuple[Cause, ...] = Field(description="The same for programs.")
    offer_skip: bool = Field(description="True: refused so often that it may be skipped.")


class Skipped(_Message):
    """A trial will not be asked again."""

    type: Literal["skipped"] = "skipped"
    trial: TrialInfo


class Paused(_Message):
    """Nothing is asked until ``resume``."""

    type: Literal["paused"] = "paused"
    reason: str
    cause: Cause = Field(description="The same for programs.")

    @classmethod
    def of(cls, cause: causes.Cause) -> Self:
        """As clients see it."""
        return cls(reason=cause.reason, cause=Cause.of(cause))


class Fitting(_Message):
    """Every trial is done; the head is being fitted."""

    type: Literal["fitting"] = "fitting"


class ReportReady(_Message):
    """A head is fitted, and waits to be accepted."""

    type: Literal["report"] = "report"
    head: str = Field(description="Id of the candidate.")
    report: AnyReport

    @classmethod
    def of(cls, head: Head) -> Self:
        """Of a candidate that is stored."""
        return cls.model_validate({"head": head.id, "report": any_report_in(head.scores)})


class Trying(_Message):
    """The stream answers with the fitted head to try it out, or no longer does."""

    type: Literal["trying"] = "trying"
    on: bool = Field(description="False: the stream answers with the head of before again, or with another.")


class Accepted(_Message):
    """The fitted head is the user's, and the stream uses it."""

    type: Literal["accepted"] = "accepted"
    version: int


class Aborted(_Message):
    """The calibration was given up."""

    type: Literal["aborted"] = "aborted"


class Trouble(_Message):
    """Something went wrong; the calibration is paused, and nothing is lost."""

    type: Literal["trouble"] = "trouble"
    message: str = Field(description="Cause and remedy.")


class CalibrationInfo(_Message):
    """How a calibration stands; also the first frame of its websocket."""

    type: Literal["calibration"] = "calibration"
    calibration: str = Field(description="Its id.")
    user: str
    stream: str
    model: str
    state: CalibrationState
    attached: bool = Field(description="False: interrupted, by a restart of the service perhaps; resume goes on.")
    plan: PlanInfo
    prompt: PromptFrame | None = Field(description="What the user shall do now; null while not attached.")
    kept: int = Field(description="Trials on the disk that count.")
    skipped: int
    ahead: int = Field(description="Trials still to come.")
    paused: Paused | None = Field(
        description="Why nothing is asked; null while something is, after the last trial, or not attached."
    )
    report: ReportReady | None = Field(description="Once a head is fitted; null where more trials are asked.")
    trying: bool = Field(description="True: the stream answers with the fitted head, which is not accepted yet.")
    created: datetime


CalibrationFrame = Annotated[
    CalibrationInfo
    | PromptFrame
    | QualityFrame
    | TrialKept
    | Refused
    | Skipped
    | Paused
    | Fitting
    | ReportReady
    | Trying
    | Accepted
    | Aborted
    | Trouble,
    Field(discriminator="type"),
]

FRAMES: Final[dict[str, type[BaseModel]]] = {
    frame.model_fields["type"].default: frame
    for frame in (
        CalibrationInfo, PromptFrame, QualityFrame, TrialKept, Refused, Skipped, Paused, Fitting, ReportReady,
        Trying, Accepted, Aborted, Trouble,
    )
}  # fmt: skip


def frame_of(event: prompts.Event) -> BaseModel | None:
    """The frame of a session's event; ``None`` for what the service answers itself."""
    match event:
        case prompts.Prompt():
            return PromptFrame.of(event)
        case prompts.CheckRefused():
            why = tuple(map(Cause.of, event.causes))
            return Refused(trial=None, reason=event.reason, causes=why, offer_skip=False)
        case prompts.TrialRefused():
            trial, why = TrialInfo.of(event.trial), tuple(map(Cause.of, event.causes))
            return Refused(trial=trial, reason=event.reason, causes=why, offer_skip=event.offer_skip)
        case prompts.TrialSkipped():
            return Skipped(trial=TrialInfo.of(event.trial))
        case prompts.Paused():
            return Paused.of(event.cause)
        case prompts.Aborted():
            return Aborted()
        case _:
            return None
