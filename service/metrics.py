"""What Prometheus is told: read from the streams when it asks, so that the live path counts what it counts anyway.

There is no registry: an app makes a collector of its own streams for each scrape, and two apps in a process never meet.
"""

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from typing import Final, get_args

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from service.calibrations.fit_count import FitCount
from service.latency import Buckets
from service.live import Live
from service.messages import StreamInfo, StreamState

STATES: Final = get_args(StreamState)

#: Name, help, and field of a stream's counters.
COUNTERS: Final = (
    ("samples", "Samples received, per channel.", "samples"),
    ("lost_samples", "Samples that the device counted and that never arrived.", "lost"),
    ("gaps", "Times that filter and window began anew.", "gaps"),
    ("predictions", "Windows that were classified.", "predictions"),
    ("dropped_frames", "Frames that slow subscribers missed.", "dropped"),
)


class ServiceCollector(Collector):
    """Everything about the streams of one app, its fits, and the process that they run in."""

    def __init__(self, streams: Mapping[str, Live], fits: FitCount) -> None:
        self._streams, self._fits = streams, fits

    def collect(self) -> Iterator[Metric]:
        """Every metric, as it stands now."""
        yield InfoMetricFamily("palmaris", "The service.", {"version": version("palmaris")})
        lives = tuple(self._streams.values())
        infos = [live.describe() for live in lives]
        yield _states(infos)
        yield from _counters(infos)
        yield from _gauges(lives, infos)
        yield from _latencies(lives)
        yield from _fits(self._fits)
        yield from ProcessCollector(registry=None).collect()


def _states(infos: Iterable[StreamInfo]) -> Metric:
    family = GaugeMetricFamily("palmaris_stream_state", "1 for the state that it is in.", labels=("stream", "state"))
    for info in infos:
        for state in STATES:
            family.add_metric((info.stream, state), info.state == state)
    return family


def _counters(infos: Iterable[StreamInfo]) -> Iterator[Metric]:
    for name, text, field in COUNTERS:
        family = CounterMetricFamily(f"palmaris_stream_{name}", text, labels=("stream",))
        for info in infos:
            family.add_metric((info.stream,), getattr(info.counters, field))
        yield family


def _gauges(lives: Iterable[Live], infos: Iterable[StreamInfo]) -> Iterator[Metric]:
    subscribers = _gauge("subscribers", "Clients that listen now.")
    waiting = _gauge("waiting_frames", "Frames that wait for the event loop; a few at most while it keeps up.")
    age = _gauge("prediction_age_seconds", "Time since the last prediction; absent before the first.")
    for live, info in zip(lives, infos, strict=True):
        subscribers.add_metric((live.name,), info.subscribers)
        waiting.add_metric((live.name,), live.hub.waiting)
        if info.prediction_age_ms is not None:
            age.add_metric((live.name,), info.prediction_age_ms / 1000)
    yield from (subscribers, waiting, age)


def _gauge(name: str, text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"palmaris_stream_{name}", text, labels=("stream",))


def _latencies(lives: Iterable[Live]) -> Iterator[Metric]:
    wait = _histogram("wait", "From the arrival of the last sample to the start of the computation.")
    compute = _histogram("compute", "Filter, window, encoder, head and decision.")
    for live in lives:
        wait.add_metric((live.name,), *_cumulated(live.answers.latencies.wait_ms, 1e-3))
        compute.add_metric((live.name,), *_cumulated(live.answers.latencies.compute_ms, 1e-3))
    yield from (wait, compute)


def _histogram(name: str, text: str) -> HistogramMetricFamily:
    return HistogramMetricFamily(f"palmaris_stream_{name}_seconds", text, labels=("stream",))


def _fits(fits: FitCount) -> Iterator[Metric]:
    yield CounterMetricFamily("palmaris_fit_failures", "Fits of a head that failed.", fits.failed)
    buckets, total = _cumulated(fits.seconds)
    yield HistogramMetricFamily("palmaris_fit_seconds", "From the order of a head to its end.", buckets, total)


def _cumulated(buckets: Buckets, unit_s: float = 1.0) -> tuple[list[tuple[str, float]], float]:
    """Bounds in seconds with how many lie below them, as Prometheus wants it, and the sum."""
    bounds = [str(round(bound * unit_s, 9)) for bound in buckets.bounds] + ["+Inf"]
    counts = buckets.counts
    below = [float(sum(counts[: place + 1])) for place in range(len(counts))]
    return list(zip(bounds, below, strict=True)), buckets.sum * unit_s
