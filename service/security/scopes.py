"""Which token opens which route: one table, and what nobody listed takes an admin.

Why so: a prosthesis only listens (subscribe). Whoever changes what a hand does right now operates. Pseudonyms, heads
and trials are health data, so reading them takes calibrate, too. What cannot be undone (a user or a recording
deleted) takes admin. Recordings are opened by operate: whoever operates sees the same signal live.
Documents take a token as well: the page /docs runs scripts from elsewhere, and a browser that sends none never gets it.
"""

import re
from enum import StrEnum
from typing import Final

from starlette.routing import compile_path


class Scope(StrEnum):
    """What a token may do. Independent of each other; only admin implies them all."""

    SUBSCRIBE = "subscribe"
    OPERATE = "operate"
    CALIBRATE = "calibrate"
    ADMIN = "admin"


ALL: Final = frozenset(Scope)

#: Open to strangers: the page, without data, and whether the service is well, without details.
EVERYBODY: Final = ("GET /", "GET /assets/{path:path}", "GET /healthz", "GET /readyz")

#: Open to whoever has a token: a ticket allows no more than the token that asked for it.
EVERY_TOKEN: Final = ("POST /v1/tickets",)

SCOPES: Final[dict[Scope, tuple[str, ...]]] = {
    Scope.SUBSCRIBE: (
        "GET /v1/streams",
        "GET /v1/streams/{stream}",
        "WEBSOCKET /v1/streams/{stream}/predictions",
        "WEBSOCKET /v1/streams/{stream}/signal",
        "GET /v1/models",
        "GET /v1/models/{model}",
        "GET /v1/system",
        "GET /metrics",
        "GET /openapi.json",
        "GET /asyncapi.json",
        "GET /docs",
        "GET /redoc",
    ),
    Scope.OPERATE: (
        "GET /v1/devices",
        "POST /v1/streams",
        "DELETE /v1/streams/{stream}",
        "PUT /v1/streams/{stream}/model",
        "PUT /v1/streams/{stream}/user",
        "GET /v1/recordings",
        "GET /v1/recordings/{name}",
        "GET /v1/recordings/{name}/envelope",
        "GET /v1/recordings/{name}/file",
        "GET /v1/recordings/{name}/bids",
        "GET /v1/recordings/{name}/decisions",
        "POST /v1/recordings/{name}/markers",
        "PATCH /v1/recordings/{name}/markers/{marker}",
        "DELETE /v1/recordings/{name}/markers/{marker}",
        "POST /v1/streams/{stream}/recording",
        "DELETE /v1/streams/{stream}/recording",
        "POST /v1/streams/{stream}/recording/markers",
    ),
    Scope.CALIBRATE: (
        "POST /v1/streams/{stream}/renormalise",
        "GET /v1/users",
        "POST /v1/users",
        "GET /v1/users/{user}",
        "PATCH /v1/users/{user}",
        "PATCH /v1/users/{user}/gestures",
        "GET /v1/users/{user}/profile",
        "POST /v1/users/{user}/profile",
        "GET /v1/users/{user}/heads",
        "GET /v1/users/{user}/heads/{version}/report",
        "POST /v1/users/{user}/heads/{version}/activate",
        "GET /v1/users/{user}/calibrations",
        "GET /v1/calibrations",
        "POST /v1/calibrations",
        "GET /v1/calibrations/{calibration}",
        "WEBSOCKET /v1/calibrations/{calibration}/events",
        *(
            f"POST /v1/calibrations/{{calibration}}/{verb}"
            for verb in ("pause", "resume", "done", "redo", "skip", "abort", "extend", "fit", "try", "accept")
        ),
    ),
    Scope.ADMIN: (
        "DELETE /v1/users/{user}",
        "DELETE /v1/recordings/{name}",
        "GET /v1/tokens",
        "POST /v1/tokens",
        "DELETE /v1/tokens/{token}",
    ),
}


def _compiled() -> tuple[tuple[str, re.Pattern[str], frozenset[Scope]], ...]:
    """(method, path, scopes): paths as the router itself understands them, so that the two cannot disagree."""
    needs = [(line, frozenset[Scope]()) for line in EVERYBODY] + [(line, ALL) for line in EVERY_TOKEN]
    needs += [(line, frozenset({scope})) for scope, lines in SCOPES.items() for line in lines]
    return tuple((*_split(line), scopes) for line, scopes in needs)


def _split(line: str) -> tuple[str, re.Pattern[str]]:
    method, path = line.split()
    return method, compile_path(path)[0]


_TABLE: Final = _compiled()


def required(method: str, path: str) -> frozenset[Scope]:
    """Scopes of which one is needed; none: everybody may. The method is ``WEBSOCKET`` for one."""
    method = "GET" if method == "HEAD" else method
    found = (scopes for listed, pattern, scopes in _TABLE if listed == method and pattern.match(path))
    return next(found, frozenset({Scope.ADMIN}))
