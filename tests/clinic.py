"""A calibration as clinician and user live it: one presses buttons through the API, the other does as prompted."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import httpx
import numpy as np
from serving import PATIENCE_S, UNHURRIED, HandFedSource
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from calibration.store.check import check
from calibration.store.store import Store
from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import load_recognizer
from models.runtime import load_model
from service.live import Live

RATE_HZ = 1000
FIT_S = 200
"""The longest that a test waits for an event: on a busy machine the fitting process takes long to load."""
STEP = 100
"""Samples that the user gives between two looks at the prompts."""
STRENGTH = {
    "rest": (3, 3),
    "fist": (300, 60),
    "point": (60, 300),
    "open": (200, 200),
    "unplugged": (0, 300),
    "left": (300, 60),
    "right": (60, 300),
}
"""Microvolts of both channels; the tiny model knows the last two."""
ORDER = {"user": "p-17", "gestures": ["fist", "point"], "hold_s": 1.5, "rest_s": 0.5, "prepare_s": 0.5}


class Arm(Protocol):
    """Where samples go."""

    def feed(self, *items: np.ndarray) -> None:
        """(time, channel) microvolts."""
        ...


class User:
    """Someone whose muscles follow the prompts, as far as the test lets them."""

    def __init__(self, source: Arm, seed: int = 0) -> None:
        self._source = source
        self._draw = np.random.default_rng(seed)
        self._given_s: float | None = None  # time of the stream after all that was given; known from the first prompt

    def give(self, gesture: str, seconds: float) -> None:
        """Muscle noise of a gesture."""
        steps = round(seconds * RATE_HZ / STEP)
        for _ in range(steps):
            noise = self._draw.standard_normal((STEP, 2)) * STRENGTH[gesture]
            self._source.feed(noise.astype(np.float32))
        if self._given_s is not None:
            self._given_s += steps * STEP / RATE_HZ

    def owes(self, prompt: dict[str, Any]) -> float:
        """Seconds that the user still has to give until the phase is over; nothing of one that is past."""
        if self._given_s is None:
            self._given_s = prompt["at_s"]
        return max(prompt["at_s"] + prompt["remaining_s"] - self._given_s, 0)

    def obey(self, prompt: dict[str, Any]) -> None:
        """Do what is asked until the phase is over."""
        self.give(prompt["trial"]["gesture"] if prompt["phase"] == "hold" else "rest", self.owes(prompt))


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
        while (frame := self.next())["type"] != until:
            assert frame["type"] not in ("paused", "trouble"), frame
            self.obey(user, frame)
        return frame

    def obey(self, user: User, frame: dict[str, Any]) -> None:
        """Have the user do what a frame asks."""
        prompt = frame["prompt"] if frame["type"] == "calibration" else frame
        if prompt["type"] == "prompt":
            user.obey(prompt)

    def follow_to(self, user: User, phase: str) -> dict[str, Any]:
        """Do as prompted until that phase begins; its prompt, with which nothing is done yet."""
        while True:
            frame = self.next()
            if frame["type"] == "prompt" and frame["phase"] == phase and user.owes(frame) > 0:
                return frame
            self.obey(user, frame)

    def kept(self) -> list[tuple[str, int]]:
        """The trials that it was told to be on the disk."""
        trials = [frame["trial"] for frame in self.seen if frame["type"] == "trial_kept"]
        return [(trial["gesture"], trial["repetition"]) for trial in trials]

    def leave(self) -> tuple[int | None, str | None]:
        """Hear what still comes; how the service ended it."""
        with suppress(ConnectionClosed):
            while True:
                self.next()
        return self._connection.close_code, self._connection.close_reason


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


def stream(tiny: Path, source: HandFedSource, name: str = "default") -> Live:
    return Live(name, lambda: source, load_recognizer(load_model(str(tiny)), DecisionSpec()), UNHURRIED)


def stored(data_dir: Path, calibration: str) -> list[tuple[str, int]]:
    """The trials that are on the disk."""
    with Store.open(data_dir) as store:
        assert check(store).damage == []
        return [(trial.gesture, trial.repetition) for trial in store.trials.of(calibration) if trial.state == "kept"]
