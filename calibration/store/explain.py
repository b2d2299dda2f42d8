"""Turns what the disk and the database say into errors that name cause and remedy."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError, StatementError

from calibration.errors import CalibrationError, NotStorable, StoreDamaged, StoreUnavailable

_FREE: Final = "the disk is full: free space, then try again"
_PERMIT: Final = "it cannot be written: make it writable for this user, or set another data directory"
_HELD: Final = "another process holds the database: close it, or try again"
_GONE: Final = "it is not there: connect its disk again, or check the name"

_DISK: Final = {
    errno.ENOSPC: _FREE,
    errno.EDQUOT: _FREE,
    errno.EFBIG: _FREE,
    errno.EACCES: _PERMIT,
    errno.EPERM: _PERMIT,
    errno.EROFS: _PERMIT,
    errno.ENOENT: _GONE,
    errno.ENOTDIR: _GONE,
}

#: SQLite's primary result codes.
_SQLITE: Final = {
    3: _PERMIT,
    5: _HELD,
    6: _HELD,
    8: _PERMIT,
    10: "the disk is full or fails: free space, or move the data directory to another disk",
    13: _FREE,
    14: "it cannot be opened: check that its folder is there and writable",
}
_SQLITE_DAMAGED: Final = (11, 26)

#: PostgreSQL's error codes.
_POSTGRESQL: Final = {
    "25006": "the server is read-only: connect to the primary one",
    "53100": _FREE,
    "55P03": _HELD,
}


@contextmanager
def explained(where: str) -> Iterator[None]:
    """Raise what goes wrong inside as ``StoreUnavailable``, ``StoreDamaged`` or ``NotStorable``; bugs pass."""
    try:
        yield
    except OSError as error:
        remedy = _DISK.get(error.errno or 0, "check the disk")
        raise StoreUnavailable(f"{where}: {remedy} ({error.strerror})") from error
    except OverflowError as error:
        raise NotStorable(f"{error}: correct the value") from error
    except StatementError as error:
        told = _explain(where, error)
        if told is None:
            raise
        raise told from error


def _explain(where: str, error: StatementError) -> CalibrationError | None:
    cause = error.orig
    if isinstance(cause, ValueError) or isinstance(error, DataError):
        return NotStorable(f"{' '.join(str(cause).split())}: correct the value")
    if not isinstance(error, DBAPIError):
        return None
    if isinstance(cause, sqlite3.Error):
        return _explain_sqlite(where, cause)
    return _explain_postgresql(where, error, cause)


def _explain_sqlite(where: str, cause: sqlite3.Error) -> CalibrationError | None:
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the module's own errors have none
    if code in _SQLITE_DAMAGED:
        return StoreDamaged(f"{where}: {cause}: restore a backup into an empty data directory")
    return StoreUnavailable(f"{where}: {_SQLITE[code]} ({cause})") if code in _SQLITE else None


def _explain_postgresql(where: str, error: DBAPIError, cause: BaseException | None) -> CalibrationError | None:
    remedy = _POSTGRESQL.get(getattr(cause, "sqlstate", None) or "")
    if remedy is None and isinstance(error, (OperationalError, InterfaceError)):
        remedy = "check that the server runs and lets this user in"
    if remedy is None:
        return None
    return StoreUnavailable(f"{where}: {remedy} ({' '.join(str(cause).split())})")
