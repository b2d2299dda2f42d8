"""The tables, the same on SQLite and PostgreSQL; a change here needs a migration beside ``migrations/versions``."""

import json
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from calibration.store.records import ACTIVE, Json

Words = tuple[str, ...]


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, kept as UTC without a zone, since SQLite has none."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database."""
        return value and value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        return value and value.replace(tzinfo=UTC)


class PlainText(TypeDecorator[str]):
    """Text that both databases take: UTF-8 without zero bytes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the database. Raises ``ValueError``."""
        if value is not None and b"\0" in value.encode():
            raise ValueError("a text holds a zero byte")
        return value


class PlainJson(TypeDecorator[Json]):
    """JSON that both databases take: without NaN and infinity."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Json | None, dialect: Dialect) -> Json | None:
        """To the database. Raises ``ValueError``."""
        json.dumps(value, allow_nan=False)
        return value


class WordList(TypeDecorator[Words]):
    """Words in their order, as a JSON list."""

    impl = JSON
    cache_ok = True

    def process_result_value(self, value: list[str] | None, dialect: Dialect) -> Words | None:
        """From the database."""
        return None if value is None else tuple(value)


class Row(DeclarativeBase):
    """A row of any table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        float: Double,
        str: PlainText,
        Json: PlainJson,
        Words: WordList,
    }


def _gone_with(table: str) -> ForeignKey:
    return ForeignKey(f"{table}.id", ondelete="CASCADE")


class UserRow(Row):
    """``User``; its row is also the lock that serialises all changes of one user."""

    __tablename__ = "users"
    id: Mapped[str] = mapped_column(primary_key=True)
    consent_raw: Mapped[bool]
    created: Mapped[datetime]


class DeletionRow(Row):
    """A user whose rows are gone and whose files are still to be removed."""

    __tablename__ = "deletions"
    user_id: Mapped[str] = mapped_column(primary_key=True)


class DeviceRow(Row):
    """``Device``, named by the hash of what it says."""

    __tablename__ = "devices"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    rate_hz: Mapped[float]
    channels: Mapped[Words]
    unit: Mapped[str]


_ACTIVE = text(f"state IN {ACTIVE}")


class CalibrationRow(Row):
    """``Calibration``."""

    __tablename__ = "calibrations"
    __table_args__ = (
        CheckConstraint("state IN ('running', 'paused', 'fitting', 'ready', 'accepted', 'aborted')", "state"),
        Index("one_active_calibration", "user_id", unique=True, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(_gone_with("users"), index=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"))
    model: Mapped[str]
    encoder_sha256: Mapped[str]
    plan: Mapped[Json]
    state: Mapped[str]
    position: Mapped[Json]
    base_head: Mapped[str | None]
    seed: Mapped[int] = mapped_column(BigInteger)
    created: Mapped[datetime]
    finished: Mapped[datetime | None]


_KEPT = text("state = 'kept'")


class TrialRow(Row):
    """``Trial``."""

    __tablename__ = "trials"
    __table_args__ = (
        CheckConstraint("state IN ('kept', 'refused', 'replaced')", "state"),
        Index(
            "one_kept_trial",
            *("calibration_id", "gesture", "repetition", "arm_position"),
            unique=True,
            sqlite_where=_KEPT,
            postgresql_where=_KEPT,
        ),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    calibration_id: Mapped[str] = mapped_column(_gone_with("calibrations"), index=True)
    gesture: Mapped[str]
    repetition: Mapped[int]
    arm_position: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str]
    quality: Mapped[Json]
    windows: Mapped[int]
    file: Mapped[str]
    sha256: Mapped[str]
    created: Mapped[datetime]


class HeadRow(Row):
    """``Head``."""

    __tablename__ = "heads"
    __table_args__ = (UniqueConstraint("user_id", "version"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(_gone_with("users"))
    version: Mapped[int | None]
    model: Mapped[str]
    encoder_sha256: Mapped[str]
    kind: Mapped[str]
    labels: Mapped[Words]
    trials: Mapped[Words]
    calibration_id: Mapped[str | None] = mapped_column(_gone_with("calibrations"), index=True)
    parent: Mapped[str | None] = mapped_column(
        ForeignKey("heads.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED")
    )
    seed: Mapped[int] = mapped_column(BigInteger)
    scores: Mapped[Json]
    file: Mapped[str]
    sha256: Mapped[str]
    created: Mapped[datetime]
    accepted: Mapped[datetime | None]


class ActiveHeadRow(Row):
    """Which head of a user works on an encoder: one at most, by its key."""

    __tablename__ = "active_heads"
    user_id: Mapped[str] = mapped_column(_gone_with("users"), primary_key=True)
    encoder_sha256: Mapped[str] = mapped_column(primary_key=True)
    head_id: Mapped[str] = mapped_column(_gone_with("heads"), index=True)


class AuditRow(Row):
    """``AuditEntry``."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    who: Mapped[str]
    what: Mapped[str]
    subject: Mapped[str]
    details: Mapped[Json]
    user_id: Mapped[str | None] = mapped_column(_gone_with("users"), index=True)
