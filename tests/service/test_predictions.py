"""The websocket's manners: joining late, leaving, and a service that stops."""

import socket
from contextlib import ExitStack

import numpy as np
import pytest
from serving import Client, HandFedSource, serving, subscribed, wait_for
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from service.live import Live


def test_an_unknown_stream_is_refused(live: Live) -> None:
    with serving(live) as address, pytest.raises(InvalidStatus) as refused, subscribed(address, "left-arm"):
        pass
    assert refused.value.response.status_code == 404
    assert b"running: default" in (refused.value.response.body or b"")


def test_who_joins_late_hears_the_state_and_the_next_prediction(
    live: Live, source: HandFedSource, signal: np.ndarray
) -> None:
    with serving(live) as address, subscribed(address) as early:
        source.feed(signal[:300])
        early.until("stalled")
        with subscribed(address) as late:
            assert late.next()["state"] == "stalled"
            source.feed(signal[300:330])
            assert late.next()["state"] == "live"
            assert late.next()["seq"] == early.until("live")[-1]["counters"]["predictions"]


def test_who_leaves_is_forgotten(live: Live, source: HandFedSource, signal: np.ndarray) -> None:
    with serving(live) as address:
        with subscribed(address) as client:
            client.next()
        with subscribed(address) as other:
            source.feed(signal[:300])
            other.next("prediction")
    assert live.counters.dropped == 0


def test_a_service_that_stops_takes_leave(live: Live) -> None:
    running = ExitStack()
    with subscribed(running.enter_context(serving(live))) as client:
        client.next()
        running.close()
        with pytest.raises(ConnectionClosed) as closed:
            client.until("live")  # no sample ever came: what can still be read is that it stalled
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012  # service restart: come back later


def test_a_client_that_does_not_read_misses_the_oldest(live: Live, source: HandFedSource, signal: np.ndarray) -> None:
    with serving(live) as address, socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # what waits on the client's side is its own affair
        host, port = address.split(":")
        raw.connect((host, int(port)))
        url = f"ws://{address}/v1/streams/default/predictions"
        with connect(url, sock=raw, compression=None, max_queue=1) as connection:
            source.feed(signal[:250])
            for made in range(2, 2000):
                source.feed(signal[:25])
                wait_for(lambda made=made: live.counters.predictions == made)
                if live.counters.dropped > 100:
                    break
            assert live.counters.dropped > 100
            assert made < 300  # 100 dropped, and fewer than 200 in buffers
            frames = Client(connection)
            while frames.next("prediction")["seq"] < made - 1:
                pass
