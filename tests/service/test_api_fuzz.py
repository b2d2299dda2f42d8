"""Whatever is asked of the API, the answer is one that the OpenAPI document promises, and never a bug of ours."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from clinic import Clinic
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from serving import PATIENCE_S, HandFedSource, serving
from tiny_model import write_tiny_model
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import load_recognizer
from models.runtime import load_model
from service.live import Live

STRANGE = ["..", ".", "a/b", "../../etc/passwd", "\0", "a\0b", "%", "%00", "ä", "\U0001f91a", " ", "\n", "x" * 300]
VALUES = [None, True, 0, -1, 1e308, 10**40, 0.5, "", "p-17", "default", [], {}, [[]], *STRANGE]
strange = st.sampled_from(STRANGE) | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80)
values = st.sampled_from(VALUES) | st.lists(st.text(), max_size=3) | st.floats() | st.integers()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    model = load_model(str(write_tiny_model(tmp_path_factory.mktemp("tiny"))))
    live = Live("default", HandFedSource, load_recognizer(model, DecisionSpec()))
    with serving(live, data_dir=tmp_path_factory.mktemp("data")) as address:
        Clinic(address).post("/users", user="p-17")
        yield address


@pytest.fixture(scope="module")
def document(address: str) -> dict[str, Any]:
    return httpx.get(f"http://{address}/openapi.json").json()


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://{address}", timeout=PATIENCE_S) as client:
        yield client


@pytest.fixture(scope="module")
def promised(document: dict[str, Any]) -> Callable[[str, str, httpx.Response], None]:
    """Fails where an answer is none that the document promises for the operation."""

    def check(method: str, path: str, answer: httpx.Response) -> None:
        asked = f"{method} {answer.request.url!s:.300}"
        assert answer.status_code < 500, f"{asked}: {answer.status_code} {answer.text}"
        described = document["paths"][path][method]["responses"]
        assert str(answer.status_code) in described, f"{asked}: {answer.status_code} {answer.text}"
        content = described[str(answer.status_code)].get("content", {})
        if schema := content.get("application/json", {}).get("schema"):
            Draft202012Validator({**schema, "components": document["components"]}).validate(answer.json())
        if answer.status_code >= 400:
            assert len(answer.json()["detail"]) > 12, f"{asked}: {answer.text}"

    return check


def test_strange_names_and_values_are_answered_as_promised(
    client: httpx.Client, document: dict[str, Any], promised: Callable[..., None]
) -> None:
    operations = [(method, path) for path, item in document["paths"].items() for method in item]

    @settings(max_examples=300)
    @given(
        operation=st.sampled_from(operations),
        names=st.lists(strange, min_size=2, max_size=2),
        given=st.lists(values, max_size=12),
    )
    def ask(operation: tuple[str, str], names: list[str], given: list[Any]) -> None:
        method, path = operation
        described = document["paths"][path][method]
        places = [place["name"] for place in described.get("parameters", []) if place["in"] == "path"]
        named = {place: quote(name, safe="") for place, name in zip(places, names, strict=False)}
        body = json.dumps(dict(zip(fields(document, described), given, strict=False)))
        content, headers = body if "requestBody" in described else None, {"content-type": "application/json"}
        answer = client.request(method, path.format(**named), content=content, headers=headers)
        if any(name in (".", "..") or "/" in name for name in names):  # another address, perhaps of nothing at all
            assert answer.status_code < 500, answer.text
        else:
            promised(method, path, answer)

    ask()


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff", b'{"user": "\\ud800"}', b"NaN", b"[" * 100_000, b'{"user": ' + b"9" * 5000 + b"}", b"[]"],
)
def test_what_is_no_json_is_refused(client: httpx.Client, promised: Callable[..., None], content: bytes) -> None:
    for path in ("/v1/users", "/v1/calibrations"):
        answer = client.post(path, content=content, headers={"content-type": "application/json"})
        promised("post", path, answer)
        assert answer.is_client_error


@pytest.mark.parametrize("value", ["NaN", "1e999", "-1e999", "1e400", "[NaN]", '"NaN"'])
def test_numbers_that_are_none_are_refused_by_name(client: httpx.Client, value: str) -> None:
    for field in ("hold_s", "rest_s", "prepare_s", "repetitions", "seed"):
        content = f'{{"user": "p-17", "{field}": {value}}}'
        answer = client.post("/v1/calibrations", content=content, headers={"content-type": "application/json"})
        assert answer.status_code == 422, answer.text
        assert field in answer.json()["detail"]


def test_a_name_of_a_million_characters_is_refused(client: httpx.Client, promised: Callable[..., None]) -> None:
    for path, body in (
        ("/v1/users", {"user": "x" * 10**6}),
        ("/v1/calibrations", {"user": "p-17", "gestures": ["x" * 10**6, "y"]}),
        ("/v1/calibrations", {"user": "p-17", "positions": ["x" * 10**6]}),
    ):
        answer = client.post(path, json=body)
        promised("post", path, answer)
        assert answer.status_code == 422
        assert len(answer.text) < 500


@pytest.mark.parametrize("name", STRANGE)
@pytest.mark.parametrize("path", ["streams/{}/predictions", "calibrations/{}/events"])
def test_websockets_of_strange_names_are_refused(address: str, path: str, name: str) -> None:
    with pytest.raises(InvalidStatus) as refused, connect(f"ws://{address}/v1/{path.format(quote(name, safe=''))}"):
        pass
    assert refused.value.response.status_code in (403, 404)


def fields(document: dict[str, Any], described: dict[str, Any]) -> list[str]:
    """Names of the fields that the body of an operation has, and one that it has not."""
    content = described.get("requestBody", {}).get("content", {})
    reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    schema = document["components"]["schemas"].get(reference.rpartition("/")[2], {})
    return [*schema.get("properties", {}), "nobody"]
