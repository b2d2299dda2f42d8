"""Everything that is kept of users, and nothing that was recorded is ever lost.

    with Store.open(settings.data_dir) as store:
        store.users.create("p-17", who="clinician")
        calibration = store.calibrations.start(NewCalibration("p-17", device, model, encoder, plan), who="clinician")
        store.trials.add(NewTrial(calibration.id, "fist", 1), TrialData(features, last_samples), who="clinician")

Any thread may call it, and several processes may open the same one. Each call is one transaction: it happens wholly or,
where it raises, not at all; what it returned is on the disk.
"""

from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import select

from calibration.store.calibrations import Calibrations
from calibration.store.database import Database
from calibration.store.files import Files
from calibration.store.heads import Heads
from calibration.store.records import AuditEntry
from calibration.store.rows import record
from calibration.store.tables import AuditRow
from calibration.store.trials import Trials
from calibration.store.users import Users


class Store:
    """Users, their calibrations, trials and heads, and who did what."""

    def __init__(self, database: Database, files: Files) -> None:
        self.database = database
        self.files = files
        self.users = Users(database, files)
        self.calibrations = Calibrations(database)
        self.trials = Trials(database, files)
        self.heads = Heads(database, files)

    @classmethod
    def open(cls, data_dir: Path, url: str | None = None) -> Self:
        """The store of a data directory: made where there is none, brought to the newest schema where it is older.

        Args:
            data_dir: where files and, without a URL, the SQLite database lie.
            url: a PostgreSQL database, ``postgresql://user@host/database``.

        Raises:
            StoreUnavailable: directory or database cannot be used now.
            StoreDamaged: the database is not whole.
        """
        files = Files(data_dir)
        store = cls(Database(data_dir, url), files)
        try:
            store._tidy()
        except BaseException:
            store.close()
            raise
        return store

    def audit(self, last: int = 100) -> list[AuditEntry]:
        """Who did what, the newest first."""
        with self.database.read() as session:
            rows = session.scalars(select(AuditRow).order_by(AuditRow.id.desc()).limit(last))
            return [record(AuditEntry, row) for row in rows]

    def close(self) -> None:
        """Give everything back; the store is not to be used after it."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _tidy(self) -> None:
        """Finish what a killed process began."""
        self.users.finish_deletions()
        self.users.finish_withdrawals()
        with self.database.standstill():
            self.files.remove_unfinished()
