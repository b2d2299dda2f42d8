"""Trials: on the disk before the next prompt."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save
from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from calibration.errors import NotStorable, PlanInvalid, StoreDamaged, TrialUnknown
from calibration.store.database import Database
from calibration.store.files import Files
from calibration.store.records import Json, NewHead, NewTrial, Trial, TrialData
from calibration.store.rows import lock_calibration, note, now, record
from calibration.store.tables import CalibrationRow, TrialRow


class Trials:
    """The trials of a store."""

    def __init__(self, database: Database, files: Files) -> None:
        self._database = database
        self._files = files

    def add(self, new: NewTrial, data: TrialData, who: str, position: Json | None = None) -> Trial:
        """Store a trial and, with it, where the calibration goes on; when this returns, both survive anything.

        A kept trial takes the place of the one kept before of the same gesture, repetition and arm position.

        Raises:
            CalibrationUnknown, CalibrationOver: the calibration takes no trial.
            NotStorable: the arrays do not belong together.
        """
        _check(data)
        with self._database.write() as session:
            calibration, user = lock_calibration(session, new.calibration_id)
            calibration.position = calibration.position if position is None else position
            if new.state == "kept":
                _replace(session, new)
            row = trial_row(new, user.id, len(data.features))
            with self._files.adding(row.file, encode_trial(data, raw=user.consent_raw)) as row.sha256:
                session.add(row)
                session.flush()
                note(session, who, "store trial", row.id, user.id, gesture=new.gesture, state=new.state)
            return record(Trial, row)

    def get(self, trial_id: str) -> Trial:
        """What is known of the trial. Raises ``TrialUnknown``."""
        with self._database.read() as session:
            row = session.get(TrialRow, trial_id)
            if row is None:
                raise TrialUnknown(f"there is no trial {trial_id!r}: check the id")
            return record(Trial, row)

    def read(self, trial: Trial) -> TrialData:
        """What was measured. Raises ``StoreDamaged`` where that is no longer what was stored."""
        content = self._files.read(trial.file, trial.sha256)
        try:
            arrays = load(content)
        except SafetensorError as error:
            raise StoreDamaged(f"{trial.file} is no trial: take it from a backup, or record anew") from error
        return TrialData(arrays["features"], arrays["last_samples"], *map(arrays.get, ("raw", "amplitudes", "images")))

    def of(self, calibration_id: str) -> list[Trial]:
        """All trials of a calibration, also those refused and replaced, in the order of recording."""
        return self._list(select(TrialRow).where(TrialRow.calibration_id == calibration_id))

    def kept(self, user_id: str, encoder_sha256: str) -> list[Trial]:
        """What a head of a user can learn from: all kept trials, but those of aborted calibrations."""
        return self._list(_kept(user_id, encoder_sha256))

    def _list(self, rows: Select[TrialRow]) -> list[Trial]:
        with self._database.read() as session:
            ordered = rows.order_by(TrialRow.created, TrialRow.id)
            return [record(Trial, row) for row in session.scalars(ordered)]


def rename_gestures(session: Session, head: NewHead, renamed: Mapping[str, str]) -> None:
    """Kept trials of old names get the new ones, so that they go on teaching the gestures of this edited head.

    Raises:
        PlanInvalid: trials that the head did not learn from have such a name already.
    """
    rows = session.scalars(_kept(head.user_id, head.encoder_sha256)).all()
    taken = {row.gesture for row in rows if row.id not in head.trials} & set(renamed.values())
    for row in rows:
        row.gesture = renamed.get(row.gesture, row.gesture)
    try:
        session.flush()
    except IntegrityError as error:
        raise PlanInvalid(_taken(renamed.values())) from error
    if taken:
        raise PlanInvalid(_taken(taken))


def _taken(names: Iterable[str]) -> str:
    return f"rename: other trials of {', '.join(sorted(names))} are stored already: choose another name"


def _kept(user_id: str, encoder_sha256: str) -> Select[TrialRow]:
    rows = select(TrialRow).join(CalibrationRow, TrialRow.calibration_id == CalibrationRow.id)
    mine = (CalibrationRow.user_id == user_id, CalibrationRow.encoder_sha256 == encoder_sha256)
    return rows.where(*mine, CalibrationRow.state != "aborted", TrialRow.state == "kept")


def _check(data: TrialData) -> None:
    amplitudes = data.last_samples if data.amplitudes is None else data.amplitudes
    images = data.features if data.images is None else data.images
    lengths = {data.last_samples.shape, amplitudes.shape, images.shape[:1]}
    if data.features.ndim != 2 or lengths != {data.features.shape[:1]}:
        shapes = f"features {data.features.shape}, last samples {data.last_samples.shape}"
        raise NotStorable(f"{shapes}: give (window, feature) and (window,)")


def _replace(session: Session, new: NewTrial) -> None:
    place = {"calibration_id": new.calibration_id, "gesture": new.gesture, "repetition": new.repetition}
    rows = update(TrialRow).filter_by(**place, arm_position=new.arm_position, state="kept")
    session.execute(rows.values(state="replaced"))


def trial_row(new: NewTrial, user_id: str, windows: int) -> TrialRow:
    """The row of a trial of now, whose file is not written yet."""
    trial_id = uuid4().hex
    return TrialRow(
        id=trial_id,
        calibration_id=new.calibration_id,
        gesture=new.gesture,
        repetition=new.repetition,
        arm_position=new.arm_position,
        state=new.state,
        reason=new.reason,
        quality=new.quality or {},
        windows=windows,
        file=f"users/{user_id}/trials/{trial_id}.safetensors",
        created=now(),
    )


def encode_trial(data: TrialData, *, raw: bool) -> bytes:
    """The bytes of its file."""
    arrays: dict[str, npt.NDArray[Any]] = {
        "features": np.ascontiguousarray(data.features, np.float32),  # safetensors takes the bytes as they lie
        "last_samples": np.ascontiguousarray(data.last_samples, np.int64),
    }
    more = {"amplitudes": data.amplitudes, "images": data.images, "raw": data.raw if raw else None}
    for name, values in more.items():
        if values is not None:
            arrays[name] = np.ascontiguousarray(values, np.float32)
    return save(arrays)
