"""The raw signal goes when its user no longer consents.

New files without it are written first, then consent and rows change in one transaction, then the old files go. So a
process that is killed leaves either everything as it was, or files that no row names, which the next start removes.
"""

from contextlib import ExitStack
from uuid import uuid4

from safetensors import SafetensorError
from safetensors.numpy import load, save
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from calibration.errors import StoreDamaged
from calibration.store.explain import explained
from calibration.store.files import Files, sync_folder
from calibration.store.tables import CalibrationRow, TrialRow


def drop_raw(session: Session, files: Files, user_id: str, written: ExitStack) -> None:
    """Let the rows of all trials of a locked user name files without raw signal; ``written`` takes back on an error.

    Raises:
        StoreDamaged: a trial is not what was stored.
    """
    for row in session.scalars(_trials_of(user_id)).all():
        content = _without_raw(files.read(row.file, row.sha256), row.file)
        if content is not None:
            row.file = f"users/{user_id}/trials/{uuid4().hex}.safetensors"
            row.sha256 = written.enter_context(files.adding(row.file, content))
    session.flush()


def remove_strays(session: Session, files: Files, user_id: str) -> None:
    """Remove files of trials that no row names; only while nobody writes."""
    named = {files.path(row.file) for row in session.scalars(_trials_of(user_id))}
    folder = files.path(f"users/{user_id}/trials")
    with explained(str(folder)):
        strays = set(folder.glob("*.safetensors")) - named
        for path in strays:
            path.unlink()
        if strays:
            sync_folder(folder)


def _trials_of(user_id: str) -> Select[TrialRow]:
    rows = select(TrialRow).join(CalibrationRow, TrialRow.calibration_id == CalibrationRow.id)
    return rows.where(CalibrationRow.user_id == user_id)


def _without_raw(content: bytes, name: str) -> bytes | None:
    try:
        arrays = load(content)
    except SafetensorError as error:
        raise StoreDamaged(f"{name} is no trial: take it from a backup, or delete the user") from error
    if arrays.pop("raw", None) is None:
        return None
    smaller: bytes = save(arrays)
    return smaller
