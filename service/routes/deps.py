"""What handlers ask for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from fastapi import Depends, HTTPException
from fastapi.requests import HTTPConnection

from service.calibrations import Calibrations
from service.live import Live


def _streams(connection: HTTPConnection) -> Mapping[str, Live]:
    streams: Mapping[str, Live] = connection.app.state.streams
    return streams


Streams = Annotated[Mapping[str, Live], Depends(_streams)]


def _stream(stream: str, streams: Streams) -> Live:
    if stream not in streams:
        raise HTTPException(404, unknown_stream(stream, streams))
    return streams[stream]


Stream = Annotated[Live, Depends(_stream)]


def _data_dir(connection: HTTPConnection) -> Path:
    data_dir: Path = connection.app.state.data_dir
    return data_dir


DataDir = Annotated[Path, Depends(_data_dir)]


def _desk(connection: HTTPConnection) -> Calibrations:
    desk: Calibrations = connection.app.state.calibrations
    return desk


Desk = Annotated[Calibrations, Depends(_desk)]


def unknown_stream(name: str, streams: Mapping[str, Live]) -> str:
    """Why there is no such stream, and which there are."""
    return f"no stream {name!r}; running: {', '.join(streams) or 'none'}"
