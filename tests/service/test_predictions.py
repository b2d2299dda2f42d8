"""The websocket's manners: what may be asked for, joining late, coming back, leaving, and a service that stops."""

import asyncio
import json
import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pytest
from serving import PATIENCE_S, UNDISTURBED, Client, HandFedSource, serving, subscribed, wait_for
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from drivers.source import Chunk
from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import WindowRecognizer
from models.runtime import load_model
from service.hub import BACKLOG, HISTORY
from service.live import Live

HOP, WINDOW = 25, 250


@contextmanager
def connected(address: str, query: str) -> Iterator[ClientConnection]:
    """A connection that asks for something."""
    url = f"ws://{address}/v1/streams/default/predictions?{query}"
    with connect(url, compression=None) as connection:
        yield connection


@contextmanager
def asking(address: str, query: str) -> Iterator[Client]:
    """A client that asks for something."""
    with connected(address, query) as connection:
        yield Client(connection)


def hops(signal: np.ndarray) -> list[np.ndarray]:
    """The signal in pieces, each of which ends a window."""
    return np.split(signal, range(WINDOW, len(signal), HOP))


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
        for _ in range(3):
            early.next("prediction")
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


SMOOTHED = {"gesture", "confidence", "probabilities", "accepted"}


def test_raw_decisions_are_those_of_each_window_alone(
    live: Live, source: HandFedSource, signal: np.ndarray, tiny_model: Path
) -> None:
    alone = WindowRecognizer(load_model(str(tiny_model)), DecisionSpec(smoothing=1, reject_below=0.6))
    expected = [[p.gesture, p.confidence, list(p.probabilities), p.accepted] for p in alone.feed(signal[:2000], 0)]
    raw, usual = [], []
    with serving(live) as address, asking(address, "decisions=raw") as ours, subscribed(address) as theirs:
        for part in hops(signal[:2000]):
            source.feed(part)
            raw.append(ours.next("prediction"))
            usual.append(theirs.next("prediction"))
    assert [[f["gesture"], f["confidence"], f["probabilities"], f["accepted"]] for f in raw] == expected
    assert [f["confidence"] for f in usual] != [f["confidence"] for f in raw]
    for one, other in zip(raw, usual, strict=True):
        assert {key: one[key] for key in one.keys() - SMOOTHED} == {key: other[key] for key in other.keys() - SMOOTHED}


def without_state(frame: dict[str, Any]) -> dict[str, Any]:
    """One of two who join one after the other may hear in hello that it stalled, and both hear it after that."""
    return frame | {"state": ""} if frame["type"] == "hello" else frame


def test_messagepack_says_what_json_says(live: Live, source: HandFedSource, signal: np.ndarray) -> None:
    with (
        serving(live) as address,
        connected(address, "format=json") as as_text,
        connected(address, "format=msgpack") as as_bytes,
    ):
        source.feed(signal[:300])
        kinds: set[str] = set()
        while kinds != {"hello", "prediction", "status"}:
            text, data = as_text.recv(PATIENCE_S), as_bytes.recv(PATIENCE_S)
            assert isinstance(data, bytes)
            assert without_state(msgpack.unpackb(data)) == without_state(json.loads(text))
            kinds.add(json.loads(text)["type"])


def test_who_asks_for_fewer_gets_fewer_and_every_status(live: Live, source: HandFedSource, signal: np.ndarray) -> None:
    with serving(live) as address, asking(address, "rate=0.1") as client:
        source.feed(*hops(signal[:425]))  # eight predictions: as many as a late loop hands out
        first = client.next("prediction")
        told = client.until("stalled")
    assert first["seq"] == 0
    assert [frame["type"] for frame in told if frame["type"] != "status"] == []
    assert live.counters.dropped == 0  # nobody was too slow


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("decisions=RAW", "decisions"),
        ("decisions=", "decisions"),
        ("format=xml", "format"),
        ("rate=0", "rate"),
        ("rate=-1", "rate"),
        ("rate=nan", "rate"),
        ("rate=inf", "rate"),
        ("rate=fast", "rate"),
        ("resume=-2", "resume"),
        ("resume=1.5", "resume"),
        ("resume=" + "9" * 5000, "resume"),
        ("decision=raw", "decision"),
        ("rate=10&rate=%00", "rate"),
        ("format=%FF", "format"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_by_its_name(live: Live, query: str, field: str) -> None:
    with serving(live) as address, pytest.raises(InvalidStatus) as refused, asking(address, query):
        pass
    assert refused.value.response.status_code == 422
    assert json.loads(refused.value.response.body or b"")["detail"].startswith(f"query.{field}: ")


def test_history_is_what_was_missed(live: Live, source: HandFedSource, signal: np.ndarray) -> None:
    with serving(live) as address:
        with subscribed(address) as client:
            source.feed(*hops(signal[:425]))
            while (last := client.next("prediction")["seq"]) < 7:
                pass
        source.feed(*hops(signal[425:1000]))
        wait_for(lambda: live.hub.next_seq == 31)
        with asking(address, f"resume={last}") as client:
            hello = client.next()
            history = [client.next() for _ in range(30 - last)]
            source.feed(signal[:HOP])
            newer = client.next("prediction")
    assert (hello["type"], hello["next_seq"], hello["run"]) == ("hello", 31, live.run)
    assert [frame["seq"] for frame in history] == list(range(8, 31))
    assert newer["seq"] == 31


def test_history_is_short(live: Live, source: HandFedSource, signal: np.ndarray) -> None:
    with serving(live) as address:
        source.feed(*hops(signal[:3000]))
        wait_for(lambda: live.hub.next_seq == 111)
        with asking(address, "resume=-1") as client:
            told = [client.next("prediction")["seq"] for _ in range(HISTORY)]
        with asking(address, "resume=1000000") as other:
            assert other.next()["next_seq"] == 111
            source.feed(signal[:HOP])
            assert other.next("prediction")["seq"] == 111
    assert told == list(range(111 - HISTORY, 111))


class Comer:
    """Someone who comes and goes, and asks each time for what they missed."""

    def __init__(self, address: str, seed: int) -> None:
        self.last = -1
        self.faults: list[str] = []
        self._address, self._draw = address, random.Random(seed)
        self.thread = threading.Thread(target=self._come_and_go)
        self.thread.start()

    def _come_and_go(self) -> None:
        for _ in range(25):
            with asking(self._address, f"resume={self.last}") as client:
                present = client.next("hello")["next_seq"]
                for _ in range(self._draw.randint(0, 20)):
                    self._take(client.next("prediction")["seq"], present)

    def _take(self, seq: int, present: int) -> None:
        if seq != self.last + 1:
            self.faults.append(f"{seq} after {self.last}, while {present} was to come")
        self.last = seq


@pytest.mark.parametrize("seed", range(2))
def test_who_comes_and_goes_under_load_misses_nothing_and_hears_nothing_twice(
    source: HandFedSource, signal: np.ndarray, recognizer: Callable[[], WindowRecognizer], seed: int
) -> None:
    live = Live("default", lambda: source, recognizer(), UNDISTURBED)  # silence withdraws what waits
    with serving(live) as address:
        comers = [Comer(address, 10 * seed + number) for number in range(3)]
        source.feed(signal[: WINDOW - HOP])
        made = 0
        while here := [comer.last for comer in comers if comer.thread.is_alive()]:
            if made < min(here) + BACKLOG:  # nobody is too slow
                source.feed(signal[:HOP])
                made += 1
            else:
                comers[0].thread.join(0.001)
    assert [comer.faults for comer in comers] == [[], [], []]
    assert min(comer.last for comer in comers) > 100


async def test_the_hello_of_another_model_counts_what_still_waits_to_be_told(
    live: Live, signal: np.ndarray, recognizer: Callable[[], WindowRecognizer]
) -> None:
    live.open()
    live.hub.attach(asyncio.get_running_loop())
    with live.hub.follow() as follower:
        live.take(live._require_reader(), Chunk(0, signal[:300], 0, 0.0))
        live.use(recognizer())
        live.take(live._require_reader(), Chunk(300, signal[300:600], 0, 0.3))
        frames = [(await follower.next()).model_dump() for _ in range(5)]
    assert [frame["type"] for frame in frames] == ["prediction"] * 3 + ["hello", "prediction"]
    assert (frames[3]["next_seq"], frames[4]["seq"]) == (3, 3)
    live.stop()
