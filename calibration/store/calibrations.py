"""Calibrations: one at a time for each user, resumed where they were interrupted."""

import hashlib
import json
from dataclasses import asdict
from uuid import uuid4

from sqlalchemy import Select, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from calibration.errors import CalibrationBusy
from calibration.store.database import Database
from calibration.store.records import ACTIVE, OVER, Calibration, CalibrationState, Device, Json, NewCalibration
from calibration.store.rows import find_calibration, lock_calibration, lock_user, note, now, record
from calibration.store.tables import CalibrationRow, DeviceRow


class Calibrations:
    """The calibrations of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, new: NewCalibration, who: str) -> Calibration:
        """A running calibration. Raises ``UserUnknown``, or ``CalibrationBusy``: this user has one already."""
        with self._database.write() as session:
            lock_user(session, new.user_id)
            _check_free(session, new.user_id)
            row = calibration_row(new, device_id(session, new.device))
            session.add(row)
            session.flush()
            note(session, who, "start calibration", row.id, row.user_id)
            return record(Calibration, row)

    def get(self, calibration_id: str) -> Calibration:
        """The calibration. Raises ``CalibrationUnknown``."""
        with self._database.read() as session:
            return record(Calibration, find_calibration(session, calibration_id))

    def of(self, user_id: str) -> list[Calibration]:
        """All calibrations of a user, the oldest first."""
        return self._list(select(CalibrationRow).where(CalibrationRow.user_id == user_id))

    def active(self) -> list[Calibration]:
        """All that run, pause or fit: what a restarted service takes up again."""
        return self._list(select(CalibrationRow).where(CalibrationRow.state.in_(ACTIVE)))

    def open(self) -> list[Calibration]:
        """All that are neither accepted nor aborted, the newest first."""
        return self._list(select(CalibrationRow).where(CalibrationRow.state.not_in(OVER)))[::-1]

    def device(self, device_id: str) -> Device:
        """The device that calibrations name."""
        with self._database.read() as session:
            row = session.get_one(DeviceRow, device_id)
            return Device(row.name, row.rate_hz, row.channels, row.unit)

    def move(self, calibration_id: str, position: Json) -> None:
        """Remember where to go on. Raises ``CalibrationUnknown`` or ``CalibrationOver``."""
        with self._database.write() as session:
            row, _ = lock_calibration(session, calibration_id)
            row.position = position

    def set_state(self, calibration_id: str, state: CalibrationState, who: str) -> Calibration:
        """Another state. Raises ``CalibrationUnknown``, ``CalibrationOver``, or ``CalibrationBusy`` on going back."""
        with self._database.write() as session:
            row, _ = lock_calibration(session, calibration_id)
            if state in ACTIVE:
                _check_free(session, row.user_id, row.id)
            note(session, who, "calibration " + state, row.id, row.user_id, before=row.state)
            row.state = state
            row.finished = now() if state in OVER else None
            return record(Calibration, row)

    def _list(self, rows: Select[CalibrationRow]) -> list[Calibration]:
        with self._database.read() as session:
            ordered = rows.order_by(CalibrationRow.created, CalibrationRow.id)
            return [record(Calibration, row) for row in session.scalars(ordered)]


def _check_free(session: Session, user_id: str, but: str = "") -> None:
    """The user is locked, so that what is found stays true."""
    rows = select(CalibrationRow).where(CalibrationRow.user_id == user_id, CalibrationRow.id != but)
    found = session.scalars(rows.where(CalibrationRow.state.in_(ACTIVE))).first()
    if found:
        since = f"since {found.created:%Y-%m-%d %H:%M} UTC"
        raise CalibrationBusy(
            f"user {user_id!r} is being calibrated already: calibration {found.id} is {found.state} {since};"
            " resume or abort it first"
        )


def calibration_row(new: NewCalibration, device: str) -> CalibrationRow:
    """The row of a calibration that runs from now on; ``device``: the id of its device."""
    return CalibrationRow(
        id=uuid4().hex,
        user_id=new.user_id,
        device_id=device,
        model=new.model,
        encoder_sha256=new.encoder_sha256,
        plan=new.plan,
        state="running",
        position={},
        base_head=new.base_head,
        seed=new.seed,
        created=now(),
        finished=None,
    )


def device_id(session: Session, device: Device) -> str:
    """The id of the device, which is stored once however many calibrations begin with it at the same moment."""
    values = asdict(device)
    sha256 = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(insert(DeviceRow).values(id=sha256, **values).on_conflict_do_nothing())
    return sha256
