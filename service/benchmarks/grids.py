"""What every sample as an image costs: electrode grids on one core, hop by hop."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import load_recognizer
from models.runtime import Model, load_model
from service.benchmarks.report import Report
from service.errors import ServiceError

MEASURES: Final = """\
milliseconds of one core for one hop of a grid's samples, from filter to decision, of a network whose weights are \
drawn, not learned, with 250 images a second of which those of 40 ms vote. share: of the hop, in percent; a core keeps \
up below 100."""

GRIDS: Final = ((16, 4, 1000.0), (16, 8, 2000.0))
"""Rows, columns, samples per second: a 64-channel cuff, a 128-channel array."""
NETWORKS: Final = ("all-convnet", "embedded")
HEADROOM: Final = 60.0
"""Percent of a hop that the median may take."""


def grids(seconds: float) -> Report:
    """Measure ``seconds`` of signal for each. Raises ``ServiceError`` where PyTorch is not installed."""
    report = Report("grids", MEASURES, {"seconds": seconds})
    for rows, columns, rate_hz in GRIDS:
        for network in NETWORKS:
            name = f"{rows * columns} channels, {rate_hz:g} Hz, {network}"
            with tempfile.TemporaryDirectory() as folder:
                model = untrained(network, (rows, columns), rate_hz, Path(folder))
            report.add(name, list(costs_ms(model, seconds)))
            share = f"{name}, share"
            report.totals[share] = 100 * report.figures[name]["p50"] / model.spec.hop_ms
            report.ask(share, HEADROOM)
    return report


def untrained(network: str, shape: tuple[int, int], rate_hz: float, folder: Path) -> Model:
    """A network that has learned nothing. Raises ``ServiceError`` where PyTorch is not installed."""
    try:
        from models.training.untrained import untrained_grid
    except ImportError as error:
        raise ServiceError(f"grids: {error.name} is missing: pip install 'palmaris[train]'") from error
    return load_model(str(untrained_grid(network, shape, rate_hz, folder)))


def costs_ms(model: Model, seconds: float) -> Iterator[float]:
    """Of each hop but the first, which fills the window."""
    recognizer = load_recognizer(model, DecisionSpec())
    for first, chunk in _hops(model, seconds):
        began = time.thread_time_ns()
        answers = list(recognizer.feed(chunk, first))
        if answers and first >= model.spec.window:
            yield (time.thread_time_ns() - began) / 1e6


def _hops(model: Model, seconds: float) -> Iterator[tuple[int, npt.NDArray[np.float32]]]:
    spec, draw = model.spec, np.random.default_rng(0)
    for first in range(0, spec.window + round(seconds * spec.rate_hz), spec.hop):
        yield first, draw.normal(0, 50, (spec.hop, spec.channels)).astype(np.float32)
