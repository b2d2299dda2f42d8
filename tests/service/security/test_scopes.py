"""Every route of the service stands in the table, under the method and path that the router has."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount, WebSocketRoute

from service.app import create_app
from service.calibrations.register import Calibrations
from service.live import Live
from service.security.scopes import ALL, EVERY_TOKEN, EVERYBODY, SCOPES, Scope, required
from service.streams import Streams

LISTED = {*EVERYBODY, *EVERY_TOKEN, *(line for lines in SCOPES.values() for line in lines)}
NAMED = re.compile(r"\{(\w+)(:\w+)?\}")


def routes(app: FastAPI) -> Iterator[str]:
    """Every route as the table would name it."""
    for found in iter_route_contexts(app.routes):
        route = getattr(found, "original_route", found)
        if isinstance(route, Mount):
            yield f"GET {found.path}/{{path:path}}"
        elif isinstance(route, WebSocketRoute):
            yield f"WEBSOCKET {found.path}"
        else:
            yield from (f"{method} {found.path}" for method in found.methods - {"HEAD"})


def plain(line: str) -> str:
    """Whatever the parameters are called."""
    return NAMED.sub(lambda match: "{" + (match[2] or "") + "}", line)


def test_every_route_is_listed(live: Live, tmp_path: Path) -> None:
    running = Streams([live])
    desk = Calibrations(running, tmp_path)
    app = create_app(desk, running, tmp_path, lambda: None)
    desk.close()
    lines = set(routes(app))
    assert len(lines) > 30
    unlisted = {plain(line) for line in lines} - {plain(line) for line in LISTED}
    assert not unlisted, "say in service/security/scopes.py who may use them"


def test_nothing_is_listed_twice() -> None:
    lines = [*EVERYBODY, *EVERY_TOKEN, *(line for lines in SCOPES.values() for line in lines)]
    assert len({plain(line) for line in lines}) == len(lines)


@pytest.mark.parametrize(
    ("method", "path", "scopes"),
    [
        ("GET", "/", set()),
        ("GET", "/assets/deep/app.js", set()),
        ("GET", "/healthz", set()),
        ("POST", "/v1/tickets", ALL),
        ("GET", "/v1/streams", {Scope.SUBSCRIBE}),
        ("HEAD", "/v1/streams/left", {Scope.SUBSCRIBE}),
        ("WEBSOCKET", "/v1/streams/left/predictions", {Scope.SUBSCRIBE}),
        ("DELETE", "/v1/streams/left", {Scope.OPERATE}),
        ("POST", "/v1/streams/left/recording", {Scope.OPERATE}),
        ("GET", "/v1/users/p-17/profile", {Scope.CALIBRATE}),
        ("WEBSOCKET", "/v1/calibrations/c/events", {Scope.CALIBRATE}),
        ("DELETE", "/v1/users/p-17", {Scope.ADMIN}),
        ("DELETE", "/v1/recordings/a.palmaris", {Scope.ADMIN}),
        ("POST", "/v1/recordings/a.palmaris/markers", {Scope.OPERATE}),
        ("GET", "/v1/models/mine", {Scope.SUBSCRIBE}),
        ("GET", "/v1/tokens", {Scope.ADMIN}),
        ("POST", "/v1/tokens", {Scope.ADMIN}),
        ("DELETE", "/v1/tokens/wrist", {Scope.ADMIN}),
        # nobody listed these
        ("GET", "/v1/nothing", {Scope.ADMIN}),
        ("POST", "/", {Scope.ADMIN}),
        ("GET", "/v1/users/p-17/", {Scope.ADMIN}),
        ("GET", "//healthz", {Scope.ADMIN}),
        ("GET", "/healthz/../v1/users", {Scope.ADMIN}),
        ("GET", "/v1/streams/a/b", {Scope.ADMIN}),
        ("OPTIONS", "/v1/streams", {Scope.ADMIN}),
        ("WEBSOCKET", "/v1/streams", {Scope.ADMIN}),
    ],
)
def test_what_a_route_needs(method: str, path: str, scopes: set[Scope]) -> None:
    assert required(method, path) == scopes
