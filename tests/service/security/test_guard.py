"""The door, tried from outside: with no token, a wrong one, the right one, and in another's name."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving import PATIENCE_S
from stepped_clock import SteppedClock
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from service.security import guard
from service.security.scopes import Scope
from service.security.tokens import Tokens

BEARER = "Bearer palm_" + "x" * 43


def refusal(join: Callable[[], Any]) -> tuple[int, str]:
    """Status and body with which a websocket is refused."""
    with pytest.raises(InvalidStatus) as refused:
        join()
    return refused.value.response.status_code, refused.value.response.body.decode()


def ticket(door: Any, headers: dict[str, str]) -> str:
    answer = door.ask("POST", "/v1/tickets", headers)
    assert answer.status_code == 201
    assert answer.json()["expires_s"] == 30
    return f"?ticket={answer.json()['ticket']}"


def test_without_tokens_everybody_here_is_the_operator(door: Any) -> None:
    assert door.ask("GET", "/v1/unlisted").json() == "operator"
    assert door.ask("GET", "/v1/streams", {"authorization": BEARER}).json() == "operator"
    with door.join() as websocket:
        assert websocket.recv() == "operator"
    with door.join(query=ticket(door, {})) as websocket:
        assert websocket.recv() == "operator"


def test_with_the_first_token_strangers_see_only_the_page(door: Any) -> None:
    door.token("wrist", Scope.SUBSCRIBE)
    assert door.ask("GET", "/").json() == "stranger"
    for method, path in (("GET", "/v1/streams"), ("POST", "/v1/streams"), ("POST", "/v1/tickets"), ("GET", "/nothing")):
        answer = door.ask(method, path)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "palmaris token create" in answer.json()["detail"]
    status, body = refusal(door.join)
    assert status == 401
    assert "palmaris token create" in body


def test_a_token_opens_what_its_scopes_say(door: Any) -> None:
    subscribe, admin = door.token("wrist", Scope.SUBSCRIBE), door.token("chief", Scope.ADMIN)
    assert door.ask("GET", "/v1/streams", subscribe).json() == "wrist"
    answer = door.ask("POST", "/v1/streams", subscribe)
    assert answer.status_code == 403
    assert answer.json()["detail"] == "the token wrist does not allow this: use one with the scope operate"
    assert door.ask("GET", "/v1/unlisted", subscribe).status_code == 403
    assert door.ask("GET", "/v1/unlisted", admin).json() == "chief"
    assert door.ask("POST", "/v1/streams", admin, content=b"12").json() == 2
    with door.join(subscribe) as websocket:
        assert websocket.recv() == "wrist"
    operate = door.token("lever", Scope.OPERATE)
    assert refusal(lambda: door.join(operate))[0] == 403


@pytest.mark.parametrize("header", ["", "Bearer", BEARER, BEARER.replace("Bearer", "Basic"), "Bearer \xe4", "palm_x"])
def test_a_wrong_token_is_refused_even_where_none_is_needed(door: Any, header: str) -> None:
    door.token("wrist", Scope.SUBSCRIBE)
    for path in ("/", "/v1/streams"):
        answer = door.ask("GET", path, {"authorization": header.encode("latin-1")})
        assert answer.status_code == 401
        assert "palmaris token create" in answer.json()["detail"]


def test_a_revoked_token_opens_nothing_and_its_websocket_closes(door: Any) -> None:
    kept, gone = door.token("kept", Scope.SUBSCRIBE), door.token("gone", Scope.SUBSCRIBE)
    with door.join(kept) as still, door.join(gone) as websocket:
        assert websocket.recv() == "gone"
        tokens(door).revoke("gone")
        assert door.ask("GET", "/v1/streams", gone).status_code == 401
        with pytest.raises(ConnectionClosed) as closed:
            websocket.recv(timeout=PATIENCE_S)
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "the token is no longer valid")
        assert still.recv() == "kept"
        still.ping().wait(PATIENCE_S)
        with pytest.raises(TimeoutError):
            still.recv(timeout=0)


def test_a_websocket_ends_when_its_token_expires(door: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.security.tokens.datetime", SteppedClock)
    headers = door.token("brief", Scope.SUBSCRIBE, days=1)
    with door.join(headers) as websocket:
        assert websocket.recv() == "brief"
        monkeypatch.setattr(SteppedClock, "step", timedelta(days=1))
        with pytest.raises(ConnectionClosed) as closed:
            websocket.recv(timeout=PATIENCE_S)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008


def test_the_first_token_closes_what_was_open_to_all(door: Any) -> None:
    unused = ticket(door, {})
    with door.join() as websocket:
        assert websocket.recv() == "operator"
        door.token("wrist", Scope.SUBSCRIBE)
        with pytest.raises(ConnectionClosed):
            websocket.recv(timeout=PATIENCE_S)
    assert refusal(lambda: door.join(query=unused))[0] == 401


def test_a_ticket_is_its_tokens_once(door: Any) -> None:
    subscribe, operate = door.token("wrist", Scope.SUBSCRIBE), door.token("lever", Scope.OPERATE)
    query = ticket(door, subscribe)
    assert door.ask("GET", f"/v1/streams{query}").status_code == 401, "for websockets only: addresses are logged"
    with door.join(query=query) as websocket:
        assert websocket.recv() == "wrist"
    status, body = refusal(lambda: door.join(query=query))
    assert status == 401
    assert "POST /v1/tickets" in body
    assert refusal(lambda: door.join(query=ticket(door, operate)))[0] == 403


def test_a_ticket_dies_with_its_token(door: Any) -> None:
    door.token("other", Scope.SUBSCRIBE)
    query = ticket(door, door.token("wrist", Scope.SUBSCRIBE))
    tokens(door).revoke("wrist")
    assert refusal(lambda: door.join(query=query))[0] == 401


@pytest.mark.parametrize("damage", [b"", b"{", b'{"tokens": []', b"[]", b'{"tokens": [{}]}'])
def test_a_damaged_file_lets_nobody_in(door: Any, damage: bytes) -> None:
    headers = door.token("wrist", Scope.ADMIN)
    with door.join(headers) as websocket:
        assert websocket.recv() == "wrist"
        door.file.write_bytes(damage)
        for path in ("/", "/v1/streams"):
            for shown in (None, headers):
                answer = door.ask("GET", path, shown)
                assert answer.status_code == 503
                assert "tokens.json in the data directory is damaged" in answer.json()["detail"]
                assert str(door.file.parent) not in answer.text
        assert refusal(lambda: door.join(headers))[0] == 503


def test_a_removed_file_does_not_open(door: Any) -> None:
    headers = door.token("wrist", Scope.SUBSCRIBE)
    assert door.ask("GET", "/v1/streams", headers).is_success
    door.file.unlink()
    assert door.ask("GET", "/v1/streams").status_code == 503


@pytest.mark.parametrize("settings", [{"host": "0.0.0.0"}, {"allowed_hosts": ["clinic.example"]}])  # noqa: S104
def test_a_service_for_others_is_closed_without_tokens(guarding: Any, settings: dict[str, Any]) -> None:
    with guarding(**settings) as door:
        assert door.ask("GET", "/v1/streams").status_code == 401
        headers = door.token("wrist", Scope.SUBSCRIBE)
        assert door.ask("GET", "/v1/streams", headers).is_success
        tokens(door).revoke("wrist")
        assert door.ask("GET", "/v1/streams").status_code == 401


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "Forwarded", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP", "Via"]
)
def test_what_comes_through_a_proxy_needs_a_token(door: Any, header: str) -> None:
    forwarded = {header: "for=203.0.113.9" if header == "Forwarded" else "203.0.113.9"}
    answer = door.ask("GET", "/v1/streams", forwarded)
    assert answer.status_code == 403
    assert "palmaris token create" in answer.json()["detail"]
    assert door.ask("GET", "/v1/streams", {**forwarded, **door.token("wrist", Scope.SUBSCRIBE)}).is_success


def test_names_of_others_are_refused(door: Any) -> None:
    answer = door.ask("GET", "/", {"host": "evil.example"})
    assert answer.status_code == 421
    assert "allowed_hosts" in answer.json()["detail"]
    port = int(door.address.split(":")[1])
    at = f"ws://evil.example:{port}/v1/streams/default/predictions"
    assert refusal(lambda: connect(at, address=("127.0.0.1", port)))[0] == 421


def test_pages_of_others_are_refused(door: Any) -> None:
    for method in ("GET", "POST"):
        answer = door.ask(method, "/v1/streams", {"origin": "https://evil.example"})
        assert answer.status_code == 403
        assert "allowed_origins" in answer.json()["detail"]
    status, body = refusal(lambda: door.join({"origin": "https://evil.example"}))
    assert status == 403
    assert "allowed_origins" in body
    with door.join({"origin": f"http://{door.address}"}) as websocket:
        assert websocket.recv() == "operator"


def test_guessing_is_slowed_down_and_keeps_nobody_else_out(door: Any) -> None:
    headers = door.token("wrist", Scope.SUBSCRIBE)
    answers = [door.ask("GET", "/v1/streams", {"authorization": f"{BEARER}{number}"}) for number in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 10
    assert "wait" in answers[-1].json()["detail"]
    assert door.ask("GET", "/v1/streams", headers).is_success


def test_changes_are_limited_for_each_token(guarding: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "CHANGES", (0.01, 3))
    with guarding() as door:
        assert [door.ask("POST", "/v1/streams").status_code for _ in range(5)] == [200] * 5, "the operator has no limit"
        busy, calm = door.token("busy", Scope.OPERATE), door.token("calm", Scope.OPERATE)
        answers = [door.ask("POST", "/v1/streams", busy) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert 90 <= int(answers[-1].headers["retry-after"]) <= 100
        assert door.ask("POST", "/v1/streams", calm).is_success


NAMES = st.sampled_from(["host", "origin", "authorization", "forwarded", "content-length", "cookie", "x-forwarded-for"])
VALUES = st.sampled_from(
    ["localhost", "evil.example", "null", "http://localhost", BEARER, "Bearer ", "9" * 5000, "[::1"]
)
HEADERS = st.lists(st.tuples(NAMES, VALUES | st.text(st.characters(max_codepoint=255), max_size=20)), max_size=5)
PATHS = st.sampled_from(["/", "/healthz", "/v1/streams", "/v1/users/p-17", "/assets/x", "/v1/tickets"]) | st.text()
QUERIES = st.sampled_from([b"", b"ticket=", b"ticket=%ff&ticket=x", b"%"]) | st.binary(max_size=20)


@given(
    kind=st.sampled_from(["http", "websocket"]),
    method=st.sampled_from(["GET", "HEAD", "POST", "DELETE", "get", ""]),
    path=PATHS,
    headers=HEADERS,
    query=QUERIES,
)
def test_strangers_never_get_through(
    tmp_path_factory: pytest.TempPathFactory,
    kind: str,
    method: str,
    path: str,
    headers: list[tuple[str, str]],
    query: bytes,
) -> None:
    file = tmp_path_factory.getbasetemp() / "strangers.json"
    if not file.exists():
        Tokens(file).create("wrist", frozenset({Scope.ADMIN}))
    reached: list[Any] = []
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope)

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(b"host", b"localhost"), *((name.encode(), value.encode("latin-1")) for name, value in headers)]
    scope = {"type": kind, "scheme": kind[:4], "path": path, "query_string": query, "headers": raw, "client": None}
    scope |= {"method": method} if kind == "http" else {}
    asyncio.run(guard.guarded(app, guard.Security(Tokens(file), "127.0.0.1"))(scope, receive, send))
    assert bool(reached) != bool(sent), "let in or answered, never both or neither"
    if reached:
        assert kind == "http"
        assert method in ("GET", "HEAD")
        assert path in ("/", "/healthz", "/readyz") or path.startswith("/assets/")
        assert reached[0]["state"]["who"].name == "stranger"
    else:
        assert 400 <= sent[0]["status"] < 500


def tokens(door: Any) -> Tokens:
    """As another process sees the file."""
    return Tokens(door.file)
