"""The websocket: hello, then predictions and status, until either side leaves."""

import asyncio
from contextlib import suppress
from typing import TypeVar, cast

from fastapi import APIRouter, WebSocket
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.errors import StreamUnknown
from service.hub import Decisions, Item, Wish
from service.live import Live
from service.routes.deps import Streams
from service.streams import Streams as Running
from service.wire import EXTENSION, LINGER_S, Format, Wire, websocket_frame

router = APIRouter()
Query = TypeVar("Query", bound=BaseModel)

#: Close codes (RFC 6455, 7.4.1): the stream is no longer served.
STREAM_REMOVED = 1008


class Subscription(BaseModel):
    """What a subscriber may ask for, in the query of the address."""

    model_config = ConfigDict(extra="forbid")

    decisions: Decisions = Field(
        default="smoothed", description="raw: of each window alone, without smoothing, rejection by memory and hold."
    )
    format: Format = Field(default="json", description="json: text frames; msgpack: the same objects as binary frames.")
    rate: float | None = Field(
        default=None,
        gt=0,
        le=1000,
        allow_inf_nan=False,
        description="Most predictions a second; those left out make seq jump. Everything else always comes.",
    )
    resume: int | None = Field(
        default=None,
        ge=-1,
        description="The last seq that was received: those after it come first, as far as they are remembered;"
        " -1: all that are. hello.run says whether seq still counts the same run.",
    )
    ticket: str | None = Field(default=None, description="For browsers, which can send no token: POST /v1/tickets.")


@router.websocket("/v1/streams/{stream}/predictions")
async def predictions(websocket: WebSocket, stream: str, streams: Streams) -> None:
    """Send every frame of a stream. What the client sends is ignored, except its leaving."""
    if (found := await stream_and_query(websocket, streams, stream, Subscription)) is None:
        return
    live, wanted = found
    await websocket.accept()
    wire = cast(Wire, websocket.scope["extensions"][EXTENSION])
    wish = Wish(wanted.decisions, wanted.format, wanted.rate)

    def send(item: Item) -> bool:
        if free := wire.clear:
            wire.write(item.bytes(wish))
        return free

    with live.hub.subscribe(wish, send) as subscriber:
        wire.write(_opening(live, wish, wanted.resume))
        wire.on_clear = subscriber.pump
        if await left_or_sent_away(websocket, subscriber.gone):
            with suppress(TimeoutError):  # one who does not read is not told
                async with asyncio.timeout(LINGER_S):
                    await websocket.close(STREAM_REMOVED, f"stream {stream} is no longer served")


async def stream_and_query(
    websocket: WebSocket, streams: Running, stream: str, kind: type[Query]
) -> tuple[Live, Query] | None:
    """The stream, and what the query of the address asks of it; ``None`` if the handshake was refused."""
    try:
        return streams.find(stream), kind.model_validate(dict(websocket.query_params))
    except StreamUnknown as error:
        await deny(websocket, 404, str(error))
    except ValidationError as error:
        first = error.errors()[0]
        await deny(websocket, 422, f"query.{first['loc'][0]}: {first['msg']}")
    return None


async def deny(websocket: WebSocket, status: int, why: str) -> None:
    """Refuse a handshake, in words."""
    await websocket.send_denial_response(JSONResponse({"detail": why}, status_code=status))


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
