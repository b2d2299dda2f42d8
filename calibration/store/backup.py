"""One archive of everything, and the way back: rows as JSON lines, files as they are.

The archive fits SQLite and PostgreSQL alike, so it also moves a store from one to the other. Files never change, and
each is there before its row: the rows of one moment, then the files that they name, are consistent although the
service runs meanwhile.
"""

import json
import os
import zipfile
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, Table, insert, select
from sqlalchemy.orm import Session

from calibration.errors import StoreDamaged, StoreUnavailable
from calibration.store.explain import explained
from calibration.store.files import PATTERN, private, sync_folder
from calibration.store.migrate import newest
from calibration.store.records import Json
from calibration.store.rows import now
from calibration.store.store import Store
from calibration.store.tables import AuditRow, Row, UtcDateTime

_ABOUT: Final = "palmaris-backup.json"
_FORMAT: Final = 1


def backup(store: Store, file: Path) -> None:
    """Archive a store, while the service runs, into a new zip file; damaged files are archived as they are.

    Raises:
        StoreUnavailable: the archive cannot be written, exists already, or a user was deleted meanwhile.
    """
    if file.exists():
        raise StoreUnavailable(f"{file} exists already and is never overwritten: choose another name")
    unfinished = file.with_name(file.name + ".part")
    with explained(str(file)), ExitStack() as stack:
        stack.callback(unfinished.unlink, missing_ok=True)
        with open(unfinished, "wb", opener=private) as out:
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                _fill(archive, store)
            out.flush()
            os.fsync(out.fileno())
        unfinished.rename(file)
        sync_folder(file.parent)


def restore(store: Store, file: Path) -> None:
    """Fill an empty store from an archive; what was damaged in the archive is for ``check`` to find.

    Raises:
        StoreUnavailable: the store is not empty, or the archive cannot be read.
        StoreDamaged: the archive is not a whole backup, or of another version.
    """
    with explained(str(file)), ExitStack() as stack:
        try:
            archive = stack.enter_context(zipfile.ZipFile(file))
            session = stack.enter_context(store.database.standstill())
            _check(archive, session)
            for table in Row.metadata.sorted_tables:
                for row in _insert(archive, session, table):
                    if "file" in row:
                        stack.enter_context(_extract(archive, store, row["file"]))
        except (zipfile.BadZipFile, KeyError, ValueError) as error:
            raise StoreDamaged(f"{file} is no whole backup ({error}): take another one") from error


def _fill(archive: zipfile.ZipFile, store: Store) -> None:
    archive.writestr(_ABOUT, json.dumps({"format": _FORMAT, "schema": newest(), "created": now().isoformat()}))
    with store.database.read() as session:
        tables = {table.name: _rows(session, table) for table in Row.metadata.sorted_tables}
    for name, rows in tables.items():
        archive.writestr(_member(name), "".join(json.dumps(row, default=datetime.isoformat) + "\n" for row in rows))
    for row in (*tables["trials"], *tables["heads"]):
        with suppress(FileNotFoundError):
            archive.write(store.files.path(row["file"]), row["file"])
    if {row["id"] for row in tables["users"]} - {user.id for user in store.users.all()}:
        raise StoreUnavailable("a user was deleted while the backup was made: make it again")


def _rows(session: Session, table: Table) -> list[Json]:
    return [dict(row) for row in session.execute(select(*_columns(table))).mappings()]


def _columns(table: Table) -> list[Column[Any]]:
    """All but a number that the database counts itself."""
    return [column for column in table.columns if column is not table.autoincrement_column]


def _member(table: str) -> str:
    return f"tables/{table}.jsonl"


def _check(archive: zipfile.ZipFile, session: Session) -> None:
    about = json.loads(archive.read(_ABOUT))
    if (about["format"], about["schema"]) != (_FORMAT, newest()):
        made = f"its schema is {about['schema']}, not {newest()}"
        raise StoreDamaged(f"{archive.filename} is of another version ({made}): restore it with the one that made it")
    if session.scalars(select(AuditRow)).first():
        raise StoreUnavailable("a backup is restored into an empty store only: name an empty data directory")


def _insert(archive: zipfile.ZipFile, session: Session, table: Table) -> list[Json]:
    rows = [json.loads(line) for line in archive.read(_member(table.name)).splitlines()]
    moments = [column.name for column in table.columns if isinstance(column.type, UtcDateTime)]
    for row in rows:
        row.update({name: datetime.fromisoformat(row[name]) for name in moments if row[name]})
    if rows:
        session.execute(insert(table), rows)
    return rows


def _extract(archive: zipfile.ZipFile, store: Store, name: str) -> AbstractContextManager[object]:
    if not PATTERN.fullmatch(name):
        raise ValueError(f"a file named {name!r}")
    return store.files.adding(name, archive.read(name)) if name in archive.NameToInfo else nullcontext()
