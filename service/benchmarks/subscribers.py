"""How many subscribers one stream carries."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import numpy as np

from service.benchmarks.audience import Heard, audience, subscribe, unlimit_files
from service.benchmarks.latency import WARM_S
from service.benchmarks.process import Service, own_service
from service.benchmarks.report import Report
from service.benchmarks.signals import played, two_channels

MEASURES: Final = """\
milliseconds from the arrival of a window's last sample at the driver to its frame in each of N websocket clients of \
one stream, which share two processes. From 100 clients on, 10 more never read: they are to lose frames, the others \
are not."""

FROZEN: Final = 10
HALL: Final = 100
"""From so many subscribers on, some are frozen."""
PROCESSES: Final = 2


def subscribers(model: str, counts: Sequence[int], seconds: float) -> Report:
    """Measure each number of subscribers for ``seconds``."""
    unlimit_files()
    report = Report("subscribers", MEASURES, {"model": model, "seconds": seconds})
    with tempfile.TemporaryDirectory() as folder:
        source = played(two_channels(Path(folder)))
        for count in counts:
            with own_service(source, model) as running, _frozen(running, count):
                _measure(report, running, count, seconds)
    return report


def _measure(report: Report, running: Service, count: int, seconds: float) -> None:
    shares = [count // PROCESSES + (part < count % PROCESSES) for part in range(PROCESSES)]
    with ExitStack() as stack:
        halls = [stack.enter_context(audience(running.address, ["default"] * share)) for share in shares if share]
        running.core_percent(WARM_S)
        for hall in halls:
            hall.lap()
        percent = running.core_percent(seconds)
        heard = [hall.lap() for hall in halls]
        peak_mb = running.peak_mb()
    figure = _figure(count)
    report.add(figure, np.concatenate([part.latency_ms for part in heard]), over=next(iter(report.figures), None))
    report.totals[f"{figure}: % of one core"] = percent
    report.totals[f"{figure}: peak memory, MB"] = peak_mb
    report.totals[f"{figure}: % missing"] = _missing_percent(heard)
    report.ask(figure, 50.0, "p99")


def _figure(count: int) -> str:
    return f"{count} subscribers" + (f" beside {FROZEN} frozen ones" if count >= HALL else "")


def _missing_percent(heard: Sequence[Heard]) -> float:
    missing = sum(part.missing for part in heard)
    return 100 * missing / (missing + sum(len(part.rows) for part in heard))


@contextmanager
def _frozen(running: Service, count: int) -> Iterator[None]:
    """Subscribers that never read, beside many others."""
    seats = [subscribe(running.address, "default")[0] for _ in range(FROZEN if count >= HALL else 0)]
    yield
    for seat in seats:
        seat.close()
