"""Recordings: the button that makes them, and what is done with them later.

Plain functions: they wait for the disk, so they run beside the event loop.
"""

from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, HTTPException
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from drivers.errors import RecordingError
from service.messages import RecordingInfo
from service.recordings.messages import NewMarker, RecordingDetail, Rename, StoredRecording
from service.routes.deps import DataDir, Recordings, Stream
from service.routes.refusals import refused

router = APIRouter(prefix="/v1", tags=["recordings"])
BUTTON: Final = "/streams/{stream}/recording"
ONE: Final = "/recordings/{name}"
BINARY: Final = "application/octet-stream"
REFUSED = refused(404, 409)


class Word(BaseModel):
    """A word for the recording."""

    text: Annotated[str, Field(min_length=1, max_length=200)]


Marker = Annotated[int, PathParameter(ge=0, lt=2**63)]


@router.get("/recordings")
def list_recordings(recordings: Recordings) -> list[StoredRecording]:
    """What was recorded here, the newest first; what cannot be read is listed with its problem."""
    return recordings.all()


@router.get(ONE, responses=REFUSED)
def get_recording(name: str, recordings: Recordings) -> RecordingDetail:
    """Everything that is known of a recording but for its samples: its head, its markers, what they name."""
    return recordings.describe(name)


@router.get(
    f"{ONE}/file",
    responses={**REFUSED, 200: {"content": {BINARY: {}}, "description": "The file."}},
    response_class=FileResponse,
)
def download(name: str, recordings: Recordings) -> FileResponse:
    """The file itself, markers that were added later included."""
    return FileResponse(recordings.find_finished(name), media_type=BINARY, filename=name)


@router.delete(ONE, status_code=204, responses=REFUSED)
def delete(name: str, recordings: Recordings) -> None:
    """Remove a recording for good."""
    recordings.remove(name)


@router.post(f"{ONE}/markers", status_code=201, responses=REFUSED)
def add_marker(name: str, new: NewMarker, recordings: Recordings) -> RecordingDetail:
    """Label a moment, or a part, of a recording that is finished; nothing that was recorded is changed."""
    return recordings.mark(name, new)


@router.patch(f"{ONE}/markers/{{marker}}", responses=REFUSED)
def rename_marker(name: str, marker: Marker, to: Rename, recordings: Recordings) -> RecordingDetail:
    """Give a marker another word; the file keeps what it was."""
    return recordings.rename(name, marker, to.text)


@router.delete(f"{ONE}/markers/{{marker}}", responses=REFUSED)
def remove_marker(name: str, marker: Marker, recordings: Recordings) -> RecordingDetail:
    """Take a marker back; the file keeps what it was."""
    return recordings.unmark(name, marker)


@router.post(BUTTON, status_code=201, responses=REFUSED)
def start(live: Stream, data_dir: DataDir) -> RecordingInfo:
    """Record every sample of the stream from now on."""
    folder = data_dir / "recordings"
    name = f"{live.name}-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.palmaris"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return live.record(folder / name)
    except OSError as error:
        raise HTTPException(409, f"cannot record in {folder} ({error.strerror}): choose another --data-dir") from error
    except RecordingError as error:
        raise HTTPException(409, str(error)) from error


@router.post(f"{BUTTON}/markers", status_code=204, responses=REFUSED)
def mark(live: Stream, word: Word) -> None:
    """Put a word into the recording, at the newest sample."""
    try:
        live.mark(word.text)
    except RecordingError as error:
        raise HTTPException(409, str(error)) from error


@router.delete(BUTTON, responses=REFUSED)
def stop(live: Stream) -> RecordingInfo:
    """Close the recording; answers once everything is on disk."""
    try:
        return live.tape.stop()
    except RecordingError as error:
        raise HTTPException(409, str(error)) from error
