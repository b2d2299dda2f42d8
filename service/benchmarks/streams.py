"""How many streams one service carries."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from models.runtime import load_model
from service.benchmarks.audience import audience
from service.benchmarks.bare import LOOP, Bare
from service.benchmarks.batch import compare
from service.benchmarks.latency import listen
from service.benchmarks.process import Service, service
from service.benchmarks.report import Report
from service.benchmarks.signals import played, two_channels
from service.errors import ServiceError

MEASURES: Final = """\
milliseconds from the arrival of a window's last sample at the driver to its frame in a client that listens to up to 8 \
of N equal streams of two channels in one service; each stream is another device, with a phase of its own. % of due: \
predictions that came, of those that the signal's time asks for; a service that cannot keep up reads late, and would \
seem prompt without it. batch: the encoder of a padded CSAE on many windows at once, against as many calls, per \
window."""

SAMPLE: Final = 8
"""Streams that are listened to."""
CHUNKS_MS: Final = (5.0, 25.0)
MANY: Final = 64
KEPT_UP: Final = 98.0
"""Percent. Where a played recording begins again, a window must fill: 0.8 % of its length."""
WAIT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Load:
    """So many equal streams."""

    model: str
    count: int
    chunk_ms: float

    def __str__(self) -> str:
        return f"{self.count} streams, {self.chunk_ms:g} ms chunks"

    @property
    def names(self) -> list[str]:
        """Of the streams."""
        return ["default", *(f"stream-{number}" for number in range(1, self.count))]

    @property
    def sample(self) -> list[str]:
        """Those that are listened to."""
        return self.names[:: max(1, self.count // SAMPLE)][:SAMPLE]


def streams(model: str, counts: Sequence[int], seconds: float) -> Report:
    """Measure each number of streams for ``seconds``."""
    report = Report("streams", MEASURES, {"model": model, "seconds": seconds})
    bare = Bare(model)
    bare.measure(1.0)
    bare.tell(report)
    for chunk_ms in CHUNKS_MS:
        loads = [Load(model, count, chunk_ms) for count in counts]
        for load in loads:
            _measure(report, load, seconds)
        least, most = (report.totals[f"{load}: % of one core each"] for load in (loads[0], loads[-1]))
        report.totals[f"{loads[-1]}: cost of one, over that of {loads[0].count}"] = most / least
    compare(report)
    return report


def _measure(report: Report, load: Load, seconds: float) -> None:
    hop_ms = load_model(load.model).spec.hop_ms
    with _serving(load) as running, audience(running.address, load.sample) as client:
        heard, percent = listen(running, client, seconds)
        report.totals[f"{load}: peak memory, MB"] = running.peak_mb()
    report.add(str(load), heard.latency_ms, over=LOOP)
    report.totals[f"{load}: % of one core each"] = percent / load.count
    due = len(load.sample) * seconds * 1e3 / hop_ms
    report.totals[f"{load}: % of due"] = 100 * len(heard.rows) / due
    if load.count >= MANY:
        report.ask(str(load), hop_ms, "p99")
        report.ask(f"{load}: % of due", KEPT_UP, at_least=True)


@contextmanager
def _serving(load: Load) -> Iterator[Service]:
    """A service with all streams. They are added one by one, so that they do not tick at the same moment."""
    with tempfile.TemporaryDirectory() as folder:
        recordings = Path(folder) / "recordings"
        recordings.mkdir()
        recording = two_channels(recordings)
        flags = ("--source", played(recording, load.chunk_ms), "--model", load.model, "--log-level", "error")
        with service(*flags, "--data-dir", folder) as running:
            for name in load.names[1:]:
                _add(running, name, load, played(Path(recording.name), load.chunk_ms))
            yield running


def _add(running: Service, name: str, load: Load, source: str) -> None:
    """One stream more. Raises ``ServiceError`` with the service's own words if it is refused."""
    order = {"name": name, "source": source, "model": load.model}
    answer = httpx.post(f"http://{running.address}/v1/streams", json=order, timeout=WAIT_S)
    if not answer.is_success:
        raise ServiceError(f"stream {name}: {answer.text}")
