"""Text and gesture events in the service: as frames, for slow clients, after gaps; and what is refused, with why."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgpack
import numpy as np
import pytest
import tiny_sequence_model
from jsonschema import Draft202012Validator
from serving import PATIENCE_S, UNHURRIED, Client, HandFedSource, meanwhile, serving, subscribed, wait_for
from text_frames import same, told
from tiny_model import SPEC, write_tiny_model
from websockets.sync.client import connect

from drivers.source import SourceInfo
from models.any_model import load_any_model
from models.errors import ModelMismatch
from models.pipeline.any_recognizer import Answer
from service.asyncapi import document
from service.live import Live
from service.streams import DecisionOrder, StreamOrder, make_live, recognizer_for

SAMPLES = (30 * np.random.default_rng(0).standard_normal((8000, 16))).astype(np.float32)

STEP = 40
"""Samples that a recogniser collects before it answers."""


class Band(HandFedSource):
    """Sixteen channels at 2 kHz."""

    info = SourceInfo("band", 2000.0, tuple(map(str, range(16))))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with models of text, ``gru``, and of events."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("gru", "offline"):
        tiny_sequence_model.write(name, folder / "models")
    write_tiny_model(folder / "models", SPEC.model_copy(update={"rate_hz": 2000.0, "channels": 16, "features": 16}))
    tiny_sequence_model.write_lively_events(folder / "models")
    return folder


@pytest.fixture
def source() -> Band:
    return Band()


def stream(models: Path, name: str, source: Band, stream_name: str = "default") -> Live:
    model = load_any_model(str(models / "models" / f"{name}.onnx"))
    return Live(stream_name, lambda: source, recognizer_for(model, DecisionOrder()), UNHURRIED)


def offline(models: Path, name: str, samples: np.ndarray = SAMPLES) -> list[Answer]:
    model = load_any_model(str(models / "models" / f"{name}.onnx"))
    return list(recognizer_for(model, DecisionOrder()).feed(samples, 0))


@contextmanager
def packed(address: str) -> Iterator[Any]:
    url = f"ws://{address}/v1/streams/default/predictions?format=msgpack"
    with connect(url, compression=None) as connection:
        yield connection


@pytest.mark.parametrize(("name", "kind"), [("gru", "text"), ("events", "event")])
def test_frames_are_what_the_recogniser_says_offline(models: Path, source: Band, name: str, kind: str) -> None:
    expected = offline(models, name)
    assert len(expected) > 3
    schemas = document("0")["components"]["schemas"]
    schema = {"$ref": f"#/$defs/{'Text' if kind == 'text' else 'GestureEvent'}", "$defs": schemas}
    check = Draft202012Validator(json.loads(json.dumps(schema).replace("#/components/schemas/", "#/$defs/")))
    with serving(stream(models, name, source)) as address, subscribed(address) as client, packed(address) as other:
        hello = client.next("hello")
        assert hello["answers"] == {"text": "text", "event": "events"}[kind]
        assert msgpack.unpackb(other.recv(timeout=PATIENCE_S))["answers"] == hello["answers"]
        parts = iter(np.split(SAMPLES, range(77, 8000, 133)))
        fed = 0
        for seq, answer in enumerate(expected):
            while fed < min(answer.index + 1 + STEP, len(SAMPLES)):  # no faster than it is read
                source.feed(part := next(parts))
                fed += len(part)
            frame = client.next(kind)
            check.validate(frame)
            assert (frame["seq"], frame["device_s"]) == (seq, pytest.approx(answer.index / 2000))
            assert same(frame, answer)
            binary = msgpack.unpackb(other.recv(timeout=PATIENCE_S))
            while binary["type"] == "status":
                binary = msgpack.unpackb(other.recv(timeout=PATIENCE_S))
            assert json.loads(json.dumps(binary)) == frame


def test_a_text_keeps_its_symbols_through_a_gap_and_a_silence(models: Path, source: Band) -> None:
    holed = SAMPLES.copy()
    holed[3001:3004] = np.nan
    expected = offline(models, "gru", holed)
    with serving(stream(models, "gru", source)) as address, subscribed(address) as client:
        source.feed(holed[:4000])
        before = [frame for frame in client.until("stalled") if frame["type"] == "text"]
        source.feed(holed[4000:])
        frames = before + [client.next("text") for _ in expected[len(before) :]]
        assert [same(frame, answer) for frame, answer in zip(frames, expected, strict=True)] == [True] * len(expected)
        back = f"ws://{address}/v1/streams/default/predictions?resume={len(expected) - 6}"
        with connect(back, compression=None) as connection:
            again = Client(connection)
            assert [again.next("text") for _ in range(5)] == frames[-5:]
    assert sum(len(frame["stable"]) for frame in frames) == frames[-1]["settled"] > 0


def test_a_stream_that_types_nothing_is_fresh(models: Path, source: Band) -> None:
    quiet = np.zeros((80, 16), np.float32)
    with serving(stream(models, "gru", source)) as address, meanwhile(lambda: source.feed(quiet), 0.02):
        wait_for(lambda: httpx.get(f"http://{address}/readyz").status_code == 200)
        [info] = httpx.get(f"http://{address}/v1/streams").json()
        assert info["answers"] == "text"


def test_one_that_reads_to_the_end_is_refused_for_a_stream(models: Path) -> None:
    order = StreamOrder(source="sim://wristband", model="offline")
    with pytest.raises(ModelMismatch, match="so it cannot follow a live stream"):
        make_live(order, load_any_model(str(models / "models" / "offline.onnx")))


def test_a_user_without_a_layer_is_refused(models: Path, source: Band) -> None:
    with (
        serving(stream(models, "gru", source), data_dir=models) as address,
        httpx.Client(base_url=f"http://{address}") as http,
    ):
        assert http.post("/v1/users", json={"user": "u1"}).status_code == 201
        unknown = http.put("/v1/streams/default/user", json={"user": "u1"})
        assert "has no head for gru: calibrate first" in unknown.json()["detail"]
        assert http.put("/v1/streams/default/user", json={"user": None}).is_success
        offered = http.post("/v1/streams", json={"name": "x", "source": "sim://wristband", "model": "offline"})
        assert offered.status_code == 409
        assert "reads a recording to its end" in offered.json()["detail"]
        assert http.delete("/v1/users/u1").is_success  # looks through all streams


def test_models_of_text_are_listed_with_what_they_answer(models: Path, source: Band) -> None:
    with serving(stream(models, "gru", source), data_dir=models) as address:
        found = {model["model"]: model for model in httpx.get(f"http://{address}/v1/models").json()}
    text, offline_only = found["gru"]["facts"], found["offline"]["facts"]
    assert (text["kind"], text["live"], text["head"], text["gestures"]) == ("sequence", True, None, ["a", "b", "c"])
    assert (found["gru"]["problem"], offline_only["live"]) == (None, False)


def test_another_model_changes_what_comes(models: Path, source: Band) -> None:
    with (
        serving(stream(models, "gru", source), data_dir=models) as address,
        subscribed(address) as client,
        httpx.Client(base_url=f"http://{address}") as http,
    ):
        assert client.next("hello")["answers"] == "text"
        for model, answers in (("tiny", "gestures"), ("events", "events")):
            changed = http.put("/v1/streams/default/model", json={"model": model})
            assert changed.status_code == 200, changed.text
            source.feed(SAMPLES[:1000])
            assert client.next("hello")["answers"] == answers
        assert client.next("event")["label"] in tiny_sequence_model.EVENTS


def test_decisions_of_a_recording_refuse_a_model_of_text(models: Path, source: Band) -> None:
    with (
        serving(stream(models, "gru", source), data_dir=models) as address,
        httpx.Client(base_url=f"http://{address}") as http,
    ):
        started = http.post("/v1/streams/default/recording")
        assert started.is_success, started.text
        source.feed(SAMPLES[:2000])
        wait_for(lambda: http.get("/v1/streams").json()[0]["counters"]["samples"] == 2000)
        assert http.delete("/v1/streams/default/recording").is_success
        answer = http.get(f"/v1/recordings/{started.json()['name']}/decisions", params={"model": "gru"})
    assert answer.status_code == 409
    assert "no head of gestures" in answer.json()["detail"]


def test_a_simulated_wristband_that_types_is_served_as_ordered(models: Path) -> None:
    order = StreamOrder(source="sim://wristband?text=hello&wpm=100", model="gru")
    live = make_live(order, load_any_model(str(models / "models" / "gru.onnx")))
    with serving(live) as address, subscribed(address) as client:
        hello = client.next("hello")
        assert (hello["simulated"], hello["answers"], hello["head"]) == (True, "text", {"user": None, "version": None})
        assert client.next("text")["tail"] != ""


def test_a_client_that_does_not_read_for_long_loses_no_symbol(models: Path, source: Band) -> None:
    with serving(live := stream(models, "gru", source)) as address, socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # what waits on the client's side is its own affair
        host, port = address.split(":")
        raw.connect((host, int(port)))
        url = f"ws://{address}/v1/streams/default/predictions"
        with connect(url, sock=raw, compression=None, max_queue=1) as connection:
            source.feed(*np.split(np.concatenate([SAMPLES] * 3), 240))
            wait_for(lambda: live.counters.samples == 3 * len(SAMPLES))
            newest = live.counters.predictions - 1
            client = Client(connection)
            frames = [client.next("text")]
            while frames[-1]["seq"] < newest:
                frames.append(client.next("text"))
    assert len(frames) <= newest  # some were joined
    assert sum(len(frame["stable"]) for frame in frames) == frames[-1]["settled"]
    expected = offline(models, "gru", np.concatenate([SAMPLES] * 3))
    assert "".join(frame["stable"] for frame in frames) == "".join(told(answer)["stable"] for answer in expected)
