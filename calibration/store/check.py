"""Is everything that was stored still there, and whole?"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from calibration.errors import StoreDamaged
from calibration.store.migrate import differences
from calibration.store.store import Store
from calibration.store.tables import ActiveHeadRow, HeadRow, TrialRow, UserRow

Named = tuple[str, str]  # a file and its SHA-256


@dataclass(frozen=True, slots=True)
class Findings:
    """What a check found."""

    users: int
    trials: int
    heads: int
    damage: list[str]
    """One line for each thing that is not as it was stored, with its remedy."""
    orphans: list[str]
    """Files that no row names: left when storing them was interrupted. Harmless; may be removed by hand."""


def check(store: Store) -> Findings:
    """Compare rows, files and schema; the service may run meanwhile.

    Raises:
        StoreUnavailable: the store cannot be read now.
        StoreDamaged: the database itself is not whole, so that nothing can be compared with it.
    """
    with store.database.standstill() as session:
        _check_integrity(session)
        users = session.scalar(select(func.count()).select_from(UserRow)) or 0
        trials = _named(session, TrialRow)
        heads = _named(session, HeadRow)
        files = store.files.all()
        damage = [*_schema(session), *_links(session), *_candidates(session)]
    expected = dict([*trials, *heads])
    damage += _damaged(store, expected)
    return Findings(users, len(trials), len(heads), damage, sorted(files - expected.keys()))


def _named(session: Session, rows: type[TrialRow | HeadRow]) -> list[Named]:
    return [(row.file, row.sha256) for row in session.execute(select(rows.file, rows.sha256))]


def _schema(session: Session) -> Iterator[str]:
    for difference in differences(session.connection()):
        yield f"the tables are not those of this Palmaris ({difference}): restore a backup into an empty data directory"


def _check_integrity(session: Session) -> None:
    """Nothing that is read from a damaged database can be trusted."""
    if session.get_bind().dialect.name != "sqlite":
        return
    found = session.scalar(text("PRAGMA integrity_check"))
    if found != "ok":
        raise StoreDamaged(f"the database is damaged ({found}): restore a backup into an empty data directory")


def _links(session: Session) -> Iterator[str]:
    if session.get_bind().dialect.name == "sqlite":  # PostgreSQL never lets them break
        for table, _, to, _ in session.execute(text("PRAGMA foreign_key_check")):
            yield f"a row of {table} names one of {to} that is gone: restore a backup into an empty data directory"


def _candidates(session: Session) -> Iterator[str]:
    """Active heads that nobody accepted, or that work on another encoder."""
    pairs = select(ActiveHeadRow, HeadRow).outerjoin(HeadRow, ActiveHeadRow.head_id == HeadRow.id)
    for active, head in session.execute(pairs):
        if head is None or head.version is None or head.encoder_sha256 != active.encoder_sha256:
            yield f"the active head of user {active.user_id!r} is none that was accepted: roll back to another version"


def _damaged(store: Store, expected: dict[str, str]) -> Iterator[str]:
    for name, sha256 in sorted(expected.items()):
        try:
            store.files.read(name, sha256)
        except StoreDamaged as error:
            if _still_named(store, name):  # and not of a user who was deleted meanwhile
                yield str(error)


def _still_named(store: Store, name: str) -> bool:
    with store.database.read() as session:
        return any(session.scalar(select(rows.id).where(rows.file == name)) for rows in (TrialRow, HeadRow))
