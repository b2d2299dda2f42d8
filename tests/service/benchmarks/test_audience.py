"""Clients of raw sockets at a real service, and frames cut at every byte."""

import socket

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving import serving, wait_for

from service.benchmarks.audience import Heard, Seat, audience, subscribe
from service.errors import ServiceError
from service.messages import Latency, Prediction, Status
from service.wire import websocket_frame


def frame(seq: int, labels: int) -> bytes:
    return websocket_frame(
        Prediction(
            seq=seq,
            index=seq,
            device_s=0.5,
            arrived_ns=10**15 + seq,
            gesture="fist",
            confidence=1,
            probabilities=(1 / labels,) * labels,
            accepted=True,
            latency=Latency(signal_ms=1, wait_ms=0.25, compute_ms=1e-5),
        ),
        "json",
    )


PING = bytes((0x89, 2)) + b"hi"


@given(st.lists(st.sampled_from([1, 6, 5000]), max_size=6), st.integers(1, 40))
def test_frames_are_found_however_they_are_cut(sizes, step):
    """5000 labels make a frame of more than 65535 bytes, whose length takes eight."""
    data = b"".join(PING + frame(seq, labels) for seq, labels in enumerate(sizes))
    rows = []
    ours, theirs = socket.socketpair()
    with ours, theirs:
        seat = Seat(7, ours, data[:step], rows)
        piece = max(step, len(data) // 50)
        for start in range(step, len(data), piece):
            theirs.sendall(data[start : start + piece])
            assert seat.read()
        theirs.sendall(frame(99, 1))
        while not rows or rows[-1][2] != 99:
            assert seat.read()
        answers = theirs.recv(4096) if sizes else b""
    assert [(row[0], row[2], *row[3:]) for row in rows] == [
        (7, seq, 10**15 + seq, 0.25, 1e-5) for seq in (*range(len(sizes)), 99)
    ]
    assert answers == (bytes((0x8A, 0x82, 0, 0, 0, 0)) + b"hi") * len(sizes)


def test_other_frames_are_no_predictions():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        rows = []
        seat = Seat(0, ours, b"", rows)
        counters = {"samples": 1, "lost": 0, "gaps": 0, "predictions": 0, "dropped": 0}
        theirs.sendall(websocket_frame(Status(state="stalled", message="", counters=counters), "json"))
        assert seat.read()
        theirs.close()
        assert not seat.read()
        assert rows == []


def test_what_a_service_sends_is_heard_by_all(live, source, signal):
    with serving(live) as address, audience(address, ["default"] * 3) as people:
        wait_for(lambda: live.hub.subscribers == 3)
        rows = []
        source.feed(signal[:225])
        for count, start in enumerate(range(225, 1000, 25), 1):  # none is newer than what was heard: none is dropped
            source.feed(signal[start : start + 25])
            wait_for(lambda count=count: rows.append(people.lap().rows) or sum(map(len, rows)) == 3 * count)
        heard = Heard(np.concatenate(rows), 0)
    assert (heard.missing, heard.twice) == (0, 0)
    assert (heard.latency_ms > heard.compute_ms).all()
    assert (heard.wait_ms >= 0).all()


def test_a_service_that_stops_closes_connections(live):
    with serving(live) as address, audience(address, ["default"]) as people:
        wait_for(lambda: live.hub.subscribers == 1)
        live.hub.close()  # as when the stream is removed
        closed = []
        wait_for(lambda: closed.append(people.lap().closed) or closed[-1] == 1)


def test_a_refusal_is_told(live):
    with serving(live) as address:
        with pytest.raises(ServiceError, match="404"), audience(address, ["nobody"]):
            pass
        with pytest.raises(ServiceError, match="404"):
            subscribe(address, "nobody")


def test_missing_and_repeated_numbers_are_counted_by_connection():
    rows = [
        (connection, 0, seq, 0, 0, 0) for connection, numbers in enumerate([(5, 7, 8), (1, 2, 2)]) for seq in numbers
    ]
    heard = Heard(np.array(rows, float), 0)
    assert (heard.missing, heard.twice) == (1, 1)
