"""How long ``palmaris serve`` takes until its first prediction, and how much memory it has by then."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from service.benchmarks.process import Service, started, told
from service.benchmarks.report import Report
from service.benchmarks.signals import played, two_channels

MEASURES: Final = """\
seconds from starting palmaris serve to the line that tells of the first prediction, of which the first window takes \
its own length. bare model: a Python that imports ONNX Runtime, loads the model and ends. The first start of a machine \
reads files that later ones find in memory: it is in the p99."""

FIRST: Final = "first prediction"
BARE: Final = "bare model"
MEMORY: Final = "peak memory, MB"
SETTLED_S: Final = 1.0


def start(model: str, times: int) -> Report:
    """Start it so many times."""
    report = Report("start", MEASURES, {"model": model, "times": times})
    with tempfile.TemporaryDirectory() as folder:
        flags = ("--source", played(two_channels(Path(folder))), "--model", model, "--data-dir", folder)
        runs = [(_bare_s(model), *_first(flags)) for _ in range(times)]
    bare, waits, memory = zip(*runs, strict=True)
    report.add(BARE, bare)
    report.add(FIRST, waits, over=BARE)
    report.totals[MEMORY] = max(memory)
    report.ask(FIRST, 3.0, "p50")
    report.ask(MEMORY, 250.0)
    return report


def _bare_s(model: str) -> float:
    began = time.monotonic()
    code = "import sys; from models.runtime import load_model; load_model(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, model], check=True)  # noqa: S603
    return time.monotonic() - began


def _first(flags: tuple[str, ...]) -> tuple[float, float]:
    """(seconds until the first prediction, peak of the memory in megabytes soon after it)."""
    began = time.monotonic()
    with started(*flags) as process:
        told(process, "(first prediction)")
        wait_s = time.monotonic() - began
        time.sleep(SETTLED_S)
        return wait_s, Service(process.pid, "").peak_mb()
