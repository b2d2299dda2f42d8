"""What an operator wants to know of the machine, beside what ``/healthz`` and ``/metrics`` say."""

import shutil
import time
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from fastapi import APIRouter
from fastapi.requests import Request
from pydantic import BaseModel, Field

from calibration.errors import CalibrationError
from service.calibrations.register import Calibrations
from service.routes.deps import DataDir, Desk

router = APIRouter(prefix="/v1/system", tags=["service"])


class Disk(BaseModel):
    """The disk below the data directory."""

    free_bytes: int
    total_bytes: int


class Database(BaseModel):
    """What is stored of users."""

    state: Literal["ok", "gone", "unopened"] = Field(
        description="unopened: it is opened when something of users is first asked for."
    )
    problem: str | None = Field(description="What is wrong, and what to do about it.")


class SystemInfo(BaseModel):
    """The service and what it stands on."""

    version: str
    uptime_s: float = Field(description="Since the service was started.")
    disk: Disk | None = Field(description="Null where it does not answer.")
    database: Database


@router.get("")
def system(request: Request, data_dir: DataDir, desk: Desk) -> SystemInfo:
    """Version, uptime, free disk, and whether the database answers."""
    return SystemInfo(
        version=version("palmaris"),
        uptime_s=time.monotonic() - request.app.state.since,
        disk=_disk(data_dir),
        database=_database(desk),
    )


def _disk(data_dir: Path) -> Disk | None:
    try:
        usage = shutil.disk_usage(data_dir)
    except OSError:
        return None
    return Disk(free_bytes=usage.free, total_bytes=usage.total)


def _database(desk: Calibrations) -> Database:
    """Whoever looks opens no database: that takes a while, and a lock that calibrations need."""
    store = desk.opened_store
    if store is None:
        return Database(state="unopened", problem=None)
    try:
        store.database.require_there()
    except CalibrationError as error:
        return Database(state="gone", problem=str(error))
    return Database(state="ok", problem=None)
