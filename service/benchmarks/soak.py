"""A service for hours: does its memory grow, does it lose predictions, does it slow down?

    python -m service.benchmarks.soak --minutes 10 --json soak.json

Two streams, a subscriber of each, one that comes and goes, and a recording now and then. Ctrl-C reports what was
measured so far.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

import httpx
import numpy as np
import numpy.typing as npt
import typer

from service.benchmarks.audience import Heard, audience, subscribe
from service.benchmarks.process import Service, service
from service.benchmarks.report import Report
from service.benchmarks.signals import played, two_channels
from service.errors import ServiceError

MEASURES: Final = """\
resident memory of a service in MB, and milliseconds from the arrival of a window's last sample at the driver to its \
frame in two clients. Growth: the median of the slopes between all pairs of measurements of the memory, after a \
warm-up of a fifth of the time. Drift: median latency of the last third over that of the first, without the warm-up."""

STREAMS: Final = ("left", "right")
LOOK_S: Final = 5.0
WARM_UP: Final = 0.2
VISIT: Final = 3
"""Every so many looks, somebody comes, and leaves before the next."""
RECORD: Final = 12
"""Every so many looks, a recording is made until the next."""
MEMORY: Final = "memory, MB"
LATENCY: Final = "arrival to client, ms"
GROWTH: Final = "growth, % per hour"
MISSING: Final = "missing predictions"
TWICE: Final = "predictions that came twice"
CLOSED: Final = "connections that the service closed"

Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class Diary:
    """What was seen so far."""

    looked_s: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)


def soak(model: str, seconds: float, look_s: float = LOOK_S) -> Report:
    """Watch a service for so long, or until Ctrl-C."""
    report = Report("soak", MEASURES, {"model": model, "seconds": seconds, "streams": len(STREAMS)})
    diary = Diary()
    try:
        with _serving(model) as running, audience(running.address, STREAMS) as client:
            client.lap()
            for look in _looks(seconds, look_s, diary):
                _disturb(running.address, look)
                diary.memory_mb.append(running.memory_mb())
                diary.heard.append(client.lap())
    except KeyboardInterrupt:
        report.conditions["seconds"] = round(diary.looked_s[-1]) if diary.looked_s else 0
    _tell(report, diary)
    return report


def growth_percent(hours: Floats, memory_mb: Floats) -> float:
    """Per hour, of the median: the median slope between all pairs, which no single jump can bend."""
    first, second = np.triu_indices(len(hours), 1)
    slopes = (memory_mb[second] - memory_mb[first]) / (hours[second] - hours[first])
    return float(100 * np.median(slopes) / np.median(memory_mb))


@contextmanager
def _serving(model: str) -> Iterator[Service]:
    with tempfile.TemporaryDirectory() as folder:
        source = played(two_channels(Path(folder)))
        tables = [f'[[streams]]\nname = "{name}"\nsource = "{source}"\nmodel = "{model}"\n' for name in STREAMS]
        config = Path(folder) / "soak.toml"
        config.write_text("\n".join(tables), encoding="utf-8")
        with service("--config", str(config), "--data-dir", folder, "--log-level", "error") as running:
            yield running


def _looks(seconds: float, look_s: float, diary: Diary) -> Iterator[int]:
    """The number of each look, when its time has come; tells how far it is."""
    began = time.monotonic()
    for look in range(1, round(seconds / look_s) + 1):
        time.sleep(max(0.0, began + look * look_s - time.monotonic()))
        diary.looked_s.append(time.monotonic() - began)
        yield look
        typer.echo(f"{diary.looked_s[-1]:.0f} of {seconds:.0f} s, {diary.memory_mb[-1]:.1f} MB", err=True)


def _disturb(address: str, look: int) -> None:
    """What happens in a day: somebody looks in, recordings are made."""
    if look % VISIT == 0:
        subscribe(address, STREAMS[0])[0].close()
    button = f"http://{address}/v1/streams/{STREAMS[1]}/recording"
    if look % RECORD == 0:
        _require(httpx.post(button))
    elif look % RECORD == 1 and look > RECORD:
        _require(httpx.delete(button))


def _require(answer: httpx.Response) -> None:
    if not answer.is_success:
        raise ServiceError(f"the recording was refused: {answer.text}")


def _tell(report: Report, diary: Diary) -> None:
    """Add what was seen. Raises ``ServiceError`` if that is too little."""
    looks = min(len(diary.memory_mb), len(diary.heard))
    warm = int(looks * WARM_UP)
    hours = np.array(diary.looked_s[warm:looks]) / 3600
    if len(hours) < 3:
        raise ServiceError("soak: too short to tell anything: let it run for a minute at least")
    heard = Heard(np.concatenate([part.rows for part in diary.heard]), diary.heard[looks - 1].closed)
    report.add(MEMORY, diary.memory_mb[warm:looks])
    report.add(LATENCY, heard.latency_ms)
    report.totals[GROWTH] = growth_percent(hours, np.array(diary.memory_mb[warm:looks]))
    report.totals[MISSING] = heard.missing
    report.totals[TWICE] = heard.twice
    report.totals[CLOSED] = heard.closed
    medians = [float(np.median(part.latency_ms)) for part in diary.heard[warm:looks] if len(part.rows)]
    third = max(1, len(medians) // 3)
    report.totals["latency drift"] = float(np.median(medians[-third:]) / np.median(medians[:third]))
    report.ask(GROWTH, 1.0)
    report.ask(MISSING, 0)
    report.ask(TWICE, 0)
    report.ask(CLOSED, 0)


def main(
    minutes: Annotated[float, typer.Option(min=0.5, help="How long.")] = 10.0,
    model: Annotated[str, typer.Option(help="Shipped model or path of an .onnx file.")] = "csae-simulated",
    json: Annotated[Path | None, typer.Option(help="File for the figures as JSON; -: JSON to standard output.")] = None,
) -> None:
    """Watch a service for a while."""
    report = soak(model, 60 * minutes)
    report.show(json)
    raise SystemExit(not all(target.met for target in report.targets))


if __name__ == "__main__":
    typer.run(main)
