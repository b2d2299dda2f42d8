"""What every part of the store does with rows."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy.orm import Session

from calibration.errors import CalibrationOver, CalibrationUnknown, UserUnknown
from calibration.store.records import OVER
from calibration.store.tables import AuditRow, CalibrationRow, Row, UserRow

R = TypeVar("R")


def now() -> datetime:
    """The time, with its zone."""
    return datetime.now(UTC)


def record(kind: Callable[..., R], row: Row) -> R:
    """The row as a record of that kind, which has a field for each column."""
    return kind(**{column.key: getattr(row, column.key) for column in row.__table__.columns})


def find_user(session: Session, user_id: str, *, lock: bool = False) -> UserRow:
    """The user. Raises ``UserUnknown``."""
    row = session.get(UserRow, user_id, with_for_update=lock or None)
    if row is None:
        raise UserUnknown(f"there is no user {user_id!r}: create it, or check the name")
    return row


def lock_user(session: Session, user_id: str) -> UserRow:
    """The user, whom nobody else changes until the transaction ends. Raises ``UserUnknown``."""
    return find_user(session, user_id, lock=True)


def find_calibration(session: Session, calibration_id: str) -> CalibrationRow:
    """The calibration. Raises ``CalibrationUnknown``."""
    row = session.get(CalibrationRow, calibration_id)
    if row is None:
        raise CalibrationUnknown(f"there is no calibration {calibration_id!r}: start one, or check the id")
    return row


def lock_calibration(session: Session, calibration_id: str) -> tuple[CalibrationRow, UserRow]:
    """A calibration that is not over, with its user locked. Raises ``CalibrationUnknown`` or ``CalibrationOver``."""
    row = find_calibration(session, calibration_id)
    user = lock_user(session, row.user_id)
    session.refresh(row)  # it may have changed while we waited for the lock
    if row.state in OVER:
        raise CalibrationOver(f"calibration {row.id} was {row.state}: start a new one")
    return row, user


def note(session: Session, who: str, what: str, subject: str, user_id: str | None, **details: object) -> None:
    """Write into the audit trail, in the same transaction; with the user the entry goes, too."""
    session.add(AuditRow(at=now(), who=who, what=what, subject=subject, user_id=user_id, details=details))
    session.flush()
