"""Users, their heads, and whose head a stream uses. Plain functions: the store waits for the disk."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from calibration.errors import ReportUnknown
from calibration.sequence_report import AnyReport, any_report_in
from service.calibrations.messages import CalibrationInfo, HeadVersion, UserInfo, UserSummary
from service.calibrations.register import Name
from service.messages import HeadInfo, StreamInfo
from service.routes.deps import Desk, Stream
from service.routes.refusals import refused
from service.security.who import who

router = APIRouter(prefix="/v1", tags=["users"])
REFUSED = refused(404, 409, 503)
Version = Annotated[int, Path(ge=1, lt=2**31)]
UserName = Annotated[str, Path(min_length=1, max_length=64)]


class NewUser(BaseModel):
    """A person under a pseudonym; no name is needed, and none should be given."""

    model_config = ConfigDict(extra="forbid")

    user: Name = Field(description="1 to 64 letters, digits, - and _.")
    consent_raw: bool = Field(default=False, description="Whether the raw signal of trials may be stored.")


class Listening(BaseModel):
    """How long to listen."""

    model_config = ConfigDict(extra="forbid")

    seconds: float = Field(default=20, ge=3, le=120, description="Of the stream's own time.")


class Consent(BaseModel):
    """What a user agrees to."""

    model_config = ConfigDict(extra="forbid")

    consent_raw: bool = Field(description="Whether the raw signal of trials may be stored; false: what is stored goes.")


class Wearer(BaseModel):
    """Whose head a stream shall use."""

    model_config = ConfigDict(extra="forbid")

    user: Name | None = Field(description="Null: the head for everybody that came with the model.")


@router.post("/users", status_code=201, responses=REFUSED)
def create_user(new: NewUser, desk: Desk) -> UserInfo:
    """Create a user."""
    return UserInfo.of(desk.store.users.create(new.user, who(), consent_raw=new.consent_raw))


@router.get("/users", responses=REFUSED)
def list_users(desk: Desk) -> list[UserSummary]:
    """Everybody and how far their calibration has come, the oldest first."""
    return [UserSummary.at_a_glance(found) for found in desk.store.users.overview()]


@router.get("/users/{user}", responses=REFUSED)
def get_user(user: UserName, desk: Desk) -> UserInfo:
    """One user."""
    return UserInfo.of(desk.store.users.get(user))


@router.patch("/users/{user}", responses=REFUSED)
def change_consent(user: UserName, consent: Consent, desk: Desk) -> UserInfo:
    """Give or withdraw consent; withdrawn, the raw signal goes from the trials that are stored, too."""
    return UserInfo.of(desk.store.users.set_consent(user, who(), consent_raw=consent.consent_raw))


@router.delete("/users/{user}", status_code=204, responses=REFUSED)
def delete_user(user: UserName, desk: Desk) -> None:
    """Remove a user with everything of theirs; streams that used their head use everybody's again."""
    desk.delete_user(user)


@router.get("/users/{user}/heads", responses=REFUSED)
def list_heads(user: UserName, desk: Desk) -> list[HeadVersion]:
    """Every head that was made for a user, the oldest first."""
    desk.store.users.get(user)
    heads = desk.store.heads.of(user)
    active = [desk.store.heads.active(user, encoder) for encoder in {head.encoder_sha256 for head in heads}]
    used = {head.id for head in active if head is not None}
    return [HeadVersion.of(head, head.id in used) for head in heads]


@router.post("/users/{user}/heads/{version}/activate", responses=REFUSED)
def activate(user: UserName, version: Version, desk: Desk) -> HeadVersion:
    """Go back, or forward, to a version; streams that use a head of this user change at once."""
    head = desk.store.heads.roll_back(user, version, who())
    desk.refresh(user)
    return HeadVersion.of(head, active=True)


@router.get("/users/{user}/heads/{version}/report", responses=REFUSED)
def get_report(user: UserName, version: Version, desk: Desk) -> AnyReport:
    """How good a version was when it was fitted; one that was edited, moved or imported without it has no report."""
    head = desk.store.heads.version(user, version)
    report = any_report_in(head.scores)
    if report is None:
        raise ReportUnknown(f"version {version} of user {user!r} was not fitted here: see the one it was made from")
    return report


@router.get("/users/{user}/calibrations", responses=REFUSED)
def list_calibrations(user: UserName, desk: Desk) -> list[CalibrationInfo]:
    """Every calibration of a user, the oldest first."""
    desk.store.users.get(user)
    return desk.of(user)


@router.put("/streams/{stream}/user", responses=REFUSED)
def wear(wearer: Wearer, live: Stream, desk: Desk) -> StreamInfo:
    """Use a user's head on a stream from the next prediction on."""
    desk.wear(live.name, wearer.user)
    return live.describe()


@router.post("/streams/{stream}/renormalise", responses=REFUSED)
def renormalise(listening: Listening, live: Stream, desk: Desk) -> HeadInfo:
    """Listen while the user makes each gesture once, in any order; a head moved to today's signal is used after that.

    For a new day, before or instead of a calibration. Models of windows: the features' statistics are brought back to
    those of the trials. Networks of images: the batch norms take the statistics of what was heard (AdaBN), which takes
    some seconds more. Both are a new version of the user's head; the one of before can be activated again.
    """
    return desk.renormalise(live.name, listening.seconds)
