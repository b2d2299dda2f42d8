"""The first schema: users, devices, calibrations, trials, heads, and who did what."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

revision = "0001"
down_revision = None

Kind = type[TypeEngine[Any]]


def upgrade() -> None:
    """From nothing."""
    op.create_table("users", _id(), _column("consent_raw", sa.Boolean), _column("created", sa.DateTime))
    op.create_table("deletions", _column("user_id"), sa.PrimaryKeyConstraint("user_id"))
    op.create_table(
        "devices",
        *(_id(), _column("name"), _column("rate_hz", sa.Double), _column("channels", sa.JSON)),
        _column("unit"),
    )
    _calibrations()
    _trials()
    _heads()
    _active_heads()
    _audit()


def downgrade() -> None:
    """To nothing."""
    for table in ("audit", "active_heads", "heads", "trials", "calibrations", "devices", "deletions", "users"):
        op.drop_table(table)


def _calibrations() -> None:
    op.create_table(
        "calibrations",
        *(_id(), _link("calibrations", "user_id", "users"), _column("device_id"), _column("model")),
        *(_column("encoder_sha256"), _column("plan", sa.JSON), _column("state"), _column("position", sa.JSON)),
        *(_maybe("base_head"), _column("seed", sa.BigInteger)),
        *(_column("created", sa.DateTime), _maybe("finished", sa.DateTime)),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_calibrations_device_id"),
        sa.CheckConstraint(
            "state IN ('running', 'paused', 'fitting', 'ready', 'accepted', 'aborted')", name="ck_calibrations_state"
        ),
    )
    op.create_index("ix_calibrations_user_id", "calibrations", ["user_id"])
    _unique("one_active_calibration", "calibrations", ["user_id"], "state IN ('running', 'paused', 'fitting')")


def _trials() -> None:
    op.create_table(
        "trials",
        *(_id(), _link("trials", "calibration_id", "calibrations"), _column("gesture")),
        *(_column("repetition", sa.Integer), _column("arm_position"), _column("state"), _column("reason")),
        *(_column("quality", sa.JSON), _column("windows", sa.Integer), _column("file"), _column("sha256")),
        _column("created", sa.DateTime),
        sa.CheckConstraint("state IN ('kept', 'refused', 'replaced')", name="ck_trials_state"),
    )
    op.create_index("ix_trials_calibration_id", "trials", ["calibration_id"])
    _unique("one_kept_trial", "trials", ["calibration_id", "gesture", "repetition", "arm_position"], "state = 'kept'")


def _heads() -> None:
    op.create_table(
        "heads",
        *(_id(), _link("heads", "user_id", "users"), _maybe("version", sa.Integer), _column("model")),
        *(_column("encoder_sha256"), _column("kind"), _column("labels", sa.JSON), _column("trials", sa.JSON)),
        *(_link("heads", "calibration_id", "calibrations", nullable=True), _maybe("parent")),
        *(_column("seed", sa.BigInteger), _column("scores", sa.JSON), _column("file"), _column("sha256")),
        *(_column("created", sa.DateTime), _maybe("accepted", sa.DateTime)),
        sa.ForeignKeyConstraint(
            *(["parent"], ["heads.id"], "fk_heads_parent"), ondelete="CASCADE", deferrable=True, initially="DEFERRED"
        ),
        sa.UniqueConstraint("user_id", "version", name="uq_heads_user_id"),
    )
    op.create_index("ix_heads_calibration_id", "heads", ["calibration_id"])


def _active_heads() -> None:
    op.create_table(
        "active_heads",
        *(_link("active_heads", "user_id", "users"), _column("encoder_sha256")),
        _link("active_heads", "head_id", "heads"),
        sa.PrimaryKeyConstraint("user_id", "encoder_sha256"),
    )
    op.create_index("ix_active_heads_head_id", "active_heads", ["head_id"])


def _audit() -> None:
    op.create_table(
        "audit",
        *(_column("id", sa.Integer), _column("at", sa.DateTime), _column("who"), _column("what"), _column("subject")),
        *(_column("details", sa.JSON), _link("audit", "user_id", "users", nullable=True)),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_audit_user_id", "audit", ["user_id"])


def _column(name: str, kind: Kind = sa.Text) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _maybe(name: str, kind: Kind = sa.Text) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.Text, primary_key=True)


def _link(table: str, name: str, to: str, *, nullable: bool = False) -> sa.Column[Any]:
    key = sa.ForeignKey(f"{to}.id", name=f"fk_{table}_{name}", ondelete="CASCADE")
    return sa.Column(name, sa.Text, key, nullable=nullable)


def _unique(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=True, sqlite_where=condition, postgresql_where=condition)
