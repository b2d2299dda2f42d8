"""Clocks are set, time is lost: the event loop is blocked, the wall clock stepped, the device's clock set back."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from endings import code_at_the_end
from serving import PATIENCE_S, UNDISTURBED, UNHURRIED, Client, HandFedSource, serving, subscribed, wait_for
from stepped_clock import SteppedClock
from websockets.sync.client import connect

from drivers.recordings.formats import open_recording
from drivers.source import Chunk
from models.pipeline.recognizer import WindowRecognizer
from service.hub import BACKLOG
from service.live import Live
from service.security import tokens as tokens_module
from service.security.scopes import Scope
from service.security.tokens import FILE, Tokens

HOP, WINDOW = 25, 250
DAY_S = 86400.0


def test_a_blocked_event_loop_stops_no_reader_and_costs_what_grew_too_old(
    source: HandFedSource, recognizer: Callable[[], WindowRecognizer], signal: np.ndarray
) -> None:
    live = Live("default", lambda: source, recognizer(), replace(UNHURRIED, stall_s=1))
    blocked, release = threading.Event(), threading.Event()

    def block() -> None:
        blocked.set()
        release.wait(PATIENCE_S)

    with serving(live) as address, subscribed(address) as client:
        source.feed(signal[:WINDOW])
        client.next("prediction")
        assert live.hub._loop is not None
        live.hub._loop.call_soon_threadsafe(block)
        assert blocked.wait(PATIENCE_S)
        assert not release.wait(1.2)  # as long as samples do not come either
        source.feed(*np.split(signal[WINDOW : WINDOW + 100 * HOP], 100))
        wait_for(lambda: live.counters.predictions == 101)
        release.set()
        source.feed(signal[:HOP])
        frames = [client.next()]
        while frames[-1].get("seq") != 101:
            frames.append(client.next())
    seqs = [frame["seq"] for frame in frames]  # no status is among them
    assert seqs == sorted(set(seqs))
    assert seqs[-BACKLOG:] == list(range(102 - BACKLOG, 102)), "the newest win"
    assert live.counters.dropped == 101 - len(seqs) >= 100 - BACKLOG


@contextmanager
def joined(address: str, token: str = "", ticket: str = "") -> Iterator[Client]:
    """A subscriber that shows a token, or a ticket."""
    url = f"ws://{address}/v1/streams/default/predictions?decisions=smoothed"
    headers = {"authorization": f"Bearer {token}"} if token else {}
    with connect(url + f"&ticket={ticket}" * bool(ticket), additional_headers=headers, compression=None) as connection:
        yield Client(connection)


@pytest.mark.parametrize("step_s", [DAY_S, -DAY_S])
def test_a_stepped_wall_clock_changes_nothing_but_the_expiry_of_tokens(
    source: HandFedSource,
    recognizer: Callable[[], WindowRecognizer],
    signal: np.ndarray,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step_s: float,
) -> None:
    monkeypatch.setattr(tokens_module, "datetime", SteppedClock)
    monkeypatch.setattr(SteppedClock, "step", timedelta())
    known = Tokens(tmp_path / FILE)
    wrist, visitor = (known.create(name, frozenset({Scope.SUBSCRIBE}), days) for name, days in (("a", 9), ("b", 0.5)))
    live = Live("default", lambda: source, recognizer(), replace(UNHURRIED, stall_s=2), "rest")
    with (
        serving(live, data_dir=tmp_path) as address,
        joined(address, wrist) as ours,
        joined(address, visitor) as theirs,
    ):
        url, headers = f"http://{address}/v1/tickets", {"authorization": f"Bearer {wrist}"}
        ticket = httpx.post(url, headers=headers).json()["ticket"]
        feed = threading.Thread(target=paced, args=(source, signal[: 40 * HOP]))
        feed.start()
        ours.next("prediction")
        monkeypatch.setattr(SteppedClock, "step", timedelta(seconds=step_s))
        for name, unit in (("time", 1), ("time_ns", 10**9)):
            monkeypatch.setattr(time, name, partial(shifted, getattr(time, name), int(step_s * unit)))
        with joined(address, ticket=ticket) as late:
            assert late.next()["type"] == "hello"
        seen = ours.until("stalled")
        if step_s > 0:
            assert code_at_the_end(theirs) == 1008
        else:
            assert theirs.until("stalled")[-1]["safe_gesture"] == "rest"
        feed.join()
    made = [frame["seq"] for frame in seen if frame["type"] == "prediction"]
    assert made == list(range(1, 40 - WINDOW // HOP + 1))
    assert {frame["type"] for frame in seen} == {"prediction", "status"}


def shifted(clock: Callable[[], float], by: float) -> float:
    """A clock that someone has set."""
    return clock() + by


def paced(source: HandFedSource, samples: np.ndarray) -> None:
    """Give samples hop by hop, at about their own pace."""
    pace = threading.Event()
    for hop in np.split(samples, len(samples) // HOP):
        source.feed(hop)
        pace.wait(HOP / 1000)


class ForgetfulSource(HandFedSource):
    """Its clock is set back by an hour after the first second."""

    def read(self, timeout_s: float) -> Chunk | None:
        chunk = super().read(timeout_s)
        return replace(chunk, device_s=chunk.device_s - 3600) if chunk is not None and chunk.first >= 1000 else chunk


def test_a_device_clock_that_is_set_back_changes_no_answer_and_no_recording(
    recognizer: Callable[[], WindowRecognizer], signal: np.ndarray, tmp_path: Path
) -> None:
    source = ForgetfulSource()
    live = Live("default", lambda: source, recognizer(), UNDISTURBED)
    found: list[dict[str, Any]] = []
    with serving(live, data_dir=tmp_path) as address, subscribed(address) as client:
        name = httpx.post(f"http://{address}/v1/streams/default/recording").json()["name"]
        for part in np.split(signal, range(WINDOW, len(signal), HOP)):
            source.feed(part)
            found.append(client.next("prediction"))
        httpx.delete(f"http://{address}/v1/streams/default/recording").raise_for_status()
    expected = list(recognizer().feed(signal, 0))
    assert [(f["index"], f["gesture"], tuple(f["probabilities"])) for f in found] == [
        (e.index, e.gesture, e.probabilities) for e in expected
    ]
    assert found[0]["device_s"] == pytest.approx(0.249)
    assert found[-1]["device_s"] == pytest.approx(3.999 - 3600)
    assert live.counters.gaps == 0
    blocks = open_recording(tmp_path / "recordings" / name).blocks()
    np.testing.assert_array_equal(np.concatenate([block.samples for block in blocks]), signal)
