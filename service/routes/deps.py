"""What handlers ask for."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends
from fastapi.requests import HTTPConnection

from service.live import Live


def _streams(connection: HTTPConnection) -> Mapping[str, Live]:
    streams: Mapping[str, Live] = connection.app.state.streams
    return streams


Streams = Annotated[Mapping[str, Live], Depends(_streams)]


def unknown_stream(name: str, streams: Mapping[str, Live]) -> str:
    """Why there is no such stream, and which there are."""
    return f"no stream {name!r}; running: {', '.join(streams) or 'none'}"
