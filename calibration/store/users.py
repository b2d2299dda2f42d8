"""Users: pseudonyms, who leave no trace when they go."""

import re
from contextlib import ExitStack
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from calibration.errors import NotStorable, UserExists
from calibration.store.consent import drop_raw, remove_strays
from calibration.store.database import Database
from calibration.store.files import Files
from calibration.store.overview import overview
from calibration.store.records import User, UserOverview
from calibration.store.rows import find_user, lock_user, note, now, record
from calibration.store.tables import DeletionRow, UserRow

LONGEST: Final = 64
_NAME: Final = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST}}}")


class Users:
    """The users of a store."""

    def __init__(self, database: Database, files: Files) -> None:
        self._database = database
        self._files = files

    def create(self, user_id: str, who: str, *, consent_raw: bool = False) -> User:
        """A new user. Raises ``NotStorable`` where the id is no pseudonym of ours, ``UserExists`` where it is taken."""
        with self._database.write() as session:
            return record(User, add_user(session, user_id, who, consent_raw=consent_raw))

    def get(self, user_id: str) -> User:
        """The user. Raises ``UserUnknown``."""
        with self._database.read() as session:
            return record(User, find_user(session, user_id))

    def all(self) -> list[User]:
        """Everybody, the oldest first."""
        with self._database.read() as session:
            rows = session.scalars(select(UserRow).order_by(UserRow.created, UserRow.id))
            return [record(User, row) for row in rows]

    def overview(self) -> list[UserOverview]:
        """Everybody and how far their calibration has come, the oldest first."""
        with self._database.read() as session:
            return overview(session)

    def set_consent(self, user_id: str, who: str, *, consent_raw: bool) -> User:
        """Let the raw signal of trials be stored from now on; or never more, and then what is stored goes, too.

        Raises:
            UserUnknown: there is no such user.
            StoreDamaged: a trial is not what was stored.
        """
        with self._database.write() as session, ExitStack() as written:
            row = lock_user(session, user_id)
            row.consent_raw = consent_raw
            if not consent_raw:
                drop_raw(session, self._files, user_id, written)
            note(session, who, "change consent", user_id, user_id, consent_raw=consent_raw)
            user = record(User, row)
        self.finish_withdrawals()
        return user

    def finish_withdrawals(self) -> None:
        """Remove files, with raw signal perhaps, that no row names any more, of users who did not consent to it."""
        with self._database.standstill() as session:
            for user_id in session.scalars(select(UserRow.id).where(UserRow.consent_raw.is_(False))).all():
                remove_strays(session, self._files, user_id)

    def delete(self, user_id: str, who: str) -> None:
        """Remove everything of a user; the audit trail keeps that a user was deleted, and not which.

        Raises:
            UserUnknown: there is no such user.
            StoreUnavailable: also where a file cannot be removed now: opening the store tries again.
        """
        with self._database.write() as session:
            lock_user(session, user_id)
            session.execute(delete(UserRow).where(UserRow.id == user_id))
            session.add(DeletionRow(user_id=user_id))
            note(session, who, "delete user", "", None)
        self.finish_deletions()

    def finish_deletions(self) -> None:
        """Remove the files of users whose rows are gone already."""
        with self._database.write() as session:
            gone = session.scalars(select(DeletionRow).with_for_update()).all()
            for row in gone:
                self._files.remove_user(row.user_id)
                session.delete(row)
        if gone:
            self._database.wipe()


def add_user(session: Session, user_id: str, who: str, *, consent_raw: bool = False) -> UserRow:
    """A new user. Raises ``NotStorable`` or ``UserExists``."""
    if not _NAME.fullmatch(user_id):
        raise NotStorable(f"user id {user_id[:LONGEST]!r}: write 1 to {LONGEST} letters, digits, - and _")
    row = UserRow(id=user_id, consent_raw=consent_raw, created=now())
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise UserExists(f"user {user_id!r} exists already: choose another name") from error
    if session.get(DeletionRow, user_id):
        raise UserExists(f"user {user_id!r} is being deleted: choose another name, or restart the service")
    note(session, who, "create user", user_id, user_id, consent_raw=consent_raw)
    return row
