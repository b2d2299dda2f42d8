"""How long from a sample in our hands to its prediction in a client's."""

import tempfile
import time
from pathlib import Path
from typing import Final

from models.runtime import load_model
from models.spec import ModelSpec
from service.benchmarks.audience import Audience, Heard, audience
from service.benchmarks.bare import LOOP, PACED, Bare
from service.benchmarks.grids import HEADROOM
from service.benchmarks.process import Service, own_service
from service.benchmarks.report import Report
from service.benchmarks.signals import noise, played, two_channels

MEASURES: Final = """\
milliseconds from the arrival of a window's last sample at the driver to its frame in a websocket client on the same \
machine. wait: until the computation began; compute: filter, window, encoder, head, decision; delivery: from there to \
the client. bare model: encoder and head alone, called before and after the service ran."""

ARRIVAL: Final = "arrival to client"
SHARE: Final = "of one core, service with a subscriber, %"
ALONE: Final = "of one core, service without a subscriber, %"
WARM_S: Final = 1.0
"""Until windows are full and everything was called once."""


def latency(model: str, seconds: float, source: str | None = None) -> Report:
    """Measure for ``seconds``; without a source, one of our own that fits the model, in chunks of 5 ms."""
    with tempfile.TemporaryDirectory() as folder:
        spec = load_model(model).spec
        told, own = (source, source) if source else _signal(spec, Path(folder))
        report = Report("latency", MEASURES, {"source": told, "model": model, "seconds": seconds})
        measure(report, own, model, seconds)
    report.ask(ARRIVAL, report.figures[LOOP]["p50"] + 1.0, "p50")
    report.ask(ARRIVAL, 4.0 if spec.images is None else spec.hop_ms, "p99")
    report.ask(SHARE, 5.0 if spec.images is None else HEADROOM)
    return report


def _signal(spec: ModelSpec, folder: Path) -> tuple[str, str]:
    """What a model is measured with, in words and as a URI."""
    if spec.images is None:
        return "a recorded simulated user, chunks of 5 ms", played(two_channels(folder))
    rows, columns = spec.images.shape
    return f"recorded noise on {rows} x {columns} electrodes, chunks of 5 ms", played(noise(folder, spec, spec.images))


def measure(report: Report, source: str, model: str, seconds: float) -> None:
    """Add what one stream costs, and how late its predictions are, to a report."""
    bare = Bare(model)
    bare.measure(seconds / 6)
    with own_service(source, model) as running:
        time.sleep(WARM_S)
        report.totals[ALONE] = running.core_percent(seconds / 3)
        with audience(running.address, ["default"]) as client:
            heard, report.totals[SHARE] = listen(running, client, seconds)
        report.totals["peak memory of the service, MB"] = running.peak_mb()
    bare.measure(seconds / 6)
    bare.tell(report)
    tell(report, heard)


def listen(running: Service, client: Audience, seconds: float) -> tuple[Heard, float]:
    """What is heard in so many seconds, and the share of one core that the service used, in percent."""
    time.sleep(WARM_S)
    client.lap()
    percent = running.core_percent(seconds)
    return client.lap(), percent


def tell(report: Report, heard: Heard) -> None:
    """Add where the time went."""
    report.add("wait", heard.wait_ms)
    report.add("compute", heard.compute_ms, over=PACED)
    report.add("delivery", heard.latency_ms - heard.wait_ms - heard.compute_ms)
    report.add(ARRIVAL, heard.latency_ms, over=LOOP)
    report.totals[f"{ARRIVAL}, p50, above the bare model once a hop, ms"] = (
        report.figures[ARRIVAL]["p50"] - report.figures[PACED]["p50"]
    )
    report.totals["missing predictions"] = heard.missing
