"""Every frame of a calibration's websocket (their union is ``CalibrationFrame``), and what its routes answer."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from calibration import prompts
from calibration.plan import Plan, Trial
from calibration.quality import Level, Quality
from calibration.report import Report
from calibration.store.records import CalibrationState, Head, NewTrial, User
from models.spec import HeadKind


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
    created: datetime

    @classmethod
    def of(cls, head: Head, active: bool) -> Self:
        """As clients see it."""
        report = Report.model_validate(head.scores) if head.scores else None
        return cls(
            head=head.id,
            version=head.version,
            active=active,
            model=head.model,
            kind=head.kind,
            labels=head.labels,
            calibration=head.calibration_id,
            macro_f1=report.after.macro_f1.value if report and report.after else None,
            created=head.created,
        )


class PlanInfo(_Message):
    """What is asked of the user."""

    gestures: tuple[str, ...]
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
    """One gesture, to be held once."""

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


class ChannelState(_Message):
    """How good the signal of a channel is."""

    level: Level
    rms_uv: float = Field(description="Of the muscle, without mains.")
    mains_share: float = Field(description="Of the power in the band.")
    clipped_share: float = Field(description="Of the samples.")


class QualityFrame(_Message):
    """The signal over the last second; comes every half second."""

    type: Literal["quality"] = "quality"
    level: Level = Field(description="Of the worst channel.")
    channels: tuple[ChannelState, ...]
    reasons: tuple[str, ...] = Field(description="What is wrong and what to do; empty where all is good.")

    @classmethod
    def of(cls, quality: Quality) -> Self:
        """As clients see it."""
        names = tuple(ChannelState.model_fields)
        channels = tuple(ChannelState(**{name: getattr(c, name) for name in names}) for c in quality.channels)
        return cls(level=quality.level, channels=channels, reasons=quality.reasons)


class TrialKept(_Message):
    """A trial is on the disk."""

    type: Literal["trial_kept"] = "trial_kept"
    trial: TrialInfo
    windows: int

    @classmethod
    def of(cls, new: NewTrial, windows: int) -> Self:
        """As clients see it."""
        trial = TrialInfo(gesture=new.gesture, repetition=new.repetition, position=new.arm_position or None)
        return cls(trial=trial, windows=windows)


class Refused(_Message):
    """The check, or a trial, does not count and comes again."""

    type: Literal["refused"] = "refused"
    trial: TrialInfo | None = Field(description="Null: it was the check of the signal.")
    reason: str
    offer_skip: bool = Field(description="True: refused so often that it may be skipped.")


class Skipped(_Message):
    """A trial will not be asked again."""

    type: Literal["skipped"] = "skipped"
    trial: TrialInfo


class Paused(_Message):
    """Nothing is asked until ``resume``."""

    type: Literal["paused"] = "paused"
    reason: str


class Fitting(_Message):
    """Every trial is done; the head is being fitted."""

    type: Literal["fitting"] = "fitting"


class ReportReady(_Message):
    """A head is fitted, and waits to be accepted."""

    type: Literal["report"] = "report"
    head: str = Field(description="Id of the candidate.")
    report: Report


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
    report: ReportReady | None = Field(description="Once a head is fitted.")


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
    | Accepted
    | Aborted
    | Trouble,
    Field(discriminator="type"),
]

FRAMES: Final[dict[str, type[BaseModel]]] = {
    frame.model_fields["type"].default: frame
    for frame in (
        CalibrationInfo, PromptFrame, QualityFrame, TrialKept, Refused, Skipped, Paused, Fitting, ReportReady,
        Accepted, Aborted, Trouble,
    )
}  # fmt: skip


def frame_of(event: prompts.Event) -> BaseModel | None:
    """The frame of a session's event; ``None`` for what the service answers itself."""
    match event:
        case prompts.Prompt():
            return PromptFrame.of(event)
        case prompts.CheckRefused():
            return Refused(trial=None, reason=event.reason, offer_skip=False)
        case prompts.TrialRefused():
            return Refused(trial=TrialInfo.of(event.trial), reason=event.reason, offer_skip=event.offer_skip)
        case prompts.TrialSkipped():
            return Skipped(trial=TrialInfo.of(event.trial))
        case prompts.Paused():
            return Paused(reason=event.reason)
        case prompts.Aborted():
            return Aborted()
        case _:
            return None
