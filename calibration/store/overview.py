"""Everybody at a glance: a few queries for all users together, however many there are."""

from collections import defaultdict
from datetime import datetime

from sqlalchemy import JSON, ColumnElement, case, func, select, type_coerce
from sqlalchemy.orm import Session

from calibration.store.records import User, UserOverview
from calibration.store.rows import record
from calibration.store.tables import ActiveHeadRow, CalibrationRow, HeadRow, UserRow


def overview(session: Session) -> list[UserOverview]:
    """Everybody, the oldest first."""
    scored, calibrated = _scored(session), _calibrated(session)
    rows = session.scalars(select(UserRow).order_by(UserRow.created, UserRow.id))
    return [_of(record(User, row), scored[row.id], calibrated.get(row.id)) for row in rows]


def _of(user: User, heads: list[tuple[float | None, bool]], calibrated: datetime | None) -> UserOverview:
    known = [f1 for f1, _ in heads if f1 is not None]
    active = [f1 for f1, in_use in heads if in_use]
    return UserOverview(user, len(heads), active[-1] if active else None, max(known, default=None), calibrated)


def _scored(session: Session) -> dict[str, list[tuple[float | None, bool]]]:
    """Macro-F1 and whether it is in use of each accepted head of each user, the oldest version first."""
    rows = (
        select(HeadRow.user_id, _macro_f1(), ActiveHeadRow.head_id.is_not(None))
        .outerjoin(ActiveHeadRow, ActiveHeadRow.head_id == HeadRow.id)
        .where(HeadRow.version.is_not(None))
        .order_by(HeadRow.user_id, HeadRow.version)
    )
    found = defaultdict[str, list[tuple[float | None, bool]]](list)
    for user, f1, in_use in session.execute(rows):
        found[user].append((f1, in_use))
    return found


def _calibrated(session: Session) -> dict[str, datetime]:
    """When each user was calibrated last."""
    rows = select(CalibrationRow.user_id, func.max(CalibrationRow.created)).group_by(CalibrationRow.user_id)
    return dict(session.execute(rows).all())


def _macro_f1() -> ColumnElement[float | None]:
    """What ``Report.after`` is to a report that was read; the database takes that one number out of it."""
    scores = type_coerce(HeadRow.scores, JSON)
    of = {fitted: scores[(fitted, "macro_f1", "value")].as_float() for fitted in ("mlp", "gaussians")}
    return case((scores["kind"].as_string() == "mlp", of["mlp"]), else_=of["gaussians"])
