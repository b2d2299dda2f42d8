"""A guarded service on a real socket: a small app whose routes say who came through the door."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request, WebSocket
from serving import PATIENCE_S, answering
from starlette.types import ASGIApp
from websockets.sync.client import ClientConnection, connect

from service.routes import tickets
from service.routes.predictions import until_left
from service.security import connections
from service.security.guard import Security, guarded
from service.security.identity import Who
from service.security.scopes import Scope
from service.security.tokens import FILE, Tokens
from service.server import listen
from service.wire import PromptWebSocket


def small_app() -> FastAPI:
    """Routes with the names that the table of scopes knows, and one that it does not."""
    app = FastAPI(openapi_url=None)
    app.include_router(tickets.router)

    @app.get("/")
    @app.get("/v1/streams")
    @app.get("/v1/unlisted")
    async def whose(who: Who) -> str:
        return who.name

    @app.post("/v1/streams")
    @app.post("/v1/users/{user}/profile")
    async def size(request: Request) -> int:
        return len(await request.body())

    @app.post("/v1/users")
    async def fields(body: dict[str, Any]) -> int:
        return len(body)

    @app.websocket("/v1/streams/{stream}/predictions")
    async def hello(websocket: WebSocket, who: Who) -> None:
        await websocket.accept()
        await websocket.send_text(who.name)
        await until_left(websocket)

    return app


@contextmanager
def serving_app(app: ASGIApp) -> Iterator[str]:
    """The address, host:port, at which the app answers."""
    config = uvicorn.Config(app, log_config=None, ws=PromptWebSocket, ws_per_message_deflate=False)
    with answering(uvicorn.Server(config), listen("127.0.0.1", 0)) as address:
        yield address


@dataclass
class Door:
    """A guarded service, as its operator and its clients see it."""

    address: str
    file: Path
    client: httpx.Client

    def token(self, name: str, *scopes: Scope, days: float | None = None) -> dict[str, str]:
        """Make a token, as another process would; the header that shows it."""
        text = Tokens(self.file).create(name, frozenset(scopes), days)
        return {"authorization": f"Bearer {text}"}

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        """One request."""
        return self.client.request(method, path, headers=headers, **more)

    def join(self, headers: dict[str, str] | None = None, query: str = "") -> ClientConnection:
        """A websocket."""
        at = f"ws://{self.address}/v1/streams/default/predictions{query}"
        return connect(at, additional_headers=headers, compression=None)


@pytest.fixture
def guarding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AbstractContextManager[Door]]:
    """Serves the small app, or another one, behind a door that looks after its websockets more often than usual."""
    monkeypatch.setattr(connections, "LOOK_S", 0.02)

    @contextmanager
    def guard(app: ASGIApp | None = None, **settings: Any) -> Iterator[Door]:
        tokens = Tokens(tmp_path / FILE)
        security = Security(tokens, **{"host": "127.0.0.1", **settings})
        with (
            serving_app(guarded(app or small_app(), security)) as address,
            httpx.Client(base_url=f"http://{address}", timeout=PATIENCE_S) as client,
        ):
            yield Door(address, tmp_path / FILE, client)

    return guard


@pytest.fixture
def door(guarding: Callable[..., AbstractContextManager[Door]]) -> Iterator[Door]:
    """The small app behind the door, on loopback."""
    with guarding() as door:
        yield door
