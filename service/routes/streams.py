"""Streams: which are there, one more, one less, another model."""

import asyncio

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from service.live import Live
from service.messages import StreamInfo
from service.routes.deps import DataDir, Desk, Stream, Streams
from service.routes.refusals import refused
from service.streams import (
    AnswerOrder,
    StreamOrder,
    in_own_thread,
    language_model_for_client,
    make_live,
    model_for_client,
    recognizer_for,
    source_for_client,
)

router = APIRouter(prefix="/v1/streams", tags=["streams"])
REFUSED = refused(404, 409, 422)


class ModelOrder(AnswerOrder):
    """Another model for a stream, and how its windows become decisions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = Field(max_length=200, description="Name of a model.")


class Removed(BaseModel):
    """A stream that is gone, as it was at the end."""

    stream: StreamInfo


@router.get("")
async def list_streams(streams: Streams) -> list[StreamInfo]:
    """All streams."""
    return [stream.describe() for stream in streams.values()]


@router.get("/{stream}", responses=REFUSED)
async def get_stream(live: Stream) -> StreamInfo:
    """One stream."""
    return live.describe()


@router.post("", status_code=201, responses=REFUSED)
async def add_stream(order: StreamOrder, streams: Streams, desk: Desk, data_dir: DataDir) -> StreamInfo:
    """Open a device, check that the model fits it, and serve it under a name of its own."""

    def opened() -> Live:
        source = source_for_client(order.source, data_dir)
        language = language_model_for_client(order.language_model, data_dir)
        allowed = order.model_copy(update={"source": source, "language_model": language})
        live = make_live(allowed, model_for_client(order.model, data_dir))
        live.open()
        return live

    with streams.opening(order.name):
        live = await in_own_thread(opened)
    try:
        if order.user:
            await asyncio.to_thread(desk.dress, live, order.user)
        streams.add(live)
    except Exception:
        await asyncio.to_thread(live.stop)
        raise
    return live.describe()


@router.put("/{stream}/model", responses=REFUSED)
def change_model(order: ModelOrder, live: Stream, desk: Desk, data_dir: DataDir) -> StreamInfo:
    """Answer with another model, and its head for everybody; subscribers receive a new hello."""
    model = model_for_client(order.model, data_dir)  # takes a while, in which a calibration may begin
    recognizer = recognizer_for(model, order, language_model_for_client(order.language_model, data_dir))
    desk.require_idle(live)
    live.use(recognizer)
    return live.describe()


@router.delete("/{stream}", responses=REFUSED)
async def remove_stream(live: Stream, streams: Streams, desk: Desk) -> Removed:
    """Close a device; its subscribers are sent away, its recording is closed."""
    desk.require_idle(live)
    streams.remove(live.name)
    await asyncio.to_thread(live.stop)
    return Removed(stream=live.describe())
