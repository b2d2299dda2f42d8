"""The application: running streams in, an ASGI app out. No globals, nothing happens at import."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.requests import Request
from fastapi.responses import JSONResponse

from calibration.errors import CalibrationError
from drivers.errors import DriverError
from models.errors import ModelError
from service.calibrations import Calibrations
from service.errors import ServiceError, status_of
from service.messages import Problem
from service.routes import (
    calibrations,
    documents,
    health,
    metrics,
    predictions,
    profiles,
    recordings,
    streams,
    tickets,
    users,
)
from service.streams import Streams
from service.systemd import attended
from service.telemetry import telemetry


def create_app(desk: Calibrations, running: Streams, data_dir: Path, on_failure: Callable[[], None]) -> FastAPI:
    """An app that serves these opened streams, by name, and stores below ``data_dir``.

    ``on_failure`` is called, in a stream's thread, once bugs have ended every stream.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        running.start(asyncio.get_running_loop(), on_failure)
        async with attended(lambda: running.alive, lambda: running.summary):
            yield
        await asyncio.to_thread(desk.close)
        await asyncio.to_thread(running.stop)

    app = FastAPI(
        title="Palmaris",
        version=version("palmaris"),
        summary="Real-time gesture recognition from surface electromyography.",
        lifespan=lifespan,
        telemetry=telemetry(),
        responses={422: {"model": Problem}},
    )

    @app.exception_handler(RequestValidationError)
    async def refuse(_: Request, error: RequestValidationError) -> JSONResponse:
        """Name the field and what is wrong with it; never send the input back: it may not even be text."""
        first = error.errors()[0]
        return JSONResponse({"detail": f"{'.'.join(map(str, first['loc']))}: {first['msg']}"}, status_code=422)

    @app.exception_handler(400)
    async def unreadable(_: Request, error: Exception) -> JSONResponse:
        """A body that cannot be decoded is a field at fault; FastAPI itself names no remedy."""
        return JSONResponse({"detail": "body: it cannot be read: send JSON in UTF-8"}, status_code=422)

    @app.exception_handler(CalibrationError)
    @app.exception_handler(DriverError)
    @app.exception_handler(ModelError)
    @app.exception_handler(ServiceError)
    async def explain(_: Request, error: Exception) -> JSONResponse:
        """Every error names cause and remedy."""
        return JSONResponse({"detail": str(error)}, status_code=status_of(error))

    app.state.streams = running
    app.state.calibrations = desk
    app.state.data_dir = data_dir
    app.state.upload = asyncio.Lock()
    for part in (health, metrics, tickets, streams, predictions, recordings, users, profiles, calibrations, documents):
        app.include_router(part.router)
    return app
