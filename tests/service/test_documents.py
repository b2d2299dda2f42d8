"""What is served about the service must be what the service does."""

from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from serving import END, HandFedSource, serving, subscribed
from starlette.routing import Route

from service.asyncapi import CONNECTION
from service.hub import BACKLOG, HISTORY
from service.live import Live
from service.messages import HeadInfo
from service.routes import documents
from service.server import Server
from service.streams import Streams
from service.wire import PING_S


def resolve(document: dict[str, Any], pointer: str) -> Any:
    """The part of a document that a local ``$ref`` names."""
    assert pointer.startswith("#/")
    for step in pointer[2:].split("/"):
        document = document[step.replace("~1", "/").replace("~0", "~")]
    return document


def references(part: Any) -> list[str]:
    """All ``$ref`` below a part of a document."""
    if isinstance(part, list):
        return [found for item in part for found in references(item)]
    if not isinstance(part, dict):
        return []
    own = [part["$ref"]] if "$ref" in part else []
    return own + [found for item in part.values() for found in references(item)]


def validator(document: dict[str, Any], pointer: str) -> Draft202012Validator:
    """Checks instances against one schema of a document, whose references stay within it."""
    return Draft202012Validator({"$ref": pointer, "components": document["components"]})


def test_every_frame_is_what_the_asyncapi_document_says(live: Live, source: HandFedSource, signal: np.ndarray) -> None:
    with serving(live) as address, subscribed(address) as client:
        document = httpx.get(f"http://{address}/asyncapi.json").json()
        source.feed(signal[:300])
        live.answers.wear(live.answers.population, HeadInfo(user="p-17", version=3))
        frames = client.until("stalled")
        source.feed(signal[300:400], END)
        frames += client.until("ended")
    messages = document["components"]["messages"]
    others = {"text", "event", "movement"}  # test_text_streams.py, test_movement_streams.py
    assert {frame["type"] for frame in frames} == set(document["channels"]["predictions"]["messages"]) - others
    for frame in frames:
        validator(document, messages[frame["type"]]["payload"]["$ref"]).validate(frame)


def test_documents_are_made_beside_the_event_loop_which_watches_the_streams() -> None:
    """The first of them took 0.6 s, in which the stream was said to be silent, and its predictions waited."""
    made = {route.path: route.endpoint for route in documents.router.routes if isinstance(route, Route)}
    for path in ("/openapi.json", "/asyncapi.json", "/docs", "/redoc"):
        assert not iscoroutinefunction(made[path])


def test_the_asyncapi_document_is_whole(live: Live) -> None:
    with serving(live) as address:
        document = httpx.get(f"http://{address}/asyncapi.json").json()
    assert document["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= document["info"].keys()
    for pointer in references(document):
        assert resolve(document, pointer)
    channels = [resolve(document, operation["channel"]["$ref"]) for operation in document["operations"].values()]
    addresses = [channel["address"] for channel in channels]
    assert addresses == ["/v1/streams/{stream}/predictions", "/v1/streams/{stream}/signal"]
    assert all(set(channel["parameters"]) == {"stream"} for channel in channels)
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize(
    ("path", "operation", "status"),
    [
        ("/healthz", "/healthz", 200),
        ("/v1/streams", "/v1/streams", 200),
        ("/v1/streams/default", "/v1/streams/{stream}", 200),
        ("/v1/streams/nobody", "/v1/streams/{stream}", 404),
        ("/asyncapi.json", "/asyncapi.json", 200),
        ("/v1/calibrations", "/v1/calibrations", 200),
        ("/v1/users/nobody/heads/1/report", "/v1/users/{user}/heads/{version}/report", 404),
    ],
)
def test_every_answer_is_what_the_openapi_document_says(
    live: Live, tmp_path: Path, path: str, operation: str, status: int
) -> None:
    with serving(live, data_dir=tmp_path) as address:
        document = httpx.get(f"http://{address}/openapi.json").json()
        answer = httpx.get(f"http://{address}{path}")
    validate(document)
    assert answer.status_code == status
    described = document["paths"][operation]["get"]["responses"][str(status)]["content"]["application/json"]["schema"]
    Draft202012Validator({**described, "components": document["components"]}).validate(answer.json())


def test_an_unknown_stream_is_refused_with_the_names_of_the_others(live: Live) -> None:
    with serving(live) as address:
        assert httpx.get(f"http://{address}/v1/streams/left-arm").json() == {
            "detail": "no stream 'left-arm'; running: default"
        }


def test_health_tells_the_age_of_the_last_prediction(live: Live, source: HandFedSource, signal: np.ndarray) -> None:
    with serving(live) as address, subscribed(address) as client:
        assert httpx.get(f"http://{address}/healthz").json()["streams"][0]["prediction_age_ms"] is None
        source.feed(signal[:300])
        client.next("prediction")
        answers: list[dict[str, Any]] = []
        while not answers or (answers[-1]["status"] == "degraded" and len(answers) < 100):  # a busy machine is silent
            source.feed(signal[:25])
            client.next("prediction")
            answers.append(httpx.get(f"http://{address}/healthz").json())
        health = answers[-1]
        client.until("stalled")
        degraded = httpx.get(f"http://{address}/healthz").json()
    assert health["status"] == "ok"
    assert 0 <= health["streams"][0]["prediction_age_ms"] < 10_000
    assert degraded["status"] == "degraded"
    assert degraded["streams"][0]["state"] == "stalled"


def test_what_may_be_asked_for_is_described(live: Live) -> None:
    with serving(live) as address:
        document = httpx.get(f"http://{address}/asyncapi.json").json()
    query = document["channels"]["predictions"]["bindings"]["ws"]["query"]
    Draft202012Validator.check_schema(query)
    assert set(query["properties"]) == {"decisions", "format", "rate", "resume", "ticket"}
    assert all(asked["description"] for asked in query["properties"].values())
    assert not references(query)


def test_numbers_that_are_promised_are_those_of_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.server.PING_S", PING_S)  # services of tests are more patient
    config = Server(Streams(), tmp_path).config
    assert config.ws_ping_interval == config.ws_ping_timeout == PING_S
    for promised in (f"keeps {BACKLOG} frames", f"last {HISTORY} predictions", f"one every {PING_S:.0f} s"):
        assert promised in CONNECTION


def test_a_new_hello_is_a_frame_like_any_other(live: Live, source: HandFedSource, signal: np.ndarray) -> None:
    with serving(live) as address, subscribed(address) as client:
        document = httpx.get(f"http://{address}/asyncapi.json").json()
        live.use(live.answers.recognizer)
        source.feed(signal[:300])
        hellos = [client.next("hello"), client.next("hello")]
    for hello in hellos:
        validator(document, document["components"]["messages"]["hello"]["payload"]["$ref"]).validate(hello)
