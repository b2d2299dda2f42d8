"""Tokens over the API: made, listed without their secret, revoked; and nobody locks themselves out."""

import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from serving import PATIENCE_S, serving

from service.security import guard
from service.security.scopes import Scope
from service.security.tokens import FILE, Tokens

EVIL = {"origin": "https://evil.example"}


@pytest.fixture
def api(tmp_path: Path) -> Iterator[httpx.Client]:
    with (
        serving(data_dir=tmp_path) as address,
        httpx.Client(base_url=f"http://{address}/v1", timeout=PATIENCE_S) as api,
    ):
        yield api


def made(api: httpx.Client, name: str, *scopes: str, days: float | None = None) -> str:
    answer = api.post("/tokens", json={"name": name, "scopes": scopes, "days": days})
    assert answer.status_code == 201, answer.text
    secret: str = answer.json()["token"]
    return secret


def show(api: httpx.Client, secret: str) -> None:
    api.headers["authorization"] = f"Bearer {secret}"


def test_the_first_token_closes_the_service_and_opens_it_to_its_owner(
    api: httpx.Client, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert api.get("/tokens").json() == {"open": True, "tokens": []}
    secret = made(api, "chief", "admin")
    assert api.get("/streams").status_code == 401
    show(api, secret)
    wrist = made(api, "wrist", "subscribe", "operate", days=30)
    answer = api.get("/tokens")
    assert answer.headers["cache-control"] == "no-store"
    chief, other = answer.json()["tokens"]
    assert not answer.json()["open"]
    assert (chief["name"], chief["yours"], chief["expires"]) == ("chief", True, None)
    assert (other["name"], other["yours"], other["expired"]) == ("wrist", False, False)
    assert other["scopes"] == ["operate", "subscribe"]
    seen = answer.text + caplog.text + (tmp_path / FILE).read_text()
    assert secret not in seen
    assert wrist not in seen
    assert "token wrist (operate subscribe) was made by chief" in caplog.text


def test_the_first_token_over_the_api_has_to_be_an_admins(api: httpx.Client, tmp_path: Path) -> None:
    answer = api.post("/tokens", json={"name": "wrist", "scopes": ["subscribe"]})
    assert answer.status_code == 409
    assert "give it the scope admin" in answer.json()["detail"]
    assert not (tmp_path / FILE).exists()
    assert api.get("/streams").status_code == 200


def test_revoking_leaves_an_admin(api: httpx.Client) -> None:
    show(api, made(api, "chief", "admin"))
    second = made(api, "second", "admin")
    assert api.delete("/tokens/nobody").status_code == 404
    assert api.delete("/tokens/chief").status_code == 204
    assert api.get("/tokens").status_code == 401
    show(api, second)
    answer = api.delete("/tokens/second")
    assert answer.status_code == 409
    assert "make another one first" in answer.json()["detail"]
    assert [token["name"] for token in api.get("/tokens").json()["tokens"]] == ["second"]


@pytest.mark.parametrize("scope", [scope for scope in Scope if scope is not Scope.ADMIN])
def test_only_an_admin_sees_or_changes_tokens(api: httpx.Client, tmp_path: Path, scope: Scope) -> None:
    tokens = Tokens(tmp_path / FILE)
    show(api, tokens.create("curious", frozenset({scope})))
    order = {"name": "more", "scopes": ["admin"]}
    assert api.get("/tokens").status_code == 403
    assert api.post("/tokens", json=order).status_code == 403
    assert api.delete("/tokens/curious").status_code == 403
    assert [token.name for token in tokens.all()] == ["curious"]


def test_an_admin_may_do_everything_that_the_page_asks(api: httpx.Client) -> None:
    show(api, made(api, "chief", "admin"))
    for path in ("/streams", "/models", "/system", "/tokens", "/recordings", "/users"):
        assert api.get(path).status_code == 200, path


def test_a_page_elsewhere_makes_no_token_in_its_visitors_name(api: httpx.Client, tmp_path: Path) -> None:
    order = '{"name": "evil", "scopes": ["admin"]}'
    for headers in (EVIL, {"origin": "null"}, EVIL | {"content-type": "text/plain"}):
        assert api.post("/tokens", content=order, headers=headers).status_code == 403
        assert api.delete("/tokens/chief", headers=headers).status_code == 403
    assert api.post("/tokens", content=order, headers={"content-type": "text/plain"}).status_code == 422
    assert api.get("/tokens", headers={"host": "rebound.evil.example"}).status_code == 421
    preflight = api.options("/tokens", headers=EVIL | {"access-control-request-method": "POST"})
    assert "access-control-allow-origin" not in preflight.headers
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize(
    "order",
    [
        {"name": "", "scopes": ["admin"]},
        {"name": "../x", "scopes": ["admin"]},
        {"name": "x\n", "scopes": ["admin"]},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["root"]},
        {"name": "x", "scopes": ["admin"], "days": 0},
        {"name": "x", "scopes": ["admin"], "days": 1e9},
        {"name": "x", "scopes": ["admin"], "token": "palm_mine"},
    ],
)
def test_what_is_no_token_is_refused(api: httpx.Client, tmp_path: Path, order: dict[str, object]) -> None:
    assert api.post("/tokens", json=order).status_code == 422
    assert not (tmp_path / FILE).exists()


def test_a_name_is_given_once(api: httpx.Client) -> None:
    show(api, made(api, "chief", "admin"))
    answer = api.post("/tokens", json={"name": "chief", "scopes": ["subscribe"]})
    assert answer.status_code == 409
    assert "choose another name" in answer.json()["detail"]


def test_changing_tokens_has_the_limits_of_changes(api: httpx.Client) -> None:
    show(api, made(api, "chief", "admin"))
    answers = [api.delete("/tokens/nobody").status_code for _ in range(guard.CHANGES[1] + 30)]
    assert set(answers) == {404, 429}
