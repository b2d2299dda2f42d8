"""A recording as a BIDS data set in one zip; made in a process beside, see ``aside.py``."""

import shutil
import tempfile
import time
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.errors import RecordingError
from drivers.recordings.bids import BidsName, export_bids
from drivers.recordings.formats import open_recording
from drivers.recordings.native import NativeRecording

#: Bytes of the largest recording that is exported on request, and how long that may take.
MOST_BYTES: Final = 256 << 20
PATIENCE_S: Final = 300.0

#: How the folders begin in which archives are made, and after how many seconds nobody can be at work in one any more.
PLACE: Final = "export-"
LEFT_S: Final = 6 * 3600.0

#: Of the data set, which is named after it.
FOLDER: Final = "bids"


@dataclass(frozen=True, slots=True)
class Order:
    """What shall be made of which recording."""

    file: Path
    name: BidsName
    suffix: str
    """``.bdf`` or ``.edf``"""
    place: Path
    """An empty folder to work in."""


def make_place(data_dir: Path) -> Path:
    """An empty folder, and none is left of those that a service which was killed had to leave behind."""
    for left in data_dir.glob(f"{PLACE}*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > LEFT_S:
                shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=PLACE, dir=data_dir))


def archive(order: Order) -> Path:
    """Make the zip; where it lies. Raises ``RecordingError``."""
    recording = open_recording(order.file)
    started = recording.started if isinstance(recording, NativeRecording) else None
    folder = order.place / FOLDER
    export_bids(recording, folder, order.name, order.suffix, started)
    packed = order.place / "bids.zip"
    try:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                target.write(path, path.relative_to(order.place))
                path.unlink()  # its copy is on the same disk
    except OSError as error:
        raise RecordingError(f"the archive cannot be written ({error.strerror}): free space, then try again") from error
    return packed
