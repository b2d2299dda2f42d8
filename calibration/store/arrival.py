"""A user who comes from another machine is stored wholly or not at all."""

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from calibration.errors import UserExists
from calibration.store.calibrations import calibration_row, device_id
from calibration.store.files import Files
from calibration.store.heads import activate, head_row
from calibration.store.records import Json, NewCalibration, NewHead, NewTrial, TrialData, User
from calibration.store.rows import lock_user, note, record
from calibration.store.store import Store
from calibration.store.tables import CalibrationRow, HeadRow, UserRow
from calibration.store.trials import encode_trial, trial_row
from calibration.store.users import add_user


@dataclass(frozen=True, slots=True, eq=False)
class ArrivingTrial:
    """A kept trial."""

    gesture: str
    repetition: int
    arm_position: str
    quality: Json
    data: TrialData
    created: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Sitting:
    """A calibration that was over when its user left, with at least one trial; no two have the same place."""

    new: NewCalibration
    position: Json
    trials: tuple[ArrivingTrial, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ArrivingHead:
    """An accepted head."""

    new: NewHead
    version: int
    parent: int | None
    """Version of the head that it was made from."""
    active: bool
    onnx: bytes
    created: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """What comes of a user."""

    user_id: str
    sittings: tuple[Sitting, ...]
    heads: tuple[ArrivingHead, ...]
    """By version, rising."""


def admit(store: Store, arrival: Arrival, who: str) -> User:
    """Store all of it, for a user who has nothing yet or is not there.

    Raises:
        NotStorable: the id is no pseudonym of ours, or a value cannot be stored.
        UserExists: the user has heads or calibrations already.
    """
    with store.database.write() as session, ExitStack() as written:
        user = _empty_user(session, arrival.user_id, who)
        for sitting in arrival.sittings:
            _seat(session, sitting, store.files, written)
        versions = dict[int, str]()
        for head in arrival.heads:
            parent = versions.get(head.parent) if head.parent else None
            versions[head.version] = _keep(session, head, parent, store.files, written)
        trials = sum(len(sitting.trials) for sitting in arrival.sittings)
        note(session, who, "import user", user.id, user.id, heads=len(arrival.heads), trials=trials)
        return record(User, user)


def _empty_user(session: Session, user_id: str, who: str) -> UserRow:
    if session.get(UserRow, user_id) is None:
        return add_user(session, user_id, who)
    user = lock_user(session, user_id)
    if any(session.scalars(select(rows.id).filter_by(user_id=user_id)).first() for rows in (CalibrationRow, HeadRow)):
        raise UserExists(f"user {user_id!r} has heads or calibrations already: choose another name, or delete the user")
    return user


def _seat(session: Session, sitting: Sitting, files: Files, written: ExitStack) -> None:
    row = calibration_row(sitting.new, device_id(session, sitting.new.device))
    moments = [trial.created for trial in sitting.trials]
    row.state, row.position, row.created, row.finished = "accepted", sitting.position, min(moments), max(moments)
    session.add(row)
    session.flush()
    for trial in sitting.trials:
        new = NewTrial(row.id, trial.gesture, trial.repetition, trial.arm_position, quality=trial.quality)
        stored = trial_row(new, row.user_id, len(trial.data.features))
        stored.created = trial.created
        stored.sha256 = written.enter_context(files.adding(stored.file, encode_trial(trial.data, raw=False)))
        session.add(stored)
    session.flush()


def _keep(session: Session, head: ArrivingHead, parent: str | None, files: Files, written: ExitStack) -> str:
    row = head_row(head.new)
    row.version, row.parent, row.created, row.accepted = head.version, parent, head.created, head.created
    row.sha256 = written.enter_context(files.adding(row.file, head.onnx))
    session.add(row)
    session.flush()
    if head.active:
        activate(session, row)
    return row.id
