"""The baseline: a model alone, without a service."""

import time
from typing import Final

import numpy as np

from models.pipeline.images import FULL_SCALE_UV
from models.runtime import load_model
from service.benchmarks.report import Report

CALLS: Final = 1000
LOOP: Final = "bare model, in a loop"
PACED: Final = "bare model, once a hop"


class Bare:
    """Encoder and head on one window after the other, or on the images of one hop, as a plain program would call them.

    In a loop, the model is all that the processor's caches hold. Once a hop, as live windows come, they are cold, and
    the same call takes longer: so much of the service's time is no overhead of the service.
    """

    def __init__(self, model: str) -> None:
        self._model = load_model(model)
        spec = self._model.spec
        shape: tuple[int, ...] = (spec.window, spec.channels)
        if spec.images is not None:
            shape = (spec.hop // spec.images.step, *spec.images.shape)
        scale = 50 if spec.images is None else 50 / FULL_SCALE_UV
        self._x = np.random.default_rng(0).normal(0, scale, shape).astype(np.float32)
        self._hop_s = spec.hop_ms / 1e3
        self._loop_ms: list[float] = []
        self._paced_ms: list[float] = []

    def measure(self, seconds: float) -> None:
        """Call it in a loop, then for so long once a hop; what was measured before counts too."""
        self._loop_ms += [self._call() for _ in range(CALLS)]
        for _ in range(max(1, round(seconds / self._hop_s))):
            time.sleep(self._hop_s)
            self._paced_ms.append(self._call())

    def tell(self, report: Report) -> None:
        """Add both to a report."""
        report.add(LOOP, self._loop_ms)
        report.add(PACED, self._paced_ms, over=LOOP)

    def _call(self) -> float:
        began = time.monotonic_ns()
        if self._model.spec.images is None:
            self._model(self._x)
        else:
            self._model.head.batch(self._model.encoder.images(self._x))
        return (time.monotonic_ns() - began) / 1e6
