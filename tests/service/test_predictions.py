"""The websocket's manners: joining late, leaving, and a service that stops."""

from contextlib import ExitStack

import numpy as np
import pytest
from serving import HandFedSource, serving, subscribed
from websockets.exceptions import ConnectionClosed, InvalidStatus

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
