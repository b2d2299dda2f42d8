"""Whatever is asked of the API, the answer is one that the OpenAPI document promises, and never a bug of ours.

Schemathesis makes the requests of the document. Some hundreds by default; ``PALMARIS_FUZZ=10000 pytest
tests/service/test_api_fuzz.py`` takes so many, with tokens and without.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schemathesis import Case, GenerationMode, openapi
from schemathesis.core import NotSet
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from serving import PATIENCE_S, HandFedSource, serving
from tiny_model import write_tiny_model
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import load_recognizer
from models.runtime import load_model
from service.live import Live
from service.security import guard
from service.security.scopes import Scope
from service.security.tokens import FILE, Tokens

CASES = int(os.environ.get("PALMARIS_FUZZ", "400"))
STRANGE = ["..", ".", "a/b", "../../etc/passwd", "\0", "a\0b", "%", "%00", "ä", "\U0001f91a", " ", "\n", "x" * 300]
#: What the door says, whatever the route behind it promises.
AT_THE_DOOR = {401, 403, 429}
JSON = {"content-type": "application/json"}
Operation = APIOperation[Any, Any, Any, Any]
NAMES = {"name": "session.npz", "marker": "0", "model": "tiny", "token": "spare"}
STREAM = {"name": "default", "source": "replay://session.npz?loop=true", "model": "tiny"}

strange = st.sampled_from(STRANGE) | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80)


class Api:
    """A service, what it promises, and how many requests it has answered."""

    def __init__(self, client: httpx.Client, address: str, data_dir: Path, tokens: Tokens | None = None) -> None:
        self.client = client
        self.data_dir = data_dir
        self.address = address
        self.asked = 0
        self.calibration = "none"
        self.shown: dict[str, dict[str, str]] = {"nothing": {}}
        if tokens is not None:
            texts = {"wrong": "palm_x"} | {str(scope): tokens.create(scope, frozenset({scope})) for scope in Scope}
            tokens.create(NAMES["token"], frozenset(Scope))
            self.shown |= {name: {"authorization": f"Bearer {text}"} for name, text in texts.items()}
        self.admin = self.shown.get(Scope.ADMIN, {})
        self.document = self.client.get("/openapi.json", headers=self.admin).json()
        self.must("POST", "/users", {"user": "p-17"})

    @property
    def known(self) -> dict[str, str]:
        """Names of what exists."""
        return {"stream": "default", "user": "p-17", "calibration": self.calibration, "version": "1"} | NAMES

    def operations(self) -> list[Operation]:
        """Everything that the document describes."""
        found = openapi.from_dict(self.document).get_all_operations()
        every = [operation.ok() for operation in found if isinstance(operation, Ok)]
        # the first token would close what is open to all
        return [operation for operation in every if self.admin or operation.label != "POST /v1/tokens"]

    def ask(self, operation: Operation, names: dict[str, str], shown: str, **more: Any) -> None:
        """Ask, fail where the answer is none that the document promises, and mend what was broken."""
        self.asked += 1
        path = operation.path.format(**{place: quote(name, safe="") for place, name in names.items()})
        answer = self.client.request(operation.method, path, headers=JSON | self.shown[shown], **more)
        words = f"{operation.label} {path:.200}: {answer.status_code} {answer.text:.300}"
        if operation.path != "/readyz":
            require_sane(answer, words)
        elsewhere = any(name in ("", ".", "..") or "/" in name for name in names.values())
        if not elsewhere and not (self.admin and answer.status_code in AT_THE_DOOR):
            self._require_promised(operation, answer, words)
        self._mend(operation.label if answer.is_success else "", answer)

    def must(self, method: str, path: str, body: dict[str, Any] | None = None) -> None:
        """Ask what has to succeed."""
        answer = self.client.request(method, f"/v1{path}", headers=self.admin, json=body)
        assert answer.is_success, answer.text

    def _require_promised(self, operation: Operation, answer: httpx.Response, words: str) -> None:
        promised = self.document["paths"][operation.path][operation.method]["responses"]
        assert str(answer.status_code) in promised, words
        content = promised[str(answer.status_code)].get("content", {})
        if schema := content.get("application/json", {}).get("schema"):
            Draft202012Validator({**schema, "components": self.document["components"]}).validate(answer.json())

    def _mend(self, done: str, answer: httpx.Response) -> None:
        """What the next requests need is there, and what would pile up is gone."""
        match done:
            case "POST /v1/streams":
                self.must("DELETE", f"/streams/{answer.json()['stream']}")
            case "DELETE /v1/streams/{stream}":
                self.must("POST", "/streams", STREAM)
            case "DELETE /v1/recordings/{name}":
                write_session(self.data_dir)
            case "DELETE /v1/users/{user}":
                self.must("POST", "/users", {"user": "p-17"})
            case "POST /v1/tokens":
                self.must("DELETE", f"/tokens/{answer.json()['info']['name']}")
            case "DELETE /v1/tokens/{token}":
                self.must("POST", "/tokens", {"name": NAMES["token"], "scopes": list(Scope)})
            case "POST /v1/calibrations":
                self.calibration = answer.json()["calibration"]
                self.must("POST", f"/calibrations/{self.calibration}/abort")


def require_sane(answer: httpx.Response, words: str) -> None:
    """A refusal is JSON that says why; nothing is a bug."""
    assert answer.status_code < 500, words
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/json", words
        assert len(answer.json()["detail"]) >= len("Not Found"), words


@contextmanager
def api_of(factory: pytest.TempPathFactory, *, closed: bool) -> Iterator[Api]:
    """The API of a real service with a stream, a model and a recording; ``closed``: tokens are needed."""
    data_dir = factory.mktemp("data")
    (data_dir / "models").mkdir()
    (data_dir / "recordings").mkdir()
    write_session(data_dir)
    model = load_model(str(write_tiny_model(data_dir / "models")))
    live = Live("default", HandFedSource, load_recognizer(model, DecisionSpec()))
    with (
        serving(live, data_dir=data_dir) as address,
        httpx.Client(base_url=f"http://{address}", timeout=PATIENCE_S) as client,
    ):
        yield Api(client, address, data_dir, Tokens(data_dir / FILE) if closed else None)


def write_session(data_dir: Path) -> None:
    """A recording of a second."""
    np.savez(data_dir / "recordings" / "session.npz", samples=np.ones((1000, 2), np.float32), rate_hz=1000.0)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with api_of(tmp_path_factory, closed=False) as api:
        yield api


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guard, "READS", (1e6, 10**6))  # tests are faster than clients may be
        patch.setattr(guard, "CHANGES", (1e6, 10**6))
        with api_of(tmp_path_factory, closed=True) as api:
            yield api


@pytest.fixture(params=["without a token", "with tokens"])
def either(request: pytest.FixtureRequest) -> Api:
    service: Api = request.getfixturevalue("api" if request.param == "without a token" else "closed")
    return service


@pytest.mark.timeout(120 + CASES // 10)
def test_whatever_is_asked_is_answered_as_promised(either: Api, subtests: pytest.Subtests) -> None:
    operations = either.operations()
    for number, operation in enumerate(operations):
        share = (CASES // 2 - either.asked) // (len(operations) - number)  # who has no part that varies takes less
        with subtests.test(operation.label):
            ask_about(either, operation, share)
    assert either.asked >= CASES // 2


def ask_about(api: Api, operation: Operation, cases: int) -> None:
    """So many requests for an operation, half of them about something that exists."""
    shown = st.sampled_from([*api.shown, *([Scope.ADMIN] * 3 if api.admin else [])])

    @settings(max_examples=max(cases, 1), database=None, suppress_health_check=list(HealthCheck))
    @given(cases_of(operation), strange, st.booleans(), shown)
    def ask(case: Case[Any], name: str, about_known: bool, shown: str) -> None:
        made = {place: str(value) for place, value in case.path_parameters.items()}
        names = {place: api.known[place] if about_known else name for place in made}
        content = None if isinstance(case.body, NotSet) else json.dumps(case.body, default=str)
        api.ask(operation, names, shown, content=content, params=case.query)

    ask()


def cases_of(operation: Operation) -> st.SearchStrategy[Case[Any]]:
    """Requests as the document describes them, and where they have a body or a query, others that break its rules."""
    if operation.label == "POST /v1/users/{user}/profile":  # schemathesis makes no archives; test_profiles.py does
        return operation.as_strategy(GenerationMode.POSITIVE, body="no archive")
    kept = operation.as_strategy(GenerationMode.POSITIVE)
    varies = operation.query or operation.body
    return kept | operation.as_strategy(GenerationMode.NEGATIVE) if varies else kept


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff", b'{"user": "\\ud800"}', b"NaN", b"[" * 100_000, b'{"user": ' + b"9" * 5000 + b"}", b"[]"],
)
def test_what_is_no_json_is_refused(api: Api, content: bytes) -> None:
    for path in ("/v1/users", "/v1/calibrations"):
        answer = api.client.post(path, content=content, headers=JSON)
        require_sane(answer, answer.text)
        assert answer.status_code == 422


@pytest.mark.parametrize("value", ["NaN", "1e999", "-1e999", "1e400", "[NaN]", '"NaN"'])
def test_numbers_that_are_none_are_refused_by_name(api: Api, value: str) -> None:
    for field in ("hold_s", "rest_s", "prepare_s", "repetitions", "seed"):
        content = f'{{"user": "p-17", "{field}": {value}}}'
        answer = api.client.post("/v1/calibrations", content=content, headers=JSON)
        assert answer.status_code == 422, answer.text
        assert field in answer.json()["detail"]


def test_a_name_of_a_million_characters_is_refused(api: Api) -> None:
    for path, body in (
        ("/v1/users", {"user": "x" * 10**6}),
        ("/v1/calibrations", {"user": "p-17", "gestures": ["x" * 10**6, "y"]}),
        ("/v1/calibrations", {"user": "p-17", "positions": ["x" * 10**6]}),
    ):
        answer = api.client.post(path, json=body)
        assert answer.status_code == 422
        assert len(answer.text) < 500


@pytest.mark.parametrize("name", STRANGE)
@pytest.mark.parametrize("path", ["streams/{}/predictions", "calibrations/{}/events"])
def test_websockets_of_strange_names_are_refused(api: Api, path: str, name: str) -> None:
    with pytest.raises(InvalidStatus) as refused, connect(f"ws://{api.address}/v1/{path.format(quote(name, safe=''))}"):
        pass
    assert refused.value.response.status_code in (403, 404)
