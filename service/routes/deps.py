"""What handlers ask for."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends
from fastapi.requests import HTTPConnection

import service.streams
from service.aside import Aside as OneAside
from service.calibrations.register import Calibrations
from service.live import Live
from service.model_shelf import ModelShelf
from service.recordings.shelf import Recordings as Stored


def _kept(name: str) -> Callable[[HTTPConnection], Any]:
    """Asks for what the app keeps under a name."""

    def get(connection: HTTPConnection) -> Any:
        return getattr(connection.app.state, name)

    return get


Streams = Annotated[service.streams.Streams, Depends(_kept("streams"))]


def _stream(stream: str, streams: Streams) -> Live:
    return streams.find(stream)


Stream = Annotated[Live, Depends(_stream)]
DataDir = Annotated[Path, Depends(_kept("data_dir"))]
Desk = Annotated[Calibrations, Depends(_kept("calibrations"))]
Shelf = Annotated[ModelShelf, Depends(_kept("shelf"))]
Upload = Annotated[asyncio.Lock, Depends(_kept("upload"))]
Recordings = Annotated[Stored, Depends(_kept("recordings"))]
Aside = Annotated[OneAside, Depends(_kept("aside"))]
