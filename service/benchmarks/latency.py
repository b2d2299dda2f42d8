"""How long from a sample in our hands to its prediction in a client's."""

import asyncio
import time
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter
from websockets.asyncio.client import connect

from models.runtime import load_model
from service.benchmarks.process import Service, service
from service.benchmarks.report import Report
from service.messages import Frame, Prediction

FRAME: TypeAdapter[Frame] = TypeAdapter(Frame)
BARE_CALLS = 2000

MEASURES = """\
milliseconds from the arrival of a window's last sample at the driver to its frame in a websocket client on the same \
machine. wait: until the computation began; compute: filter, window, encoder, head, decision; delivery: from there to \
the client. bare model: encoder and head alone, called in a loop before the service was started."""


def latency(source: str, model: str, seconds: float, json_file: Path | None) -> None:
    """Measure for ``seconds`` and report."""
    report = Report("latency", MEASURES, {"source": source, "model": model, "seconds": seconds})
    bare = bare_calls(model)
    with service("--source", source, "--model", model, "--log-level", "error") as running:
        frames, cpu_share = asyncio.run(_listen(running, seconds))
        report.totals["peak memory of the service, MB"] = running.peak_mb()
    total = np.array([received - frame.arrived_ns for received, frame in frames]) / 1e6
    wait = np.array([frame.latency.wait_ms for _, frame in frames])
    compute = np.array([frame.latency.compute_ms for _, frame in frames])
    report.add("bare model", bare)
    report.add("wait", wait)
    report.add("compute", compute)
    report.add("delivery", total - wait - compute)
    report.add("arrival to client", total)
    for p in ("p50", "p99"):
        ratio = report.figures["arrival to client"][p] / report.figures["bare model"][p]
        report.totals[f"arrival to client over bare model, {p}"] = ratio
    report.totals["share of one core that the service used, %"] = 100 * cpu_share
    report.show(json_file)


def bare_calls(name: str) -> list[float]:
    """Durations of the model alone, in milliseconds."""
    model = load_model(name)
    window = np.random.default_rng(0).normal(0, 50, (model.spec.window, model.spec.channels)).astype(np.float32)
    durations = []
    for _ in range(BARE_CALLS):
        began = time.monotonic_ns()
        model(window)
        durations.append((time.monotonic_ns() - began) / 1e6)
    return durations


async def _listen(running: Service, seconds: float) -> tuple[list[tuple[int, Prediction]], float]:
    """(received_ns, frame) of each prediction, and the processor time of the service as a share of one core."""
    frames: list[tuple[int, Prediction]] = []
    async with connect(f"ws://{running.address}/v1/streams/default/predictions", compression=None) as socket:
        began, cpu_began = time.monotonic(), running.cpu_s()
        while time.monotonic() - began < seconds:
            text = await socket.recv()
            received = time.monotonic_ns()
            if isinstance(frame := FRAME.validate_json(text), Prediction):
                frames.append((received, frame))
        return frames, (running.cpu_s() - cpu_began) / (time.monotonic() - began)
