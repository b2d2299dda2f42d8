"""What handlers ask for."""

import asyncio
from pathlib import Path
from typing import Annotated

from fastapi import Depends
from fastapi.requests import HTTPConnection

import service.streams
from service.calibrations import Calibrations
from service.live import Live


def _streams(connection: HTTPConnection) -> service.streams.Streams:
    streams: service.streams.Streams = connection.app.state.streams
    return streams


Streams = Annotated[service.streams.Streams, Depends(_streams)]


def _stream(stream: str, streams: Streams) -> Live:
    return streams.find(stream)


Stream = Annotated[Live, Depends(_stream)]


def _data_dir(connection: HTTPConnection) -> Path:
    data_dir: Path = connection.app.state.data_dir
    return data_dir


DataDir = Annotated[Path, Depends(_data_dir)]


def _desk(connection: HTTPConnection) -> Calibrations:
    desk: Calibrations = connection.app.state.calibrations
    return desk


Desk = Annotated[Calibrations, Depends(_desk)]


def _upload(connection: HTTPConnection) -> asyncio.Lock:
    upload: asyncio.Lock = connection.app.state.upload
    return upload


Upload = Annotated[asyncio.Lock, Depends(_upload)]
