"""Open websockets are counted, and looked after for as long as there are some."""

from typing import Any

import pytest
from serving import PATIENCE_S
from websockets.exceptions import ConnectionClosed, InvalidStatus

from service.security import connections
from service.security.scopes import Scope
from service.security.tokens import Tokens

USUAL_S = connections.LOOK_S


def test_a_websocket_is_closed_in_time() -> None:
    assert USUAL_S <= 5 / 2


def test_one_identity_has_only_so_many(door: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST", 2)
    greedy, other = door.token("greedy", Scope.SUBSCRIBE), door.token("other", Scope.SUBSCRIBE)
    with door.join(greedy), door.join(greedy):
        with pytest.raises(InvalidStatus) as refused:
            door.join(greedy)
        assert refused.value.response.status_code == 503
        assert refused.value.response.headers["retry-after"] == "5"
        assert b"greedy has 2 websockets open: close some" in refused.value.response.body
        with door.join(other) as websocket:
            assert websocket.recv() == "other"


def test_looking_goes_on_after_everybody_left_and_came_back(door: Any) -> None:
    with door.join() as websocket:
        assert websocket.recv() == "operator"
        websocket.ping().wait(PATIENCE_S)
    headers = door.token("wrist", Scope.SUBSCRIBE)
    with door.join(headers) as websocket:
        assert websocket.recv() == "wrist"
        Tokens(door.file).revoke("wrist")
        with pytest.raises(ConnectionClosed) as closed:
            websocket.recv(timeout=PATIENCE_S)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008


def test_who_is_connected_stays_when_the_file_is_damaged(door: Any) -> None:
    headers = door.token("wrist", Scope.SUBSCRIBE)
    with door.join(headers) as websocket:
        assert websocket.recv() == "wrist"
        door.file.write_text("damaged")
        with pytest.raises(InvalidStatus):
            door.join(headers)
        with pytest.raises(TimeoutError):  # three looks, and still open
            websocket.recv(timeout=3 * USUAL_S)
