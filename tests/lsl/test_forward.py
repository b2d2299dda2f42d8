"""What a service sends over LSL, received by liblsl."""

import asyncio
from collections.abc import Callable

import numpy as np
import pytest
from known_efforts import with_efforts
from serving import UNHURRIED, HandFedSource

from drivers.lsl_outlet import PredictionOutlet
from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import WindowRecognizer
from service.live import Live
from service.lsl import RELAXED, forward

pylsl = pytest.importorskip("pylsl")


async def test_predictions_then_silence_go_out_on_lsls_clock(
    live: Live, source: HandFedSource, signal: np.ndarray, stream_name: str
) -> None:
    live.open()
    sending = asyncio.create_task(forward(live, PredictionOutlet(stream_name)))
    await asyncio.sleep(0)  # the outlet opens
    (found,) = await asyncio.to_thread(pylsl.resolve_byprop, "name", stream_name, 1, 10)
    inlet = pylsl.StreamInlet(found)
    await asyncio.to_thread(inlet.open_stream, 5)
    before = pylsl.local_clock()
    live.start(asyncio.get_running_loop(), on_failure=sending.cancel)
    source.feed(signal[1000:1400])
    received = []
    while not received or received[-1][0][0] >= 0:
        received.append(await asyncio.to_thread(inlet.pull_sample, 10))
    await asyncio.to_thread(live.stop)
    sending.cancel()
    values, stamps = [value for value, _ in received], [stamp for _, stamp in received]
    assert [index for index, _ in values] == [1] * (len(values) - 1) + [-1]  # left, until it stalled
    assert all(confidence >= 0.6 for _, confidence in values[:-1])
    assert before <= stamps[0] <= stamps[-1] <= pylsl.local_clock()


async def test_a_relaxed_user_is_no_gesture(
    source: HandFedSource, recognizer: Callable[[], WindowRecognizer], signal: np.ndarray, stream_name: str
) -> None:
    live = Live(
        "default", lambda: source, WindowRecognizer(with_efforts(recognizer().model), DecisionSpec()), UNHURRIED
    )
    live.open()
    sending = asyncio.create_task(forward(live, PredictionOutlet(stream_name)))
    await asyncio.sleep(0)  # the outlet opens
    (found,) = await asyncio.to_thread(pylsl.resolve_byprop, "name", f"{stream_name} markers", 1, 10)
    inlet = pylsl.StreamInlet(found)
    await asyncio.to_thread(inlet.open_stream, 5)
    live.start(asyncio.get_running_loop(), on_failure=sending.cancel)
    source.feed(signal[500:1250])  # at rest, then left
    words = []
    while "left" not in words:
        sample, _ = await asyncio.to_thread(inlet.pull_sample, 10)
        words += sample
    await asyncio.to_thread(live.stop)
    sending.cancel()
    assert words[0] == RELAXED
    assert RELAXED not in words[1:]
