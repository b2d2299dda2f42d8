"""The application: running streams in, an ASGI app out. No globals, nothing happens at import."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.requests import Request
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts

from calibration.errors import CalibrationError
from drivers.errors import DriverError
from models.errors import ModelError
from service.aside import Aside
from service.calibrations.register import Calibrations
from service.errors import Busy, ServiceError, status_of
from service.messages import Problem
from service.model_shelf import ModelShelf
from service.recordings.shelf import Recordings
from service.routes import (
    calibrations,
    devices,
    documents,
    health,
    metrics,
    models,
    page,
    predictions,
    profiles,
    recordings,
    recordings_work,
    signal,
    streams,
    system,
    tickets,
    tokens,
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
        await asyncio.to_thread(app.state.recordings.close)
        await asyncio.to_thread(running.stop)

    app = FastAPI(
        title="Palmaris",
        version=version("palmaris"),
        summary="Real-time gesture recognition from surface electromyography.",
        lifespan=lifespan,
        openapi_url=None,  # FastAPI makes its document on the event loop: see service/routes/documents.py
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
        wait = {"Retry-After": "5"} if isinstance(error, Busy) else None
        return JSONResponse({"detail": str(error)}, status_code=status_of(error), headers=wait)

    app.state.streams = running
    app.state.calibrations = desk
    app.state.data_dir = data_dir
    app.state.shelf = ModelShelf(data_dir)
    app.state.since = time.monotonic()
    app.state.upload = asyncio.Lock()
    app.state.lookers = Counter()
    app.state.recordings = Recordings(data_dir / "recordings", running)
    app.state.aside = Aside()
    for part in (health, metrics, tickets, devices, streams, predictions, signal, recordings, users, profiles):
        app.include_router(part.router)
    for part in (recordings_work, calibrations, models, system, tokens, documents, page):
        app.include_router(part.router)
    _work_out_routes(app)
    return app


def _work_out_routes(app: FastAPI) -> None:
    """FastAPI would do so at the first request, on the event loop: no prediction leaves for a tenth of a second."""
    for _ in iter_route_contexts(app.routes):
        pass
