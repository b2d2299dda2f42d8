"""What text and gesture events cost: networks that remember, on one core, chunk by chunk."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from models.pipeline.sequence_recognizer import load_sequence_recognizer
from models.sequence_runtime import SequenceModel
from service.benchmarks.report import Report
from service.errors import ServiceError

MEASURES: Final = """\
milliseconds of one core for a chunk of 40 ms of wristbands at 2 kHz, from filter to text or events, of a network \
whose weights are drawn, not learned: it finds nothing unlikely, so the search for text has as much to do as it can \
have. share: of the 40 ms, in percent; a core keeps up below 100."""

CHUNK_MS: Final = 40.0
NETWORKS: Final = (("splashnet", 1), ("splashnet", 2), ("cnn-live", 1), ("cnn-gru-live", 1), ("events", 1))
"""Recipe, bands of 16 electrodes."""
HEADROOM: Final = 60.0
"""Percent of a chunk that the median may take."""


def wristbands(seconds: float) -> Report:
    """Measure ``seconds`` of signal for each. Raises ``ServiceError`` where PyTorch is not installed."""
    report = Report("wristbands", MEASURES, {"seconds": seconds})
    for network, hands in NETWORKS:
        name = f"{network}, {16 * hands} channels"
        with tempfile.TemporaryDirectory() as folder:
            model = untrained(network, hands, Path(folder))
        report.add(name, list(costs_ms(model, seconds)))
        share = f"{name}, share"
        report.totals[share] = 100 * report.figures[name]["p50"] / CHUNK_MS
        report.ask(share, HEADROOM)
    return report


def untrained(network: str, hands: int, folder: Path) -> SequenceModel:
    """A network that has learned nothing. Raises ``ServiceError`` where PyTorch is not installed."""
    try:
        from models.training.untrained import untrained_sequence
    except ImportError as error:
        raise ServiceError(f"wristbands: {error.name} is missing: pip install 'palmaris[train]'") from error
    return SequenceModel(untrained_sequence(network, hands, folder))


def costs_ms(model: SequenceModel, seconds: float) -> Iterator[float]:
    """Of each chunk after the first second, which fills what the network remembers."""
    spec, draw = model.spec, np.random.default_rng(0)
    recognizer = load_sequence_recognizer(model)
    size = round(CHUNK_MS * spec.rate_hz / 1000)
    for first in range(0, round((1 + seconds) * spec.rate_hz), size):
        chunk = draw.normal(0, 50, (size, spec.channels)).astype(np.float32)
        began = time.thread_time_ns()
        for _ in recognizer.feed(chunk, first):
            pass
        if first >= spec.rate_hz:
            yield (time.thread_time_ns() - began) / 1e6
