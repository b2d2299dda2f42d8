"""The database is gone, held by someone else, or its server is stopped."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clinic import Clinic
from serving import Client, HandFedSource, serving, subscribed

from calibration.store import database
from service.live import Live

HOP, WINDOW = 25, 250
Requests = list[tuple[str, str, dict[str, Any]]]

READING: Requests = [("GET", "/users", {}), ("GET", "/users/p-17", {}), ("GET", "/users/p-17/heads", {})]
WRITING: Requests = [
    ("POST", "/users", {"user": "p-18"}),
    ("PATCH", "/users/p-17", {"consent_raw": True}),
    ("POST", "/calibrations", {"user": "p-17"}),
    ("DELETE", "/users/p-17", {}),
]


@contextmanager
def gone(data_dir: Path) -> Iterator[None]:
    """Its file is away, as if on a disk that was pulled."""
    file = data_dir / database.NAME
    file.rename(data_dir / "away")
    yield
    (data_dir / "away").rename(file)


@contextmanager
def held(data_dir: Path) -> Iterator[None]:
    """Somebody writes and comes to no end."""
    other = sqlite3.connect(data_dir / database.NAME)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.rollback()
    other.close()


class Patient:
    """A subscriber that must miss nothing meanwhile."""

    def __init__(self, client: Client, source: HandFedSource, signal: np.ndarray) -> None:
        self._client, self._source, self._signal = client, source, signal
        self._seen = 0
        source.feed(signal[: WINDOW - HOP])

    def hears(self) -> None:
        """The next prediction comes."""
        self._source.feed(self._signal[:HOP])
        assert self._client.next("prediction")["seq"] == self._seen
        self._seen += 1


def require_refusals(clinic: Clinic, patient: Patient, requests: Requests, why: str) -> None:
    """Each request is refused for now, in words, while predictions go on."""
    for method, path, body in requests:
        answer = clinic.ask(method, path, **body)
        assert (answer.status_code, why in answer.json()["detail"]) == (503, True), answer.text
        patient.hears()


@pytest.mark.parametrize(
    ("trouble", "requests", "why"),
    [(gone, READING + WRITING, "connect its disk again"), (held, WRITING, "another process holds the database")],
)
def test_predictions_go_on_without_the_database_and_users_come_back_with_it(
    live: Live,
    source: HandFedSource,
    signal: np.ndarray,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Any,
    requests: Requests,
    why: str,
) -> None:
    monkeypatch.setattr(database, "PATIENCE_S", 0.05)
    with serving(live, data_dir=tmp_path) as address, subscribed(address) as client:
        clinic, patient = Clinic(address), Patient(client, source, signal)
        clinic.post("/users", user="p-17")
        with trouble(tmp_path):
            require_refusals(clinic, patient, requests, why)
        assert [user["user"] for user in clinic.ask("GET", "/users").json()] == ["p-17"]
        clinic.post("/users", user="p-18")


def test_predictions_go_on_without_the_database_server_and_users_come_back_with_it(
    live: Live, source: HandFedSource, signal: np.ndarray, tmp_path: Path, postgres: Any
) -> None:
    with (
        serving(live, data_dir=tmp_path, database_url=postgres.url) as address,
        subscribed(address) as client,
    ):
        clinic, patient = Clinic(address), Patient(client, source, signal)
        clinic.post("/users", user="p-17")
        postgres.stop()
        require_refusals(clinic, patient, READING + WRITING, "check that the server runs")
        postgres.start()
        assert [user["user"] for user in clinic.ask("GET", "/users").json()] == ["p-17"]
        clinic.post("/users", user="p-18")
