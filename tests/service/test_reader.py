"""Drivers that hang or break: who listens is told at once, another reader takes over, and the hung one does no harm."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Self

import numpy as np
import pytest
from serving import END, PATIENCE_S, UNHURRIED, Client, HandFedSource, serving, subscribed, wait_for

from drivers.errors import SourceLost
from drivers.source import Chunk
from models.pipeline.recognizer import WindowRecognizer
from service.live import Live
from service.reader import Patience

HASTY = Patience(poll_s=0.02, lost_s=0.5, stuck_s=1, open_s=1, stale_s=math.inf)
BUG = RuntimeError("the port is closed")


class StubbornSource(HandFedSource):
    """Hangs in the call that is named, once it has nothing left to give, until it is let go."""

    def __init__(self, hangs_in: str = "", *, afterwards: Exception | None = None) -> None:
        super().__init__()
        self.hangs_in, self.afterwards = hangs_in, afterwards
        self.let_go = threading.Event()
        self.hung = threading.Event()
        self.closed = threading.Event()
        self.held = np.full((100, 2), 1000, np.float32)
        """What a hung ``read`` comes back with."""

    def read(self, timeout_s: float) -> Chunk | None:
        if self.hangs_in != "read" or not self._next or not self._items.empty():
            return super().read(timeout_s)
        self._hang("read")
        if self.afterwards is not None:
            raise self.afterwards
        self.feed(self.held)
        return super().read(timeout_s)

    def __enter__(self) -> Self:
        if self.opened:  # the first time is before the service answers
            self._hang("enter")
        return super().__enter__()

    def __exit__(self, *_: object) -> None:
        self._hang("exit")
        self.closed.set()

    def _hang(self, call: str) -> None:
        if self.hangs_in == call:
            self.hung.set()
            assert self.let_go.wait(2 * PATIENCE_S)
            self.hangs_in = ""


Stream = Callable[..., Live]


@pytest.fixture
def stream(recognizer: Callable[[], WindowRecognizer]) -> Iterator[Stream]:
    """Makes a stream that opens these sources one after the other, and that waits for nothing long."""
    made: list[StubbornSource] = []

    def make(*sources: StubbornSource, patience: Patience = HASTY, name: str = "default") -> Live:
        made.extend(sources)
        supply = iter(sources)
        return Live(name, lambda: next(supply), recognizer(), patience, "rest")

    yield make
    for source in made:
        source.let_go.set()


def silence(client: Client, last: int) -> list[dict[str, Any]]:
    """The status frames between that prediction and samples that come again."""
    while client.next("prediction")["seq"] != last:
        pass
    return client.until("live")


def follow(client: Client, upto: int) -> list[dict[str, Any]]:
    """Frames up to the prediction of that number."""
    frames = [client.next()]
    while frames[-1].get("seq") != upto:
        frames.append(client.next())
    return frames


def test_a_driver_that_hangs_is_told_given_up_and_replaced(stream: Stream, signal: np.ndarray) -> None:
    hung, fresh = StubbornSource("read"), StubbornSource()
    live = stream(hung, fresh)
    fresh.feed(signal[:300])
    with serving(live) as address, subscribed(address) as client:
        hung.feed(signal[:500])
        told = silence(client, last=10)
        first, *_ = follow(client, upto=13)
    assert [frame["type"] for frame in told] == ["status"] * len(told)
    assert [frame["state"] for frame in told] == ["stalled", "lost", "lost", "live"]
    assert [frame["safe_gesture"] for frame in told] == ["rest", "rest", "rest", None]
    assert "the driver hangs" in told[2]["message"]
    assert first["seq"] == 11
    assert first["index"] == 501 + 249  # a whole window of new samples


def test_a_hung_driver_that_wakes_is_not_heard(stream: Stream, signal: np.ndarray) -> None:
    hung, fresh = StubbornSource("read"), StubbornSource()
    live = stream(hung, fresh)
    fresh.feed(signal[:300])
    with serving(live) as address, subscribed(address) as client:
        hung.feed(signal[:500])
        follow(client, upto=13)
        hung.let_go.set()
        assert hung.closed.wait(PATIENCE_S)  # by its own thread, which has ended
        fresh.feed(signal[300:400])
        after = [frame for frame in follow(client, upto=17) if frame["type"] == "prediction"]
        wait_for(lambda: live.counters.samples >= 500 + 400)  # counted once their predictions are out
        samples = live.counters.samples
    assert [frame["seq"] for frame in after] == [14, 15, 16, 17]
    assert after[-1]["index"] == 501 + 399
    assert samples == 500 + 400
    assert not fresh.hung.is_set()


def test_a_hung_driver_that_wakes_with_a_bug_does_not_end_its_stream(
    stream: Stream, signal: np.ndarray, caplog: pytest.LogCaptureFixture
) -> None:
    hung, fresh = StubbornSource("read", afterwards=BUG), StubbornSource()
    live = stream(hung, fresh)
    fresh.feed(signal[:300])
    with serving(live) as address, subscribed(address) as client:
        hung.feed(signal[:500])
        follow(client, upto=13)
        hung.let_go.set()
        assert hung.closed.wait(PATIENCE_S)
        fresh.feed(signal[300:400])
        after = follow(client, upto=17)
    assert "failed" not in [frame.get("state") for frame in after]
    assert "given up" in caplog.text


@pytest.mark.parametrize("call", ["read", "enter", "exit"])
def test_losses_go_on_counting_wherever_a_driver_hangs(stream: Stream, signal: np.ndarray, call: str) -> None:
    hung, fresh = StubbornSource(call), StubbornSource()
    live = stream(hung, fresh)
    fresh.losses.samples = 2
    fresh.feed(signal[:300])
    with serving(live) as address, subscribed(address) as client:
        hung.losses.samples = 7
        hung.feed(signal[:500])
        if call != "read":
            hung.feed(SourceLost("the cable was pulled"))
        assert hung.hung.wait(PATIENCE_S)
        follow(client, upto=11)
        assert live.counters.lost == 9
        hung.let_go.set()
        wait_for(lambda: not any(t.name == "stream default" for t in threading.enumerate() if t is not running(live)))
        assert live.counters.lost == 9


def running(live: Live) -> threading.Thread:
    """The thread that reads now."""
    return live._require_reader()._thread


@pytest.mark.parametrize("call", ["enter", "exit"])
def test_a_driver_that_hangs_while_it_is_opened_again_is_replaced(
    stream: Stream, signal: np.ndarray, call: str
) -> None:
    hung, fresh = StubbornSource(call), StubbornSource()
    live = stream(hung, fresh)
    fresh.feed(signal[:300])
    with serving(live) as address, subscribed(address) as client:
        hung.feed(signal[:500])
        while client.next("prediction")["seq"] != 10:
            pass
        hung.feed(SourceLost("the cable was pulled"))
        told = client.until("live")
        follow(client, upto=12)
    assert {frame["state"] for frame in told[:-1]} <= {"stalled", "lost"}
    assert "the driver hangs" in told[-2]["message"]


def test_opening_may_take_longer_than_reading(stream: Stream, signal: np.ndarray) -> None:
    slow = StubbornSource("enter")
    live = stream(slow, patience=replace(UNHURRIED, stuck_s=60, open_s=120))
    with serving(live) as address, subscribed(address) as client:
        slow.feed(signal[:300], SourceLost("gone"))
        client.until("lost")
        assert slow.hung.wait(PATIENCE_S)
        with live._gate:
            live._judge(time.monotonic() + 100)
        slow.let_go.set()
        slow.feed(signal[:300])
        client.until("live")


@pytest.mark.parametrize(("item", "state"), [(END, "ended"), (BUG, "failed"), (SourceLost("gone"), "lost")])
def test_every_end_names_the_safe_gesture(stream: Stream, signal: np.ndarray, item: Exception, state: str) -> None:
    source = StubbornSource()
    with serving(stream(source)) as address, subscribed(address) as client:
        source.feed(signal[:300], item)
        told = client.until(state)
    assert told[-1]["safe_gesture"] == "rest"
    assert all("safe_gesture" not in frame for frame in told if frame["type"] == "prediction")


def test_a_bug_in_one_stream_leaves_the_others(stream: Stream, signal: np.ndarray) -> None:
    broken, well = StubbornSource(), StubbornSource()
    lives = stream(broken, name="left"), stream(well, name="right")
    with serving(*lives) as address, subscribed(address, "left") as left, subscribed(address, "right") as right:
        broken.feed(signal[:300], BUG)
        left.until("failed")
        well.feed(signal[:300])
        assert right.next("prediction")["seq"] == 0


def test_a_stream_that_is_stopped_puts_no_other_reader_in_the_place_of_a_hung_one(
    stream: Stream, signal: np.ndarray
) -> None:
    hung, never = StubbornSource("read"), StubbornSource()
    live = stream(hung, never, patience=replace(UNHURRIED, stuck_s=60))
    with serving(live) as address, subscribed(address) as client:
        hung.feed(signal[:300])
        client.until("stalled")
        live.stop()
        assert live._judge(time.monotonic() + 100) is None  # nobody will look again
    assert never.opened == 0


def test_a_source_that_was_never_read_is_closed(stream: Stream) -> None:
    source = StubbornSource()
    live = stream(source)
    live.open()
    live.stop()
    assert source.closed.is_set()
