"""Heads: candidates until they are accepted, then versions of a user, one of them active on each encoder."""

from collections.abc import Mapping
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calibration.errors import CalibrationBusy, CalibrationOver, CalibrationUnknown, HeadUnknown
from calibration.store.database import Database
from calibration.store.files import Files
from calibration.store.records import OVER, Head, NewHead
from calibration.store.rows import find_calibration, find_user, lock_user, note, now, record
from calibration.store.tables import ActiveHeadRow, CalibrationRow, HeadRow
from calibration.store.trials import rename_gestures


class Heads:
    """The heads of a store."""

    def __init__(self, database: Database, files: Files) -> None:
        self._database = database
        self._files = files

    def add(self, new: NewHead, onnx: bytes, who: str) -> Head:
        """Store a candidate. Raises ``UserUnknown``, ``CalibrationUnknown``, or ``HeadUnknown`` for its parent."""
        with self._database.write() as session:
            lock_user(session, new.user_id)
            _check_lineage(session, new)
            row = head_row(new)
            with self._files.adding(row.file, onnx) as row.sha256:
                session.add(row)
                session.flush()
                note(session, who, "store head", row.id, row.user_id)
            return record(Head, row)

    def accept(self, head_id: str, who: str) -> Head:
        """Make a candidate the next version of its user and the active head, and its calibration accepted: all or none.

        An accepted head is returned as it is, so that asking again after a lost answer does no harm.

        Raises:
            HeadUnknown: there is no such head.
            CalibrationOver: its calibration was aborted.
        """
        with self._database.write() as session:
            row = _find(session, head_id)
            lock_user(session, row.user_id)
            session.refresh(row)  # somebody else may have accepted it while we waited
            if row.version is None:
                _close_calibration(session, row)
                row.version, row.accepted = _next_version(session, row.user_id), now()
                activate(session, row)
                note(session, who, "accept head", row.id, row.user_id, version=row.version)
            return record(Head, row)

    def edit(self, new: NewHead, onnx: bytes, renamed: Mapping[str, str], who: str) -> Head:
        """Make a head that was edited, not fitted, the next version and the active head; trials are renamed with it.

        Raises:
            PlanInvalid: other trials have the new name of a gesture already.
            CalibrationBusy: a calibration is open that knows the gestures as they were, or another head is active.
        """
        with self._database.write() as session:
            lock_user(session, new.user_id)
            _require_settled(session, new)
            rename_gestures(session, new, renamed)
            row = head_row(new)
            row.version, row.accepted = _next_version(session, new.user_id), row.created
            with self._files.adding(row.file, onnx) as row.sha256:
                session.add(row)
                activate(session, row)
                note(session, who, "edit head", row.id, row.user_id, version=row.version, renamed=dict(renamed))
            return record(Head, row)

    def roll_back(self, user_id: str, version: int, who: str) -> Head:
        """Make another version of a user the active head. Raises ``UserUnknown`` or ``HeadUnknown``."""
        with self._database.write() as session:
            lock_user(session, user_id)
            row = _find_version(session, user_id, version)
            activate(session, row)
            note(session, who, "roll back", row.id, user_id, version=version)
            return record(Head, row)

    def get(self, head_id: str) -> Head:
        """What is known of the head. Raises ``HeadUnknown``."""
        with self._database.read() as session:
            return record(Head, _find(session, head_id))

    def version(self, user_id: str, version: int) -> Head:
        """A version of a user. Raises ``UserUnknown`` or ``HeadUnknown``."""
        with self._database.read() as session:
            find_user(session, user_id)
            return record(Head, _find_version(session, user_id, version))

    def read(self, head: Head) -> bytes:
        """Its ONNX file. Raises ``StoreDamaged`` where that is no longer what was stored."""
        return self._files.read(head.file, head.sha256)

    def of(self, user_id: str) -> list[Head]:
        """All heads of a user, candidates too, the oldest first."""
        with self._database.read() as session:
            rows = session.scalars(select(HeadRow).filter_by(user_id=user_id).order_by(HeadRow.created, HeadRow.id))
            return [record(Head, row) for row in rows]

    def active(self, user_id: str, encoder_sha256: str) -> Head | None:
        """The head of a user that works on this encoder; ``None``: the population head does."""
        with self._database.read() as session:
            rows = select(HeadRow).join(ActiveHeadRow, ActiveHeadRow.head_id == HeadRow.id)
            mine = (ActiveHeadRow.user_id == user_id, ActiveHeadRow.encoder_sha256 == encoder_sha256)
            row = session.scalars(rows.where(*mine)).first()
            return record(Head, row) if row else None


def _find(session: Session, head_id: str) -> HeadRow:
    row = session.get(HeadRow, head_id)
    if row is None:
        raise HeadUnknown(f"there is no head {head_id!r}: check the id")
    return row


def _find_version(session: Session, user_id: str, version: int) -> HeadRow:
    row = session.scalars(select(HeadRow).filter_by(user_id=user_id, version=version)).first()
    if row is None:
        raise HeadUnknown(f"user {user_id!r} has no head of version {version}: choose one that was accepted")
    return row


def _check_lineage(session: Session, new: NewHead) -> None:
    if new.calibration_id and find_calibration(session, new.calibration_id).user_id != new.user_id:
        raise CalibrationUnknown(f"calibration {new.calibration_id!r} is not one of user {new.user_id!r}: check the id")
    if new.parent and _find(session, new.parent).user_id != new.user_id:
        raise HeadUnknown(f"head {new.parent!r} is not one of user {new.user_id!r}: check the id")


def _require_settled(session: Session, new: NewHead) -> None:
    active = session.get(ActiveHeadRow, (new.user_id, new.encoder_sha256))
    if active is None or active.head_id != new.parent:
        raise CalibrationBusy(f"the head of user {new.user_id!r} was changed at the same moment: look, and try again")
    mine = select(CalibrationRow).filter_by(user_id=new.user_id, encoder_sha256=new.encoder_sha256)
    if found := session.scalars(mine.where(CalibrationRow.state.not_in(OVER))).first():
        raise CalibrationBusy(
            f"user {new.user_id!r} is being calibrated: {found.id} is {found.state}; accept or abort it first"
        )


def _close_calibration(session: Session, head: HeadRow) -> None:
    if head.calibration_id is None:
        return
    calibration = find_calibration(session, head.calibration_id)
    if calibration.state == "aborted":
        raise CalibrationOver(f"calibration {calibration.id} was aborted: start a new one")
    if calibration.state not in OVER:
        calibration.state, calibration.finished = "accepted", now()


def _next_version(session: Session, user_id: str) -> int:
    return 1 + (session.scalar(select(func.max(HeadRow.version)).filter_by(user_id=user_id)) or 0)


def activate(session: Session, head: HeadRow) -> None:
    """Make it the head of its user on its encoder."""
    session.flush()
    session.merge(ActiveHeadRow(user_id=head.user_id, encoder_sha256=head.encoder_sha256, head_id=head.id))


def head_row(new: NewHead) -> HeadRow:
    """The row of a candidate of now, whose file is not written yet."""
    head_id = uuid4().hex
    return HeadRow(
        id=head_id,
        user_id=new.user_id,
        version=None,
        model=new.model,
        encoder_sha256=new.encoder_sha256,
        kind=new.kind,
        labels=new.labels,
        trials=new.trials,
        calibration_id=new.calibration_id,
        parent=new.parent,
        seed=new.seed,
        scores=new.scores or {},
        file=f"users/{new.user_id}/heads/{head_id}.head.onnx",
        created=now(),
        accepted=None,
    )
