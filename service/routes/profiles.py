"""A user as one file, and gestures edited without recording. What takes onnx is imported when it is first needed."""

import asyncio
from importlib.util import find_spec
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from calibration.errors import CalibrationError, ProfileInvalid
from calibration.profile_archive import MOST_BYTES
from service.calibrations.messages import HeadVersion, UserInfo
from service.calibrations.register import Name
from service.routes.deps import Desk, Streams, Upload
from service.routes.users import REFUSED, UserName

router = APIRouter(prefix="/v1/users/{user}", tags=["users"])
ZIP = "application/zip"
_FILE: dict[str, Any] = {ZIP: {"schema": {"type": "string", "format": "binary"}}}


def _printable(name: str) -> str:
    if not name.strip() or not name.isprintable():
        raise ValueError("give printable characters")
    return name


Gesture = Annotated[Name, AfterValidator(_printable)]


class Edit(BaseModel):
    """What shall become of the gestures of a head."""

    model_config = ConfigDict(extra="forbid")

    stream: Name = Field(default="default", description="The head of the user on the model of this stream.")
    rename: Annotated[dict[Name, Gesture], Field(max_length=100)] = Field(default={}, description="Old name: new name.")
    remove: Annotated[list[Name], Field(max_length=100)] = []


@router.get(
    "/profile", responses={**REFUSED, 200: {"content": _FILE, "description": "The file."}}, response_class=Response
)
def export_profile(user: UserName, desk: Desk, trials: bool = False) -> Response:
    """Everything of a user that another machine needs; with trials, it can calibrate incrementally there too."""
    _require_onnx()
    from service.profiles import export_profile as export

    content = export(desk.store, user, with_trials=trials)
    return Response(content, 200, {"Content-Disposition": f'attachment; filename="{user}.profile.zip"'}, ZIP)


@router.post(
    "/profile",
    status_code=201,
    responses=REFUSED,
    openapi_extra={"requestBody": {"content": _FILE, "required": True}},
)
async def import_profile(user: UserName, request: Request, desk: Desk, streams: Streams, upload: Upload) -> UserInfo:
    """Store an exported file under this name, which must be new or have nothing yet; one at a time."""
    _require_onnx()
    from service.profiles import import_profile as take

    if upload.locked():  # a profile is large, and is in memory several times while it is unpacked
        raise HTTPException(503, "another profile is being stored: try again in some seconds", {"Retry-After": "5"})
    async with upload:
        content = await _body(request)
        return UserInfo.of(await asyncio.to_thread(lambda: take(desk.store, [*streams.values()], user, content)))


@router.patch("/gestures", responses=REFUSED)
def edit_gestures(user: UserName, edit: Edit, desk: Desk, streams: Streams) -> HeadVersion:
    """Rename and remove gestures; streams that use a head of this user change at once."""
    _require_onnx()
    from service.gestures import edit_gestures as apply

    head = apply(desk.store, streams.find(edit.stream), user, edit.rename, edit.remove)
    desk.refresh(user)
    return HeadVersion.of(head, active=True)


async def _body(request: Request) -> bytes:
    """The body, as far as a profile may go. Raises ``ProfileInvalid`` as soon as it goes further."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > MOST_BYTES:
            raise ProfileInvalid(f"the profile is larger than {MOST_BYTES >> 20} MiB: export it without its trials")
    return bytes(content)


def _require_onnx() -> None:
    if find_spec("onnx") is None:
        raise CalibrationError("this needs onnx: pip install 'palmaris[train]', then start the service again")
