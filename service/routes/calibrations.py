"""Calibrations: start, watch, steer, accept. Plain functions: they wait for the calibration's own thread."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, WebSocket
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.websockets import WebSocketDisconnect

from calibration.errors import CalibrationError
from service.calibrations.calibrator import Calibrator
from service.calibrations.events import Listener
from service.calibrations.messages import CalibrationInfo
from service.calibrations.register import CalibrationOrder, Name
from service.routes.deps import Desk
from service.routes.predictions import until_left
from service.routes.refusals import refused

router = APIRouter(prefix="/v1/calibrations", tags=["calibrations"])
REFUSED = refused(404, 409, 503)


class More(BaseModel):
    """Gestures to be held once more."""

    model_config = ConfigDict(extra="forbid")

    gestures: Annotated[list[Name], Field(min_length=1, max_length=32)]


class Tryout(BaseModel):
    """Whether the fitted head shall be tried."""

    model_config = ConfigDict(extra="forbid")

    on: bool = Field(description="True: the stream answers with it. False: with the head of before again.")


@router.get("", responses=REFUSED)
def list_calibrations(desk: Desk) -> list[CalibrationInfo]:
    """All that are not over, the newest first; not attached are those that were interrupted, and can be resumed."""
    return desk.open()


@router.post("", status_code=201, responses=REFUSED)
def start(order: CalibrationOrder, desk: Desk) -> CalibrationInfo:
    """Start a calibration; it checks the signal and then asks for the first gesture at once."""
    return desk.start(order)


@router.get("/{calibration}", responses=REFUSED)
def get_calibration(calibration: str, desk: Desk) -> CalibrationInfo:
    """How a calibration stands."""
    return desk.describe(calibration)


@router.post("/{calibration}/pause", responses=REFUSED)
def pause(calibration: str, desk: Desk) -> CalibrationInfo:
    """Ask nothing until resumed; a half trial is asked again."""
    return desk.running(calibration).do("pause")


@router.post("/{calibration}/resume", responses=REFUSED)
def resume(calibration: str, desk: Desk) -> CalibrationInfo:
    """Go on after a pause, or after a restart of the service."""
    return desk.resume(calibration)


@router.post("/{calibration}/done", responses=REFUSED)
def done(calibration: str, desk: Desk) -> CalibrationInfo:
    """The user is through with what was asked: the hold ends now. Of text and events only."""
    return desk.running(calibration).do("done")


@router.post("/{calibration}/redo", responses=REFUSED)
def redo(calibration: str, desk: Desk) -> CalibrationInfo:
    """Hold the trial under way again, or between two trials the last one."""
    return desk.running(calibration).do("redo")


@router.post("/{calibration}/skip", responses=REFUSED)
def skip(calibration: str, desk: Desk) -> CalibrationInfo:
    """Do without the trial that is asked or comes next."""
    return desk.running(calibration).do("skip")


@router.post("/{calibration}/abort", responses=REFUSED)
def abort(calibration: str, desk: Desk) -> CalibrationInfo:
    """Give up; what is stored stays until the user is deleted."""
    return desk.abort(calibration)


@router.post("/{calibration}/extend", responses=REFUSED)
def extend(calibration: str, more: More, desk: Desk) -> CalibrationInfo:
    """One more trial of these gestures; the head is fitted again after them."""
    return desk.running(calibration).extend(more.gestures)


@router.post("/{calibration}/fit", responses=REFUSED)
def fit(calibration: str, desk: Desk) -> CalibrationInfo:
    """Fit again, after a fit that failed; the first comes by itself after the last trial."""
    return desk.running(calibration).fit()


@router.post("/{calibration}/try", responses=REFUSED)
def try_head(calibration: str, wish: Tryout, desk: Desk) -> CalibrationInfo:
    """Have the stream answer with the fitted head before it is accepted, or with the head of before again.

    The trial of it ends by itself with accept, abort, one more trial of a gesture, and when somebody chooses another
    head for the stream.
    """
    return desk.running(calibration).try_head(wish.on)


@router.post("/{calibration}/accept", responses=REFUSED)
def accept(calibration: str, desk: Desk) -> CalibrationInfo:
    """Make the fitted head the user's next version; the stream uses it from the next prediction on."""
    return desk.running(calibration).accept()


@router.websocket("/{calibration}/events")
async def events(websocket: WebSocket, calibration: str, desk: Desk) -> None:
    """How the calibration stands, then everything that happens to it. What the client sends is ignored."""
    try:
        calibrator = await asyncio.to_thread(desk.running, calibration)
    except CalibrationError as error:
        await websocket.send_denial_response(JSONResponse({"detail": str(error)}, status_code=404))
        return
    await websocket.accept()
    with calibrator.events.subscribe() as listener:
        sending = asyncio.create_task(_send(websocket, calibrator, listener))
        try:
            await until_left(websocket)
        finally:
            sending.cancel()


async def _send(websocket: WebSocket, calibrator: Calibrator, listener: Listener) -> None:
    try:
        await websocket.send_text(calibrator.describe().model_dump_json())
        while (text := await listener.next()) is not None:
            await websocket.send_text(text)
        await websocket.close(*((1013, "too slow: join again") if listener.too_slow else (1000, "it is over")))
    except WebSocketDisconnect:
        return  # until_left hears of it too
