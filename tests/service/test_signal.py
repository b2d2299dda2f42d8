"""The signal's websocket: layout, envelopes, electrode lights, and leaving."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from endings import frozen
from jsonschema import Draft202012Validator
from serving import PATIENCE_S, HandFedSource, serving, wait_for
from tiny_model import SPEC, write_tiny_model
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import WindowRecognizer
from models.runtime import load_model
from models.spec import FilterSpec
from service.envelope import Envelope, Layout
from service.live import Live
from service.routes.signal import MOST
from service.screen import Screen


@contextmanager
def looking(address: str, asked: str = "", stream: str = "default") -> Iterator[ClientConnection]:
    with connect(f"ws://{address}/v1/streams/{stream}/signal{asked}", compression=None) as connection:
        yield connection


def texts(connection: ClientConnection) -> Iterator[dict[str, Any]]:
    while True:
        frame = connection.recv(timeout=PATIENCE_S)
        if isinstance(frame, str):
            yield json.loads(frame)


def binaries(connection: ClientConnection) -> Iterator[bytes]:
    while True:
        frame = connection.recv(timeout=PATIENCE_S)
        if isinstance(frame, bytes):
            yield frame


def heard(live: Live) -> bool:
    return len(live._listeners) == 1


def test_a_looker_sees_the_envelope_of_what_the_model_sees(
    live: Live, source: HandFedSource, signal: np.ndarray
) -> None:
    expected = [
        block.bytes(10) for block in Envelope(Layout(1000, 2, 10, 5), live.answers.spec.filters).feed(signal[:400], 0)
    ]
    with serving(live) as address, looking(address, "?points=5&hz=20") as connection:
        layout = json.loads(connection.recv(timeout=PATIENCE_S))
        wait_for(lambda: heard(live))
        source.feed(signal[:133], signal[133:400])
        frames = binaries(connection)
        assert [next(frames) for _ in expected] == expected
    assert layout == {
        "type": "layout",
        "stream": "default",
        "rate_hz": 1000,
        "channels": ["left", "right"],
        "unit": "uV",
        "column": 10,
        "grid": None,
    }


def test_electrode_lights_come_with_the_reason(live: Live, source: HandFedSource, signal: np.ndarray) -> None:
    loose = signal.copy()
    loose[:, 1] = 0
    with serving(live) as address, looking(address) as connection:
        document = httpx.get(f"http://{address}/asyncapi.json").json()
        wait_for(lambda: heard(live))
        source.feed(*np.split(loose, 40))
        frames = texts(connection)
        layout = next(frames)
        quality = next(frames)
    assert quality["reasons"] == ["channel 2 shows no signal: check its cable, press its electrode"]
    assert [(fault["code"], fault["channels"], fault["level"]) for fault in quality["faults"]] == [("dead", [1], "bad")]
    for frame in (layout, quality):
        pointer = document["components"]["messages"][frame["type"]]["payload"]["$ref"]
        Draft202012Validator({"$ref": pointer, "components": document["components"]}).validate(frame)


def test_who_leaves_is_forgotten(live: Live) -> None:
    with serving(live) as address:
        with looking(address) as connection:
            connection.recv(timeout=PATIENCE_S)
            wait_for(lambda: heard(live))
        wait_for(lambda: not live._listeners)


def test_who_leaves_at_once_is_forgotten_too(live: Live) -> None:
    with serving(live) as address:
        for _ in range(20):
            with looking(address):
                pass
        with looking(address) as connection:
            connection.recv(timeout=PATIENCE_S)
            wait_for(lambda: heard(live))


def test_another_model_makes_another_layout(
    live: Live, source: HandFedSource, signal: np.ndarray, tmp_path: Path
) -> None:
    spec = SPEC.model_copy(update={"name": "other", "filters": FilterSpec(low_hz=30)})
    with serving(live) as address, looking(address) as connection:
        frames = texts(connection)
        first = next(frames)
        wait_for(lambda: heard(live))
        former = live._listeners
        live.use(WindowRecognizer(load_model(str(write_tiny_model(tmp_path, spec))), DecisionSpec()))
        assert next(frames) == first
        wait_for(lambda: heard(live) and live._listeners != former)
        source.feed(signal[:400])
        expected = next(Envelope(Layout(1000, 2, 8, 4), spec.filters).feed(signal[:400], 0))
        assert next(binaries(connection)) == expected.bytes(8)


def test_so_many_may_look(live: Live) -> None:
    with serving(live) as address, ExitStack() as open_pages:
        for _ in range(MOST):
            last = open_pages.enter_context(looking(address))
        with pytest.raises(InvalidStatus) as refused, looking(address):
            pass
        last.close()
        wait_for(lambda: can_look(address))
    assert refused.value.response.status_code == 503


def can_look(address: str) -> bool:
    try:
        with looking(address):
            return True
    except InvalidStatus:
        return False


def test_a_looker_of_a_removed_stream_is_sent_away(live: Live, tmp_path: Path) -> None:
    with serving(live, data_dir=tmp_path) as address, looking(address) as connection:
        connection.recv(timeout=PATIENCE_S)
        httpx.delete(f"http://{address}/v1/streams/default")
        with pytest.raises(ConnectionClosed) as closed:
            connection.recv(timeout=PATIENCE_S)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "stream default is no longer served")


def test_one_who_does_not_read_holds_nobody_up(live: Live, source: HandFedSource, signal: np.ndarray) -> None:
    with serving(live) as address, frozen(address, "/v1/streams/default/signal?points=64&hz=60"):
        wait_for(lambda: heard(live))
        (screen,) = live._listeners
        for made in range(1, 11):  # 40 s of signal, some 640 kB of envelopes
            source.feed(*np.split(signal, 40))
            wait_for(lambda made=made: live.counters.samples == made * len(signal))
        assert isinstance(screen, Screen)
        waiting = sum(len(chunk.samples) for chunk in screen.basket.empty())
    assert live.counters.predictions == 1 + (len(signal) * 10 - 250) // 25
    assert 900 <= waiting <= 1000


@pytest.mark.parametrize(
    ("stream", "asked", "status", "why"),
    [
        ("nobody", "", 404, "no stream 'nobody'"),
        ("default", "?hz=0", 422, "query.hz"),
        ("default", "?points=nan", 422, "query.points"),
        ("default", "?colour=red", 422, "query.colour"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(live: Live, stream: str, asked: str, status: int, why: str) -> None:
    with serving(live) as address, pytest.raises(InvalidStatus) as refused, looking(address, asked, stream):
        pass
    assert refused.value.response.status_code == status
    assert why in (refused.value.response.body or b"").decode()
