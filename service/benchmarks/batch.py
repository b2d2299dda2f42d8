"""Whether many windows in one call of ONNX Runtime cost less than as many calls."""

import time
from collections.abc import Callable
from typing import Final

import numpy as np
import onnxruntime as ort

from models.runtime import ZOO, load_model
from service.benchmarks.report import Report

#: Its graph takes any number of windows; of models whose windows share frames, each stream has its own to go on from.
MODEL: Final = "csae-khushaba-6"
WINDOWS: Final = 64
REPETITIONS: Final = 20
ALONE: Final = f"encoder, {WINDOWS} calls, per window"
TOGETHER: Final = f"encoder, a batch of {WINDOWS}, per window"


def compare(report: Report) -> None:
    """Add the cost of one window in a batch, and alone."""
    spec = load_model(MODEL).spec
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = ort.InferenceSession(ZOO / f"{MODEL}.onnx", options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    windows = np.random.default_rng(0).normal(0, 50, (WINDOWS, spec.window, spec.channels)).astype(np.float32)
    alone, together = [], []
    for _ in range(REPETITIONS):  # in turns, so that a busy moment hits both
        alone.append(_per_window_ms(lambda: [session.run(None, {name: window[np.newaxis]}) for window in windows]))
        together.append(_per_window_ms(lambda: session.run(None, {name: windows})))
    report.add(ALONE, alone)
    report.add(TOGETHER, together, over=ALONE)


def _per_window_ms(work: Callable[[], object]) -> float:
    began = time.thread_time_ns()
    work()
    return (time.thread_time_ns() - began) / 1e6 / WINDOWS
