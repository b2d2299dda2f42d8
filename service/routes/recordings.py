"""The record button: start, mark, stop. Plain functions: they wait for the disk, so they run beside the event loop."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from drivers.errors import RecordingError
from service.messages import Problem, RecordingInfo
from service.routes.deps import DataDir, Stream

router = APIRouter(prefix="/v1", tags=["recordings"])
BUTTON = "/streams/{stream}/recording"
REFUSED: dict[int | str, dict[str, Any]] = {404: {"model": Problem}, 409: {"model": Problem}}


class Word(BaseModel):
    """A word for the recording."""

    text: Annotated[str, Field(min_length=1, max_length=200)]


class StoredRecording(BaseModel):
    """A recording in the data directory."""

    name: str = Field(description="File name; replay://NAME is a source that plays it.")
    size: int = Field(description="Bytes.")
    changed: datetime = Field(description="When it was last written to.")


@router.get("/recordings")
def list_recordings(data_dir: DataDir) -> list[StoredRecording]:
    """What was recorded here, the newest first."""
    found = [(path.name, path.stat()) for path in (data_dir / "recordings").glob("*") if path.is_file()]
    return [
        StoredRecording(name=name, size=stat.st_size, changed=datetime.fromtimestamp(stat.st_mtime, UTC))
        for name, stat in sorted(found, key=lambda item: item[1].st_mtime, reverse=True)
    ]


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
