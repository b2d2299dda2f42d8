"""The websocket: hello, then predictions and status, until either side leaves."""

import asyncio

from fastapi import APIRouter, WebSocket
from fastapi.responses import JSONResponse
from starlette.websockets import WebSocketDisconnect

from service.hub import Subscriber
from service.routes.deps import Streams, unknown_stream

router = APIRouter()


@router.websocket("/v1/streams/{stream}/predictions")
async def predictions(websocket: WebSocket, stream: str, streams: Streams) -> None:
    """Send every frame of a stream. What the client sends is ignored, except its leaving."""
    if stream not in streams:
        problem = {"detail": unknown_stream(stream, streams)}
        await websocket.send_denial_response(JSONResponse(problem, status_code=404))
        return
    live = streams[stream]
    await websocket.accept()
    with live.hub.subscribe() as subscriber:
        await websocket.send_text(live.hello().model_dump_json())
        sending = asyncio.create_task(_send(websocket, subscriber))
        try:
            await until_left(websocket)
        finally:
            sending.cancel()


async def _send(websocket: WebSocket, subscriber: Subscriber) -> None:
    try:
        while True:
            _, text = await subscriber.next()
            await websocket.send_text(text)
    except WebSocketDisconnect:
        return  # until_left hears of it too


async def until_left(websocket: WebSocket) -> None:
    """Wait until the client leaves; whatever it sends is ignored."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass
