"""The running service seen from its socket: what is promised about predictions, silence, loss and bugs."""

import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from known_efforts import with_efforts
from serving import (
    END,
    PATIENCE_S,
    UNDISTURBED,
    UNHURRIED,
    HandFedSource,
    serving,
    subscribed,
    wait_for,
    wait_for_samples,
)

from drivers.errors import SourceLost, SourceUnavailable
from drivers.source import SourceInfo
from models.errors import ModelMismatch
from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import WindowRecognizer
from service.live import Live
from service.reader import Patience

RATE_HZ = 1000


def offline(recognizer: WindowRecognizer, signal: np.ndarray) -> list[tuple[Any, ...]]:
    return [
        (p.index, p.gesture, p.confidence, p.probabilities, p.accepted, p.intensity, p.active)
        for p in recognizer.feed(signal, 0)
    ]


def told(frames: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (
            f["index"],
            f["gesture"],
            f["confidence"],
            tuple(f["probabilities"]),
            f["accepted"],
            f["intensity"],
            f["active"],
        )
        for f in frames
        if f["type"] == "prediction"
    ]


@pytest.mark.parametrize("seed", range(5))
def test_live_equals_offline_bit_for_bit(
    seed: int,
    live: Live,
    source: HandFedSource,
    signal: np.ndarray,
    recognizer: Callable[[], WindowRecognizer],
) -> None:
    sizes = np.random.default_rng(seed).integers(0, 60, 300)  # below the backlog: nothing may be dropped here
    chunks = np.split(signal, np.minimum(np.cumsum(sizes), len(signal)))
    frames = []
    with serving(live) as address, subscribed(address) as client:
        assert client.next()["type"] == "hello"
        expected = 0
        for chunk in chunks:
            source.feed(chunk)
            expected += len(chunk)
            while expected >= 250 and (not frames or frames[-1]["index"] + 25 < expected):
                frames.append(client.next("prediction"))
        source.feed(END)
        client.until("ended")
    assert told(frames) == offline(recognizer(), signal)
    assert [frame["seq"] for frame in frames] == list(range(len(frames)))


def test_efforts_reach_the_client(
    source: HandFedSource, signal: np.ndarray, recognizer: Callable[[], WindowRecognizer]
) -> None:
    calibrated = with_efforts(recognizer().model)
    live = Live("default", lambda: source, WindowRecognizer(calibrated, DecisionSpec()), UNDISTURBED)
    onset = signal[750:1250]  # at rest, then left
    frames = []
    with serving(live) as address, subscribed(address) as client:
        for part, answers in zip(np.split(onset, 4), (0, 1, 5, 5), strict=True):  # never more than the backlog holds
            source.feed(part)
            frames += [client.next("prediction") for _ in range(answers)]
    assert told(frames) == offline(WindowRecognizer(calibrated, DecisionSpec()), onset)
    assert (frames[0]["active"], frames[0]["accepted"], frames[0]["intensity"]) == (False, False, 0)
    assert (frames[-1]["active"], frames[-1]["accepted"]) == (True, True)
    assert frames[-1]["intensity"] == pytest.approx(0.74, abs=0.05)


def test_hello_says_how_to_read_the_rest(source: HandFedSource, recognizer: Callable[[], WindowRecognizer]) -> None:
    live = Live("default", lambda: source, recognizer(), UNDISTURBED)
    with serving(live) as address, subscribed(address) as client:
        hello = client.next()
    assert hello == {
        "type": "hello",
        "protocol": 1,
        "stream": "default",
        "source": "hand-fed",
        "simulated": False,
        "model": "tiny",
        "answers": "gestures",
        "labels": ["rest", "left", "right"],
        "rate_hz": 1000,
        "window": 250,
        "hop": 25,
        "head": {"user": None, "version": None},
        "state": "starting",
        "safe_gesture": None,
        "run": live.run,
        "interpolated": [],
        "next_seq": 0,
    }


def test_times_are_those_of_the_last_sample(live: Live, source: HandFedSource, signal: np.ndarray) -> None:
    with serving(live) as address, subscribed(address) as client:
        source.feed(signal[:200], signal[200:400])
        frames = [client.next("prediction") for _ in range(6)]
    assert [frame["index"] for frame in frames] == [249, 274, 299, 324, 349, 374]
    assert [frame["device_s"] for frame in frames] == pytest.approx([f["index"] / RATE_HZ for f in frames])
    for frame in frames:
        assert frame["latency"]["signal_ms"] == 125 + 25
        assert frame["latency"]["wait_ms"] >= 0
        assert frame["latency"]["compute_ms"] > 0


def test_silence_is_reported_and_no_gesture_repeated(live: Live, source: HandFedSource, signal: np.ndarray) -> None:
    with serving(live) as address, subscribed(address) as client:
        source.feed(signal[:400])
        before = [client.next("prediction") for _ in range(7)]
        before += client.until("stalled")
        source.feed(signal[400:500])
        after = client.until("live")
        resumed = client.next("prediction")
    assert len(told(before)) == 7
    assert "switched on" in before[-1]["message"]
    assert [frame["type"] for frame in after] == ["status"]
    assert resumed["seq"] == 7
    assert resumed["index"] == 424  # nothing was lost: the window goes on


def test_what_was_held_up_is_no_gesture_of_now(
    source: HandFedSource, signal: np.ndarray, recognizer: Callable[[], WindowRecognizer]
) -> None:
    live = Live("default", lambda: source, recognizer(), Patience(stall_s=1, lost_s=2, stuck_s=math.inf), "rest")
    source.feed(signal[:300])
    with serving(live) as address, subscribed(address) as client:
        wait_for(lambda: live.hub.next_seq == 3)
        lost = client.until("lost")[-1]
        source.feed(signal[300:800])  # half a second of signal at once: it is older than the silence
        client.until("live")
        wait_for_samples(live, 800)
        made = live.hub.next_seq
        source.feed(*[signal] * 5)  # twenty seconds: more than can have been held up
        resumed = client.next("prediction")
    assert lost["safe_gesture"] == "rest"
    assert made == 3
    assert resumed["index"] > 800


def test_recognition_that_hangs_is_told(
    live: Live, source: HandFedSource, signal: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    going_on = threading.Event()
    whole = live.answers.recognizer.feed

    def hang(samples: np.ndarray, first: int) -> Iterator[Any]:
        assert going_on.wait(PATIENCE_S)
        return whole(samples, first)

    with serving(live) as address, subscribed(address) as client:
        source.feed(signal[:300])
        client.next("prediction")
        monkeypatch.setattr(live.answers.recognizer, "feed", hang)
        monkeypatch.setattr(live, "_patience", replace(UNHURRIED, stuck_s=0.2))
        source.feed(signal[300:400])
        told = client.next("status")
        while "hangs" not in told["message"]:
            told = client.next("status")
        assert not live.alive
        monkeypatch.setattr(live, "_patience", UNHURRIED)
        going_on.set()
        source.feed(signal[400:500])
        client.until("live")
        assert live.alive


def test_a_lost_device_is_opened_again(live: Live, source: HandFedSource, signal: np.ndarray) -> None:
    with serving(live) as address, subscribed(address) as client:
        source.feed(signal[:500], SourceLost("the cable was pulled: plug it in"))
        lost = client.until("lost")
        source.feed(signal[:300])
        client.until("live")
        frames = [client.next("prediction") for _ in range(3)]
    assert lost[-1]["message"] == "the cable was pulled: plug it in"
    assert source.opened == 2
    assert [frame["seq"] for frame in frames] == [11, 12, 13]
    assert frames[0]["index"] == 501 + 249  # a full window of new samples; the index never goes back
    assert frames[0]["device_s"] == pytest.approx(0.249)


def test_a_device_that_stays_away_is_tried_again(live: Live, source: HandFedSource, signal: np.ndarray) -> None:
    absences = iter([SourceUnavailable("still away")] * 2)

    def enter() -> HandFedSource:
        source.opened += 1
        for absence in absences:
            raise absence
        return source

    with serving(live) as address, subscribed(address) as client:
        source.__class__ = type("Shy", (HandFedSource,), {"__enter__": lambda _: enter()})
        source.feed(signal[:300], SourceLost("gone"))
        client.until("lost")
        source.feed(signal[:300])
        client.until("live")
    assert source.opened == 4


def test_another_device_in_its_place_is_refused_until_it_fits(
    live: Live, source: HandFedSource, signal: np.ndarray
) -> None:
    with serving(live) as address, subscribed(address) as client:
        fitting, source.info = source.info, SourceInfo("other board", 1000, ("only one",))
        source.feed(SourceLost("gone"))
        client.until("lost")
        assert "wants 2 channels" in client.next("status")["message"]
        assert live.describe().channels == fitting.channels
        source.info = fitting
        source.feed(signal[:300])
        client.until("live")
        assert client.next()["type"] == "prediction"


def test_the_end_of_a_recording_is_told(live: Live, source: HandFedSource, signal: np.ndarray) -> None:
    with serving(live) as address, subscribed(address) as client:
        source.feed(signal[:400], END)
        frames = client.until("ended")
    assert len(told(frames)) == 7
    assert frames[-1]["counters"]["predictions"] == 7
    assert frames[-1]["counters"]["samples"] == 400


def test_values_that_are_no_numbers_do_not_stop_the_service(
    live: Live, source: HandFedSource, signal: np.ndarray, caplog: pytest.LogCaptureFixture
) -> None:
    poisoned = signal.copy()
    poisoned[600] = np.nan
    with serving(live) as address, subscribed(address) as client:
        source.feed(*np.split(poisoned[:1200], 24))
        while (frame := client.next("prediction"))["index"] < 1100:
            assert frame["index"] < 600 or frame["index"] >= 601 + 249
        assert live.counters.gaps == 1
    assert "no numbers" in caplog.text


def test_a_bug_ends_the_stream_and_stops_the_server(live: Live, source: HandFedSource) -> None:
    with serving(live) as address, subscribed(address) as client:
        source.feed(np.zeros((10, 7), np.float32), np.zeros((10, 2), np.float32))  # a driver that changes its mind
        failed = client.until("failed")
    assert "report the log" in failed[-1]["message"]
    assert live.describe().state == "failed"


def test_a_model_that_does_not_fit_is_refused_before_the_first_window(live: Live, source: HandFedSource) -> None:
    source.info = SourceInfo("other board", 250, tuple("abcdefgh"))
    with pytest.raises(ModelMismatch, match="8 channels"):
        live.open()
    live.stop()
