"""Brings the schema of a database to the one that this version of Palmaris works with."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from calibration.errors import StoreUnavailable
from calibration.store.tables import Row

_LOCK = 0x50616C6D  # "Palm": PostgreSQL's lock for those who migrate the same database


def migrate(connection: Connection) -> None:
    """Take the steps that are missing, all of them or none.

    Raises:
        StoreUnavailable: the database was written by a newer Palmaris.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    found = revision(connection)
    if found is not None and found not in _known():
        raise StoreUnavailable(f"the database has the schema {found} of a newer Palmaris: update this one")
    if found != newest():
        command.upgrade(config(connection), "head")


def revision(connection: Connection) -> str | None:
    """The step that the database is at; ``None``: it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


@cache
def newest() -> str:
    """The last step that this version of Palmaris knows."""
    return str(_scripts().get_current_head())


def differences(connection: Connection) -> list[str]:
    """Where the tables are not as this version of Palmaris expects them."""
    return [str(found) for found in compare_metadata(MigrationContext.configure(connection), Row.metadata)]


def config(connection: Connection | None = None) -> Config:
    """What Alembic must know; its steps lie in this package, so that an installed wheel can migrate."""
    made = Config(attributes={"connection": connection})
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return made


@cache
def _known() -> frozenset[str]:
    return frozenset(script.revision for script in _scripts().walk_revisions())


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(config())
