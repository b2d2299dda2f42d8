"""Frames as bytes, and connections of those who do not read."""

import json
from collections.abc import Generator
from typing import TypeVar

import httpx
import msgpack
import numpy as np
import pytest
import uvicorn
from endings import frozen
from hypothesis import given
from hypothesis import strategies as st
from serving import HandFedSource, serving, subscribed, wait_for
from websockets.frames import Frame
from websockets.streams import StreamReader

from service.live import Live
from service.messages import Problem
from service.wire import websocket_frame

T = TypeVar("T")


def finished(parsing: Generator[None, None, T]) -> T:
    """What a parser returns that has all it needs."""
    try:
        next(parsing)
    except StopIteration as end:
        result: T = end.value
        return result
    raise AssertionError("bytes are missing")


def parsed(data: bytes) -> Frame:
    """One whole frame as a client's parser reads it, with nothing left over."""
    reader = StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    frame = finished(Frame.parse(reader.read_exact, mask=False))
    assert finished(reader.at_eof())
    return frame


@given(st.one_of(st.text(), st.integers(0, 70_000).map("x".__mul__), st.integers(100, 130).map("é".__mul__)))
def test_a_client_reads_what_was_written(text: str) -> None:
    message = Problem(detail=text)
    as_text, as_bytes = parsed(websocket_frame(message, "json")), parsed(websocket_frame(message, "msgpack"))
    assert (as_text.opcode, as_bytes.opcode) == (1, 2)
    assert as_text.fin
    assert as_bytes.fin
    assert json.loads(bytes(as_text.data)) == msgpack.unpackb(as_bytes.data) == {"detail": text}


def until_full(live: Live, source: HandFedSource, signal: np.ndarray) -> None:
    """Make predictions until nothing more fits into the buffers on the way to somebody."""
    made = 0
    while live.counters.dropped < 200:
        source.feed(signal[:250])
        made += 10 if made else 1
        wait_for(lambda made=made: live.counters.predictions == made)  # type: ignore[misc]  # its default is its value


def test_who_answers_no_ping_is_cut_off_though_nothing_more_can_be_sent_to_them(
    live: Live, source: HandFedSource, signal: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, hasty = uvicorn.Config, {"ws_ping_interval": 4.0, "ws_ping_timeout": 1.0}  # by then the buffers are full
    monkeypatch.setattr(uvicorn, "Config", lambda *given, **named: config(*given, **(named | hasty)))
    with serving(live) as address, frozen(address):
        wait_for(lambda: live.hub.subscribers == 1)
        until_full(live, source, signal)
        wait_for(lambda: live.hub.subscribers == 0)
        with subscribed(address) as client:
            source.feed(signal[:250])
            client.next("prediction")


def test_a_removed_stream_lets_go_of_who_does_not_read(live: Live, source: HandFedSource, signal: np.ndarray) -> None:
    with serving(live) as address, frozen(address):
        wait_for(lambda: live.hub.subscribers == 1)
        until_full(live, source, signal)
        assert httpx.delete(f"http://{address}/v1/streams/default").status_code == 200
        wait_for(lambda: live.hub.subscribers == 0)
