"""What a service sends over LSL, received by liblsl."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tiny_sequence_model
from inlets import inlet_of
from known_efforts import with_efforts
from serving import UNHURRIED, HandFedSource

from drivers.lsl_outlet import PredictionOutlet
from drivers.source import SourceInfo
from models.any_model import load_any_model
from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import WindowRecognizer
from service.live import Live
from service.lsl import RELAXED, forward
from service.streams import DecisionOrder, recognizer_for

pylsl = pytest.importorskip("pylsl")


class Band(HandFedSource):
    """Sixteen channels at 2 kHz."""

    info = SourceInfo("band", 2000.0, tuple(map(str, range(16))))


async def test_predictions_then_silence_go_out_on_lsls_clock(
    live: Live, source: HandFedSource, signal: np.ndarray, stream_name: str
) -> None:
    live.open()
    outlet = PredictionOutlet(stream_name)
    sending = asyncio.create_task(forward(live, outlet))
    await asyncio.sleep(0)  # the outlet opens
    inlet = await asyncio.to_thread(inlet_of, outlet, stream_name)
    before = pylsl.local_clock()
    live.start(asyncio.get_running_loop(), on_failure=sending.cancel)
    source.feed(signal[1000:1400])
    received = []
    while not received or received[-1][0][0] >= 0:
        received.append(await asyncio.to_thread(inlet.pull_sample, 60))
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
    outlet = PredictionOutlet(stream_name)
    sending = asyncio.create_task(forward(live, outlet))
    await asyncio.sleep(0)  # the outlet opens
    inlet = await asyncio.to_thread(inlet_of, outlet, stream_name, True)
    live.start(asyncio.get_running_loop(), on_failure=sending.cancel)
    source.feed(signal[500:1000])
    at_rest = await words_until("stalled", inlet)
    source.feed(signal[1000:1400])
    await words_until("left", inlet)
    await asyncio.to_thread(live.stop)
    sending.cancel()
    assert set(at_rest) == {RELAXED, "stalled"}


async def words_until(awaited: str, inlet: "pylsl.StreamInlet") -> list[str]:
    """What is received, up to that word."""
    words: list[str] = []
    while awaited not in words:
        sample, _ = await asyncio.to_thread(inlet.pull_sample, 60)
        words += sample
    return words


async def test_events_go_out_by_their_names(stream_name: str, tmp_path: Path) -> None:
    model = load_any_model(str(tiny_sequence_model.write_lively_events(tmp_path)))
    noise = (30 * np.random.default_rng(0).standard_normal((800, 16))).astype(np.float32)
    expected = [event.label for event in recognizer_for(model, DecisionOrder()).feed(noise, 0)]
    source = Band()
    live = Live("default", lambda: source, recognizer_for(model, DecisionOrder()), UNHURRIED)
    live.open()
    outlet = PredictionOutlet(stream_name)
    sending = asyncio.create_task(forward(live, outlet))
    await asyncio.sleep(0)  # the outlet opens
    inlet = await asyncio.to_thread(inlet_of, outlet, stream_name, True)
    live.start(asyncio.get_running_loop(), on_failure=sending.cancel)
    source.feed(noise)
    said = (await words_until("stalled", inlet))[:-1]
    await asyncio.to_thread(live.stop)
    sending.cancel()
    assert said
    assert "".join(expected).endswith("".join(said))  # those of a moment: older ones are withdrawn
