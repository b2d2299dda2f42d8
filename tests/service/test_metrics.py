"""What Prometheus reads from a running service, parsed as Prometheus parses it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack

import httpx
import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families
from serving import UNHURRIED, HandFedSource, serving, subscribed, wait_for

from drivers.errors import SourceLost
from models.pipeline.recognizer import WindowRecognizer
from service.live import Live
from service.messages import StreamState

STREAM = {"stream": "default"}


class Scrape:
    """One look of Prometheus at a service."""

    def __init__(self, address: str) -> None:
        self.answer = httpx.get(f"http://{address}/metrics").raise_for_status()
        self._values = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(self.answer.text)
            for sample in family.samples
        }

    def value(self, name: str, labels: Mapping[str, str] = STREAM) -> float:
        return self._values[f"palmaris_{name}", frozenset(labels.items())]

    def has(self, name: str) -> bool:
        return any(known == f"palmaris_{name}" for known, _ in self._values)

    def state(self, stream: str = "default") -> str:
        """The one state that is 1."""
        (state,) = (
            dict(labels)["state"]
            for (name, labels), value in self._values.items()
            if name == "palmaris_stream_state" and dict(labels)["stream"] == stream and value == 1
        )
        return state


@pytest.fixture
def address(live: Live) -> Iterator[str]:
    with serving(live) as address:
        yield address


def is_in(live: Live, state: StreamState) -> Callable[[], bool]:
    return lambda: live.describe().state == state


def test_counters_rise_by_what_was_fed(address: str, live: Live, source: HandFedSource, signal: np.ndarray) -> None:
    before = Scrape(address)
    assert before.state() in ("starting", "stalled")
    assert before.value("stream_samples_total") == 0
    assert not before.has("stream_prediction_age_seconds")
    source.feed(*np.array_split(signal, 40))
    wait_for(lambda: live.counters.samples == len(signal))
    after = Scrape(address)
    windows = (len(signal) - 250) // 25 + 1
    assert after.value("stream_samples_total") == len(signal)
    assert after.value("stream_predictions_total") == windows
    assert after.value("stream_lost_samples_total") == 0
    assert after.value("stream_dropped_frames_total") == live.counters.dropped
    assert 0 <= after.value("stream_prediction_age_seconds") < 10


def test_latencies_are_histograms_of_all_predictions(
    address: str, live: Live, source: HandFedSource, signal: np.ndarray
) -> None:
    source.feed(signal)
    wait_for(lambda: live.counters.samples == len(signal))
    scrape = Scrape(address)
    predictions = scrape.value("stream_predictions_total")
    for part in ("wait", "compute"):
        name = f"stream_{part}_seconds"
        below = [scrape.value(f"{name}_bucket", {**STREAM, "le": le}) for le in ("0.0001", "0.05", "1.0", "+Inf")]
        assert below == sorted(below)
        assert below[-1] == scrape.value(f"{name}_count") == predictions
        assert 0 < scrape.value(f"{name}_sum") < predictions * 10


def test_the_state_and_the_gap_of_a_device_that_went_away(
    address: str, live: Live, source: HandFedSource, signal: np.ndarray
) -> None:
    source.feed(signal[:300])
    wait_for(is_in(live, "live"))
    wait_for(is_in(live, "stalled"))
    assert Scrape(address).state() == "stalled"
    source.feed(SourceLost("pulled"), signal[:300])
    wait_for(lambda: live.counters.samples == 600)
    assert Scrape(address).value("stream_gaps_total") == 1


def test_subscribers_and_frames_that_wait(address: str) -> None:
    with subscribed(address) as client:
        client.next()
        assert Scrape(address).value("stream_subscribers") == 1
    wait_for(lambda: Scrape(address).value("stream_subscribers") == 0)
    assert Scrape(address).value("stream_waiting_frames") == 0


def test_fits_and_the_process_are_there_before_anything_happened(address: str) -> None:
    scrape = Scrape(address)
    assert scrape.value("fit_seconds_count", {}) == scrape.value("fit_failures_total", {}) == 0
    assert "process_resident_memory_bytes" in scrape.answer.text
    assert scrape.answer.headers["content-type"].startswith("text/plain; version=")


def test_two_services_in_one_process_know_only_their_own_streams(
    recognizer: Callable[[], WindowRecognizer], signal: np.ndarray
) -> None:
    left, right = HandFedSource(), HandFedSource()
    lives = [Live("left", lambda: left, recognizer(), UNHURRIED), Live("right", lambda: right, recognizer(), UNHURRIED)]
    with ExitStack() as stack:
        addresses = [stack.enter_context(serving(live)) for live in lives]
        left.feed(signal)
        wait_for(lambda: lives[0].counters.samples == len(signal))
        here, there = map(Scrape, addresses)
    assert here.value("stream_samples_total", {"stream": "left"}) == len(signal)
    assert there.value("stream_samples_total", {"stream": "right"}) == 0
    assert 'stream="right"' not in here.answer.text
