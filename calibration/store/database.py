"""The database behind the store: a SQLite file by default, PostgreSQL by URL; transactions that read, and that write.

Whoever writes on SQLite takes the one write lock at the start of the transaction, so that no two writers can wait for
each other; on PostgreSQL the row of the user that is changed is the lock (``rows.py``). Readers see one moment of the
database, and neither wait nor hold anybody up.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from calibration.errors import StoreUnavailable
from calibration.store.explain import explained

NAME: Final = "palmaris.sqlite"

#: How long a transaction waits for others before it is refused.
PATIENCE_S = 10.0


class Database:
    """Transactions on the newest schema.

    Raises:
        StoreUnavailable: the database cannot be reached, or belongs to a newer Palmaris.
        StoreDamaged: it is no whole database.
    """

    def __init__(self, data_dir: Path, url: str | None) -> None:
        self._file = data_dir / NAME if url is None else None
        address = _sqlite(data_dir / NAME) if url is None else _postgresql(url)
        self.where = str(self._file or address)
        self._engine = _engine(address)
        self._reading = self._engine.execution_options(
            **({} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"})
        )
        self._writing = self._engine.execution_options(writes=True)
        from calibration.store.migrate import migrate  # Alembic is needed here alone, and slow to load

        try:
            with explained(self.where), self._writing.begin() as connection:
                migrate(connection)
        except BaseException:
            self.close()
            raise

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file."""
        return self._file is not None

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One moment of the database."""
        with explained(self.where), Session(self._reading) as session:
            self._look()
            yield session

    def require_there(self) -> None:
        """Raise what whoever reads would raise now."""
        with self.read() as session:
            session.execute(text("SELECT 1"))

    @contextmanager
    def write(self) -> Iterator[Session]:
        """All that happens inside, or nothing where it raises."""
        with explained(self.where), Session(self._writing) as session, session.begin():
            self._look()
            yield session

    @contextmanager
    def standstill(self) -> Iterator[Session]:
        """One moment of database and files: nobody writes meanwhile, so be quick."""
        with self.write() as session:
            if not self.is_sqlite:
                session.execute(text("LOCK TABLE users IN EXCLUSIVE MODE"))
            yield session

    def wipe(self) -> None:
        """Take what was deleted out of SQLite's log, too."""
        if self.is_sqlite:
            with explained(self.where), self._engine.connect() as connection:
                connection.exec_driver_sql("COMMIT")  # no log can be emptied inside a transaction
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    def _look(self) -> None:
        """SQLite writes on happily into a file that was removed: look whether it is still there."""
        if self._file and not self._file.exists():
            raise StoreUnavailable(f"{self._file} is gone: connect its disk again, or restore a backup, and start anew")


def _sqlite(file: Path) -> URL:
    with explained(str(file)):  # connections never make the file: a lost disk must not look like an empty store
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    return URL.create("sqlite", database=f"file:{quote(str(file.resolve()))}", query={"mode": "rw", "uri": "true"})


def _postgresql(text_url: str) -> URL:
    try:
        url = make_url(text_url)
    except ArgumentError as error:
        raise StoreUnavailable(f"no database URL: {error}; write postgresql://user@host/database") from error
    if url.get_backend_name() != "postgresql":
        raise StoreUnavailable(f"{url}: write postgresql://user@host/database, or nothing for a SQLite file")
    if find_spec("psycopg") is None:
        raise StoreUnavailable("PostgreSQL needs psycopg: pip install 'palmaris[postgresql]'")
    return url.set(drivername="postgresql+psycopg")


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        options = f"-c lock_timeout={PATIENCE_S:.0f}s -c timezone=UTC"
        patience = {"connect_timeout": max(1, round(PATIENCE_S)), "options": options}
        return create_engine(url, pool_pre_ping=True, connect_args=patience)
    engine = create_engine(url, connect_args={"timeout": PATIENCE_S})
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # no transactions behind our back: _begin says when
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
