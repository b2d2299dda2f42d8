"""A calibration as clinician and user live it: one presses buttons through the API, the other does as prompted."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import numpy as np
from serving import PATIENCE_S, HandFedSource
from websockets.sync.client import ClientConnection, connect

RATE_HZ = 1000
FIT_S = 60
"""The longest that a test waits for an event: on a busy machine the fitting process takes long to load."""
STEP = 100
"""Samples that the user gives between two looks at the prompts."""
STRENGTH = {"rest": (3, 3), "fist": (300, 60), "point": (60, 300), "open": (200, 200)}
"""Microvolts of both channels."""
ORDER = {"user": "p-17", "gestures": ["fist", "point"], "hold_s": 1.5, "rest_s": 0.5, "prepare_s": 0.5}


class User:
    """Someone whose muscles follow the prompts, as far as the test lets them."""

    def __init__(self, source: HandFedSource, seed: int = 0) -> None:
        self._source = source
        self._draw = np.random.default_rng(seed)

    def give(self, gesture: str, seconds: float) -> None:
        """Muscle noise of a gesture."""
        for _ in range(round(seconds * RATE_HZ / STEP)):
            noise = self._draw.standard_normal((STEP, 2)) * STRENGTH[gesture]
            self._source.feed(noise.astype(np.float32))


class Watcher:
    """Who hears the events of a calibration."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.seen: list[dict[str, Any]] = []

    def next(self) -> dict[str, Any]:
        """The next frame."""
        frame = json.loads(self._connection.recv(timeout=FIT_S))
        self.seen.append(frame)
        return frame

    def until(self, kind: str) -> dict[str, Any]:
        """The next frame of that kind."""
        while (frame := self.next())["type"] != kind:
            pass
        return frame

    def follow(self, user: User, until: str = "report") -> dict[str, Any]:
        """Do as prompted, phase after phase, until a frame of that kind comes; that frame."""
        obeyed = set()
        while (frame := self.next())["type"] != until:
            assert frame["type"] not in ("paused", "trouble"), frame
            prompt = frame["prompt"] if frame["type"] == "calibration" else frame
            if prompt["type"] == "prompt" and is_new(prompt) and prompt["at_s"] not in obeyed:
                obeyed.add(prompt["at_s"])
                user.give(prompt["trial"]["gesture"] if prompt["phase"] == "hold" else "rest", prompt["remaining_s"])
        return frame


def is_new(prompt: dict[str, Any]) -> bool:
    """Whether the prompt begins a phase; those at whole seconds only count down."""
    lasts = {"check": 3.0, "prepare": ORDER["prepare_s"], "hold": ORDER["hold_s"], "rest": ORDER["rest_s"]}
    return prompt["remaining_s"] == lasts.get(prompt["phase"])


class Clinic:
    """The API of a service."""

    def __init__(self, address: str) -> None:
        self.address = address

    def ask(self, method: str, path: str, **body: Any) -> httpx.Response:
        """Any request."""
        return httpx.request(method, f"http://{self.address}/v1{path}", json=body or None, timeout=PATIENCE_S)

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """A request that must succeed."""
        answer = self.ask("POST", path, **body)
        assert answer.is_success, answer.text
        return answer.json()

    def refused(self, method: str, path: str, **body: Any) -> tuple[int, str]:
        """Status and reason of a request that must be refused."""
        answer = self.ask(method, path, **body)
        assert answer.is_client_error, answer.text
        return answer.status_code, answer.json()["detail"]

    def begin(self, **order: Any) -> str:
        """A user and their calibration; its id."""
        self.ask("POST", "/users", user=order.get("user", ORDER["user"]))
        return self.post("/calibrations", **(ORDER | order))["calibration"]

    @contextmanager
    def watching(self, calibration: str) -> Iterator[Watcher]:
        """Someone who watches a calibration."""
        uri = f"ws://{self.address}/v1/calibrations/{calibration}/events"
        with connect(uri, compression=None) as connection:
            yield Watcher(connection)
