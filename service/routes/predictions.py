"""The websocket: hello, then predictions and status, until either side leaves."""

import asyncio
from typing import Annotated, cast

from fastapi import APIRouter, Query, WebSocket
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from service.errors import StreamUnknown
from service.hub import Decisions, Subscriber, Wish
from service.live import Live
from service.routes.deps import Streams
from service.wire import EXTENSION, Format, Wire, websocket_frame

router = APIRouter()

#: Close codes (RFC 6455, 7.4.1): the stream is no longer served.
STREAM_REMOVED = 1008


class Subscription(BaseModel):
    """What a subscriber may ask for, in the query of the address."""

    model_config = ConfigDict(extra="ignore")  # a ticket is another's affair

    decisions: Decisions = "smoothed"
    format: Format = "json"
    rate: float | None = Field(default=None, gt=0, le=1000, allow_inf_nan=False)
    resume: int | None = Field(default=None, ge=-1)


@router.websocket("/v1/streams/{stream}/predictions")
async def predictions(
    websocket: WebSocket, stream: str, streams: Streams, wanted: Annotated[Subscription, Query()]
) -> None:
    """Send every frame of a stream. What the client sends is ignored, except its leaving."""
    try:
        live = streams.find(stream)
    except StreamUnknown as error:
        await websocket.send_denial_response(JSONResponse({"detail": str(error)}, status_code=404))
        return
    await websocket.accept()
    wire = cast(Wire, websocket.scope["extensions"][EXTENSION])
    wish = Wish(wanted.decisions, wanted.format, wanted.rate)
    with live.hub.subscribe(wish, lambda: pump(subscriber, wire)) as subscriber:
        wire.write(_opening(live, wish, wanted.resume))
        wire.on_clear = lambda: pump(subscriber, wire)
        if await left_or_sent_away(websocket, subscriber.gone):
            await websocket.close(STREAM_REMOVED, f"stream {stream} is no longer served")


def pump(subscriber: Subscriber, wire: Wire) -> None:
    """Write what waits, as long as it goes out at once."""
    while wire.clear and (item := subscriber.pop()) is not None:
        wire.write(item.bytes(subscriber.wish))


def _opening(live: Live, wish: Wish, resume: int | None) -> bytes:
    """Hello, and the history that was asked for: written together, before anything newer."""
    history = live.hub.since(resume) if resume is not None else []
    return websocket_frame(live.hello(), wish.format) + b"".join(item.bytes(wish) for item in history)


async def left_or_sent_away(websocket: WebSocket, gone: asyncio.Event) -> bool:
    """Wait until the client leaves, False, or has to, True."""
    leaving = asyncio.create_task(until_left(websocket))
    sent_away = asyncio.create_task(gone.wait())
    try:
        await asyncio.wait((leaving, sent_away), return_when=asyncio.FIRST_COMPLETED)
        return not leaving.done()
    finally:
        leaving.cancel()
        sent_away.cancel()


async def until_left(websocket: WebSocket) -> None:
    """Wait until the client leaves; whatever it sends is ignored."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass
