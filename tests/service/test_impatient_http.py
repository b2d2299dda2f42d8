"""Half requests are not waited for; whole ones are answered, however long the pause before them."""

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import pytest
from serving import PATIENCE_S, HandFedSource, serving, subscribed

from service import impatient_http
from service.live import Live


@pytest.fixture
def address(live: Live, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(impatient_http, "MORE_S", 1)
    with serving(live) as address:
        yield address


@pytest.mark.parametrize(
    "half",
    [b"", b"GET /healthz HTTP/1.1\r\nHos", b"POST /v1/users HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"],
)
def test_half_a_request_is_given_up(address: str, half: bytes) -> None:
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), PATIENCE_S) as raw:
        raw.sendall(half)
        with suppress(ConnectionResetError):  # it was cut off
            assert raw.recv(1) == b""


def test_a_websocket_is_no_half_request(address: str, source: HandFedSource, signal: np.ndarray) -> None:
    with subscribed(address) as client:
        source.feed(signal[:300])
        client.next("prediction")
        client.until("stalled")
        assert not threading.Event().wait(1.5)
        source.feed(signal[300:400])
        client.next("prediction")


def test_a_pause_between_two_requests_is_none_within_one(address: str) -> None:
    connection = http.client.HTTPConnection(address, timeout=PATIENCE_S)
    for _ in range(2):
        connection.request("GET", "/v1/streams")
        answer = connection.getresponse()
        assert answer.status == 200
        answer.read()
        assert not threading.Event().wait(1.5)  # the pause itself
    connection.close()
