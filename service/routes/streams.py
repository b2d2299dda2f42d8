"""Which streams are there?"""

from fastapi import APIRouter

from service.messages import Problem, StreamInfo
from service.routes.deps import Stream, Streams

router = APIRouter(prefix="/v1/streams", tags=["streams"])


@router.get("")
async def list_streams(streams: Streams) -> list[StreamInfo]:
    """All streams."""
    return [stream.describe() for stream in streams.values()]


@router.get("/{stream}", responses={404: {"model": Problem}})
async def get_stream(live: Stream) -> StreamInfo:
    """One stream."""
    return live.describe()
