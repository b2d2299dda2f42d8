"""A calibration as clinician and user live it: one presses buttons through the API, the other does as prompted."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import numpy as np
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from service.benchmarks.volunteer import Volunteer
from service.errors import ServiceError
from service.messages import Prediction

WAIT_S: Final = 120.0
"""The longest that anything may take."""


class Clinic:
    """The API of a running service."""

    def __init__(self, address: str) -> None:
        self._address = address

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """Ask for something. Raises ``ServiceError`` with the service's own words if it is refused."""
        answer = httpx.post(f"http://{self._address}/v1{path}", json=body or None, timeout=WAIT_S)
        if not answer.is_success:
            raise ServiceError(f"{path}: {answer.text}")
        told: dict[str, Any] = answer.json()
        return told

    @contextmanager
    def watching(self, calibration: str) -> Iterator["Watcher"]:
        """Someone who hears the events of a calibration."""
        uri = f"ws://{self._address}/v1/calibrations/{calibration}/events"
        with connect(uri, compression=None) as connection:
            yield Watcher(connection)

    @contextmanager
    def listening(self) -> Iterator["Subscriber"]:
        """A client of the stream's predictions, which receives in a thread of its own."""
        with connect(f"ws://{self._address}/v1/streams/default/predictions", compression=None) as connection:
            subscriber = Subscriber(connection)
            thread = threading.Thread(target=subscriber.receive, daemon=True)
            thread.start()
            yield subscriber
        thread.join()


class Watcher:
    """Hears events and prompts a volunteer."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.refused: list[str] = []
        """Why trials were asked again."""
        self.hold_end_s = 0.0
        """Of the last hold, in the stream's time."""

    def until(self, kind: str) -> dict[str, Any]:
        """The next frame of that kind. Raises ``ServiceError`` if the calibration is paused before."""
        while True:
            frame: dict[str, Any] = json.loads(self._connection.recv(timeout=WAIT_S))
            if frame["type"] == kind:
                return frame
            self._hear(frame)

    def follow(self, volunteer: Volunteer, hold_s: float) -> None:
        """Play each trial, ``gesture/repetition``, when it is to be held, until all are kept."""
        while (prompt := self.until("prompt"))["phase"] != "finished":
            if prompt["phase"] == "hold" and prompt["remaining_s"] == hold_s:
                trial = prompt["trial"]
                volunteer.play(f"{trial['gesture']}/{trial['repetition']}")
                self.hold_end_s = prompt["at_s"] + hold_s

    def _hear(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "refused":
            self.refused.append(f"{frame['trial'] and frame['trial']['gesture']}: {frame['reason']}")
        elif frame["type"] in ("paused", "trouble"):
            raise ServiceError(f"the calibration stopped: {frame}")


@dataclass(slots=True)
class Heard:
    """What a client of a stream received."""

    frames: list[tuple[int, Prediction]] = field(default_factory=list)
    """Each with its time of reception, ``time.monotonic_ns``."""
    heads: list[int] = field(default_factory=list)
    """When a new head was announced."""

    @property
    def missing(self) -> int:
        """Predictions that never came, by sequence number."""
        seq = [frame.seq for _, frame in self.frames]
        return seq[-1] - seq[0] + 1 - len(seq)

    def latency_ms(self, start_ns: int, stop_ns: int) -> list[float]:
        """From arrival at the driver to the client, of what arrived in that time."""
        return [
            (received - frame.arrived_ns) / 1e6
            for received, frame in self.frames
            if start_ns <= frame.arrived_ns < stop_ns
        ]

    def arrival_ns(self, sample: int, rate_hz: float) -> float:
        """When a sample arrived at the driver, from the prediction nearest to it."""
        indices = np.array([frame.index for _, frame in self.frames])
        _, frame = self.frames[int(np.abs(indices - sample).argmin())]
        return frame.arrived_ns + 1e9 * (sample - frame.index) / rate_hz

    def first_after(self, time_ns: int) -> int:
        """When the first prediction came that was computed later. Raises ``ServiceError`` if there is none."""
        for received, _ in self.frames:
            if received > time_ns:
                return received
        raise ServiceError("no prediction came with the new head: look into the service's log")


class Subscriber:
    """Notes everything that comes from a stream, and when."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.heard = Heard()
        self._head = threading.Event()

    def wait_for_head(self) -> None:
        """Until a new head is announced. Raises ``ServiceError`` if none is."""
        if not self._head.wait(WAIT_S):
            raise ServiceError("no new head was announced to the subscriber: look into the service's log")

    def receive(self) -> None:
        """Until the connection is closed."""
        with suppress(ConnectionClosed):
            while True:
                self._take(self._connection.recv(), time.monotonic_ns())

    def _take(self, text: str | bytes, received_ns: int) -> None:
        frame = json.loads(text)
        if frame["type"] == "prediction":
            self.heard.frames.append((received_ns, Prediction.model_validate(frame)))
        elif frame["type"] == "head":
            self.heard.heads.append(received_ns)
            self._head.set()
