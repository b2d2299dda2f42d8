"""What takes long with a recording, in a process beside: its envelope; one at a time, answers of a model, and BIDS."""

import asyncio
import shutil
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, Response
from pydantic import Field
from starlette.background import BackgroundTask

from calibration.errors import PlanInvalid
from drivers.recordings.bids import BidsName
from models.any_model import require_gestures
from models.runtime import Model
from service.calibrations.register import Calibrations
from service.errors import TooLong
from service.messages import EVERYBODY, HeadInfo
from service.recordings import bids_archive, offline
from service.recordings.messages import Decisions
from service.routes.deps import Aside, DataDir, Desk, Recordings
from service.routes.refusals import refused
from service.streams import DecisionOrder, model_for_client, models_for_clients

T = TypeVar("T")

router = APIRouter(prefix="/v1/recordings/{name}", tags=["recordings"])
REFUSED: Final = refused(404, 409, 413, 422, 503)
ZIP: Final = "application/zip"
BINARY: Final = "application/octet-stream"
_LOOK_S: Final = 0.25
"""How often it is looked whether somebody still waits."""

Label = Annotated[str, Query(pattern="^[0-9A-Za-z]{1,64}$")]


class DecisionsOrder(DecisionOrder):
    """Who shall answer, and how windows become decisions."""

    model: str = Field(max_length=200, description="Name of a model.")
    user: str | None = Field(
        default=None, min_length=1, max_length=64, description="Whose head to use; not given: everybody's."
    )


@router.get(
    "/envelope",
    responses={**REFUSED, 200: {"content": {BINARY: {}}, "description": "Blocks, one after the other."}},
    response_class=Response,
)
async def envelope(
    name: str,
    request: Request,
    recordings: Recordings,
    start_s: Annotated[float, Query(ge=0, allow_inf_nan=False)] = 0.0,
    stop_s: Annotated[float | None, Query(gt=0, allow_inf_nan=False, description="Not given: to the end.")] = None,
    columns: Annotated[int, Query(ge=1, le=4000, description="At most; of equally many samples, at least one.")] = 1000,
) -> Response:
    """The least and the greatest values of each channel, column by column, behind a filter of 20 to 450 Hz.

    Blocks as the websocket of the signal sends them, see /asyncapi.json, here one after the other and of any number of
    columns; the index in them counts from the recording's first sample. The last column may have fewer samples, and
    where samples are missing there is none.
    """
    opened = await run_in_threadpool(recordings.open, name)
    end_s = opened.length_s if stop_s is None else min(stop_s, opened.length_s)
    start, stop = (opened.index(seconds) - opened.first for seconds in (start_s, end_s))
    if stop <= start:
        raise HTTPException(422, "query.stop_s: it has to come after start_s: choose a longer part")
    column = -(-(stop - start) // columns)
    blocks = await _while_waited_for(request, recordings.envelope(opened, start, stop, column))
    return Response(blocks, media_type=BINARY)


@router.get("/decisions", responses=REFUSED, response_model=Decisions)
async def decisions(
    name: str,
    order: Annotated[DecisionsOrder, Query()],
    request: Request,
    recordings: Recordings,
    aside: Aside,
    desk: Desk,
    data_dir: DataDir,
) -> Response:
    """What a model answers to a recording, by the same pipeline as live, and how well that agrees with its labels.

    At most half an hour of signal, one recording at a time; leaving ends it. A label is a marker with a gesture's name,
    up to the next marker, or a trial of a calibration that was recorded.
    """

    def prepared() -> tuple[offline.Order, HeadInfo, float]:
        recordings.find_finished(name)
        opened = recordings.open(name)
        model = require_gestures(model_for_client(order.model, data_dir))
        info = opened.info
        model.spec.require(info.rate_hz, len(info.channels), info.unit, info.grid)
        offline.require_short(opened, model.spec.hop_ms)
        head, worn = _head(desk, model, order.user)
        decision = order.spec(model.spec)
        known = models_for_clients(data_dir)[order.model]
        words = tuple(opened.words)
        wanted = offline.Order(opened.path, known, head, decision, words, opened.first, opened.stop)
        return wanted, worn, opened.length_s

    wanted, worn, length_s = await run_in_threadpool(prepared)
    told = (wanted, name, order.model, worn, length_s)
    found = await _while_waited_for(request, aside.run(offline.PATIENCE_S, offline.answer_in_json, *told))
    return Response(found, media_type="application/json")


def _head(desk: Calibrations, model: Model, user: str | None) -> tuple[bytes | None, HeadInfo]:
    """The file of a user's head. Raises ``UserUnknown``, and ``PlanInvalid`` where there is none for the model."""
    if user is None:
        return None, EVERYBODY
    desk.store.users.get(user)
    active = desk.store.heads.active(user, model.encoder.fingerprint)
    if active is None:
        raise PlanInvalid(f"user {user!r} has no head for {model.spec.name}: calibrate first, or leave the user out")
    return desk.store.heads.read(active), HeadInfo(user=user, version=active.version)


@router.get(
    "/bids",
    responses={**REFUSED, 200: {"content": {ZIP: {}}, "description": "The data set."}},
    response_class=FileResponse,
)
async def bids(
    name: str,
    request: Request,
    recordings: Recordings,
    aside: Aside,
    data_dir: DataDir,
    subject: Label = "01",
    task: Label = "gestures",
    session: Label | None = None,
    form: Annotated[Literal["bdf", "edf"], Query(alias="format", description="24 or 16 bits in a sample.")] = "bdf",
) -> FileResponse:
    """The recording as a data set in the EMG-BIDS layout; of recordings up to 256 MiB, one at a time."""
    path = await asyncio.to_thread(recordings.find_finished, name)
    if path.stat().st_size > bids_archive.MOST_BYTES:
        raise TooLong(f"{name} is larger than {bids_archive.MOST_BYTES >> 20} MiB: use palmaris export")
    place = await asyncio.to_thread(bids_archive.make_place, data_dir)
    order = bids_archive.Order(path, BidsName(subject, task, session), f".{form}", place)
    try:
        packed = await _while_waited_for(request, aside.run(bids_archive.PATIENCE_S, bids_archive.archive, order))
    except BaseException:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, place, ignore_errors=True))
        raise
    clear = BackgroundTask(shutil.rmtree, place, ignore_errors=True)
    return FileResponse(packed, media_type=ZIP, filename=f"{Path(name).stem}-bids.zip", background=clear)


async def _while_waited_for(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What the work gives, which is given up as soon as nobody waits for it any more."""
    task = asyncio.create_task(work)
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=_LOOK_S)
            if await request.is_disconnected():
                raise HTTPException(503, "nobody waited for the answer: ask again", {"Retry-After": "1"})
        return task.result()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await asyncio.shield(task)
