"""The websocket for those who look: the signal as min/max envelopes in binary frames, and how each electrode sits."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, cast

from fastapi import APIRouter, WebSocket
from pydantic import BaseModel, ConfigDict, Field

from service.calibrations.messages import QualityFrame
from service.envelope import Layout
from service.live import Live
from service.routes.deps import Streams
from service.routes.predictions import STREAM_REMOVED, deny, left_or_sent_away, stream_and_query
from service.screen import Screen
from service.signal_messages import SignalLayout
from service.streams import Streams as Running
from service.wire import EXTENSION, LINGER_S, Wire, binary_frame, websocket_frame

router = APIRouter()

#: Seconds between two judgements of the electrodes.
QUALITY_S: Final = 0.5
#: Lookers of one stream: each costs spectra of every channel.
MOST: Final = 16


class SignalOrder(BaseModel):
    """How the signal shall be drawn, in the query of the address."""

    model_config = ConfigDict(extra="forbid")

    points: int = Field(default=4, ge=1, le=64, description="Columns of a frame.")
    hz: float = Field(
        default=30, ge=1, le=60, allow_inf_nan=False, description="Frames a second, as near as whole samples allow."
    )
    ticket: str | None = Field(default=None, description="For browsers, which can send no token: POST /v1/tickets.")


@router.websocket("/v1/streams/{stream}/signal")
async def signal(websocket: WebSocket, stream: str, streams: Streams) -> None:
    """Send envelopes and electrode lights of a stream. What the client sends is ignored, except its leaving."""
    if (found := await stream_and_query(websocket, streams, stream, SignalOrder)) is None:
        return
    live, order = found
    lookers: Counter[Live] = websocket.app.state.lookers
    if lookers[live] >= MOST:
        await deny(websocket, 503, f"{MOST} look at {stream} already: close a page, or try again later")
        return
    lookers[live] += 1
    try:
        await websocket.accept()
        await _serve(websocket, live, streams, order)
    finally:
        lookers[live] -= 1
        lookers += Counter()  # forgets those that nobody looks at


async def _serve(websocket: WebSocket, live: Live, streams: Running, order: SignalOrder) -> None:
    wire = cast(Wire, websocket.scope["extensions"][EXTENSION])
    gone = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        showing = tasks.create_task(_show(live, order, wire))
        watching = tasks.create_task(_until_removed(live, streams, gone))
        sent_away = await left_or_sent_away(websocket, gone)
        showing.cancel()
        watching.cancel()
    if sent_away:
        with suppress(TimeoutError):  # one who does not read is not told
            async with asyncio.timeout(LINGER_S):
                await websocket.close(STREAM_REMOVED, f"stream {live.name} is no longer served")


async def _show(live: Live, order: SignalOrder, wire: Wire) -> None:
    """Begin anew whenever a device comes that calls its channels otherwise, or a model with another filter."""
    while True:
        seen = info, spec = live.info, live.answers.spec
        layout = Layout.of(info.rate_hz, len(info.channels), order.hz, order.points)
        screen = Screen(layout, spec.filters)
        wire.write(websocket_frame(SignalLayout.of(live.name, info, layout), "json"))
        with heard(live, screen):
            async with asyncio.TaskGroup() as tasks:
                drawing = tasks.create_task(_envelopes(screen, wire))
                while (live.info, live.answers.spec) == seen:
                    await _judge(screen, live, wire)
                drawing.cancel()


@contextmanager
def heard(live: Live, screen: Screen) -> Iterator[None]:
    """Let the screen hear the stream. Both ends wait for its reader, so neither is done on the event loop."""
    loop = asyncio.get_running_loop()
    listening = loop.run_in_executor(None, live.listen, screen)
    try:
        yield
    finally:  # not before it began, however short it was
        listening.add_done_callback(lambda _: loop.run_in_executor(None, live.leave, screen))


async def _envelopes(screen: Screen, wire: Wire) -> None:
    while True:
        await screen.block()
        if wire.clear:  # else chunks wait in the basket, the oldest not for long
            blocks = [binary_frame(block.bytes(screen.layout.column)) for block in screen.blocks()]
            wire.write(b"".join(blocks))


async def _judge(screen: Screen, live: Live, wire: Wire) -> None:
    await asyncio.sleep(QUALITY_S)
    quality = await screen.quality()
    if quality is not None and wire.clear:
        wire.write(websocket_frame(QualityFrame.of(quality, live.interpolated), "json"))


async def _until_removed(live: Live, streams: Running, gone: asyncio.Event) -> None:
    while streams.get(live.name) is live:
        await asyncio.sleep(QUALITY_S)
    gone.set()
