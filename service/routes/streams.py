"""Which streams are there?"""

from fastapi import APIRouter, HTTPException

from service.messages import Problem, StreamInfo
from service.routes.deps import Streams, unknown_stream

router = APIRouter(prefix="/v1/streams", tags=["streams"])


@router.get("")
async def list_streams(streams: Streams) -> list[StreamInfo]:
    """All streams."""
    return [stream.describe() for stream in streams.values()]


@router.get("/{stream}", responses={404: {"model": Problem}})
async def get_stream(stream: str, streams: Streams) -> StreamInfo:
    """One stream."""
    if stream not in streams:
        raise HTTPException(404, unknown_stream(stream, streams))
    return streams[stream].describe()
