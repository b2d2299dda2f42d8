"""What overlapping windows cost, each on its own and with what they share, from 125 to 5 ms apart."""

import time
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from models.pipeline.shared_frames import EachAlone, FeatureStream
from models.runtime import Encoder, load_model
from service.benchmarks.report import Report
from service.errors import ServiceError

MEASURES: Final = """\
milliseconds of one core for the features of one window, of a stream of windows that overlap: windowed computes each \
alone, shared what no window before had. ms/s: the same for one second of signal. difference: the largest between the \
features of both ways."""

HOPS_MS: Final = (125.0, 62.5, 31.25, 25.0, 12.5, 10.0, 5.0)
EXACT: Final = 1e-5

Window = npt.NDArray[np.float32]


def hops(model: str, seconds: float) -> Report:
    """Measure on ``seconds`` of noise per hop. Raises ``ServiceError`` for a model whose windows share nothing."""
    encoder = load_model(model).encoder
    if encoder.spec.frames is None:
        raise ServiceError(f"the windows of {model} share nothing: choose a CSAE trained without padding")
    report = Report("hops", MEASURES, {"model": model, "seconds": seconds})
    largest = max(_measure(report, encoder, hop_ms, seconds) for hop_ms in HOPS_MS)
    report.totals["largest difference"] = largest
    report.ask("largest difference", EXACT)
    for way in ("windowed", "shared"):
        cost = [report.totals[f"{hop_ms:g} ms, {way}, ms/s"] for hop_ms in (HOPS_MS[-1], HOPS_MS[0])]
        report.totals[f"{way}, 25 times as many windows cost times"] = cost[0] / cost[1]
    return report


def _measure(report: Report, encoder: Encoder, hop_ms: float, seconds: float) -> float:
    """Add one hop; the largest difference."""
    hop = round(hop_ms * encoder.spec.rate_hz / 1e3)
    ways: Sequence[FeatureStream] = (EachAlone(encoder), encoder.stream(hop))
    costs: tuple[list[float], list[float]] = ([], [])
    differences = []
    for end, window in _windows(encoder, hop, seconds):
        features = []
        for way, cost in zip(ways, costs, strict=True):  # in turns, so that a busy moment hits both
            began = time.thread_time_ns()
            features.append(way(window, end))
            cost.append((time.thread_time_ns() - began) / 1e6)
        differences.append(float(np.abs(features[0] - features[1]).max()))
    windowed, shared = f"{hop_ms:g} ms, windowed", f"{hop_ms:g} ms, shared"
    report.add(windowed, costs[0])
    report.add(shared, costs[1], over=windowed)
    for figure in (windowed, shared):
        report.totals[f"{figure}, ms/s"] = report.figures[figure]["p50"] * 1e3 / hop_ms
    return max(differences)


def _windows(encoder: Encoder, hop: int, seconds: float) -> Iterator[tuple[int, Window]]:
    """(end, window) of noise."""
    spec = encoder.spec
    length = spec.window + round(seconds * spec.rate_hz)
    signal = np.random.default_rng(0).normal(0, 50, (length, spec.channels)).astype(np.float32)
    for end in range(spec.window, length + 1, hop):
        yield end, signal[end - spec.window : end]
