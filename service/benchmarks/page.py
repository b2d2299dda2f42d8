"""What an open page costs the predictions, and whether its signal runs smoothly: a real Chromium looks on."""

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from service.benchmarks.audience import Audience, Heard, audience
from service.benchmarks.latency import ARRIVAL, WARM_S
from service.benchmarks.process import Service, own_service
from service.benchmarks.report import Report
from service.benchmarks.signals import GRID_CHANNELS, GRID_RATE_HZ, grid, played
from service.benchmarks.sixteen import untrained
from service.errors import ServiceError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Floats = npt.NDArray[np.float64]

MEASURES: Final = """\
milliseconds from the arrival of a window's last sample at the driver to its frame in a websocket client, of a grid of \
64 electrodes at 2 kHz with a decision every 25 ms, in turns without a page and with one open and visible in Chromium, \
which runs at nice 19: what it paints must not count as the service's. pictures: from one to the next, as \
requestAnimationFrame tells the page. first load: until the signal's picture stands; bytes as they were sent. The \
weights of the model are drawn, not learned."""

ALONE: Final = f"{ARRIVAL}, no page"
LOOKED_AT: Final = f"{ARRIVAL}, a page open"
PICTURES: Final = "from picture to picture"
FRAMES: Final = "pictures a second, in the worst turn"
RATIO: Final = "p99 with a page open, over that without"
TYPICAL: Final = f"{RATIO}, median of the turns"
LOADED: Final = "first load, s"
KILOBYTES: Final = "first load, kB"
HOP: Final = GRID_RATE_HZ // 40
WIDTH, HEIGHT = 1280, 720
SIGNAL: Final = ".plot canvas"

#: Chromium as the least of all processes, whatever those who measure run as.
HUMBLE: Final = """\
#!{python} -I
import os, sys
os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
os.setpriority(os.PRIO_PROCESS, 0, 19)
os.execv({browser!r}, [{browser!r}, *sys.argv[1:]])
"""
COUNT_PICTURES: Final = """seconds => new Promise(done => {
    const times = [];
    const step = now => {
        times.push(now);
        if (now - times[0] < 1000 * seconds) requestAnimationFrame(step);
        else done(times);
    };
    requestAnimationFrame(step);
})"""
BYTES_SENT: Final = "performance.getEntries().reduce((sum, entry) => sum + (entry.transferSize ?? 0), 0)"


def page(rounds: int, seconds: float) -> Report:
    """Measure for ``seconds`` without and with a page, so many times in turn.

    Raises:
        ServiceError: there is no browser, no playwright, no PyTorch, or the page is not built.
    """
    report = Report("page", MEASURES, {"channels": GRID_CHANNELS, "rounds": rounds, "seconds": seconds})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, model = played(grid(folder)), untrained(GRID_RATE_HZ, GRID_CHANNELS, HOP, folder, "page")
        with (
            chromium(folder) as browser,
            own_service(source, str(model)) as running,
            audience(running.address, ["default"]) as client,
        ):
            _measure(report, browser, running, client, rounds, seconds)
    report.ask(RATIO, 1.2)
    report.ask(FRAMES, 50.0, at_least=True)
    report.ask(LOADED, 1.0)
    report.ask(KILOBYTES, 300.0)
    return report


@contextmanager
def chromium(folder: Path) -> Iterator["Browser"]:
    """A browser without a window at the lowest priority. Raises ``ServiceError`` where there is none."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise ServiceError("page: playwright is missing: pip install 'palmaris[test]'") from error
    if (path := which("chromium")) is None:
        raise ServiceError("page: there is no browser here: apt-get install chromium")
    humble = folder / "chromium"
    humble.write_text(HUMBLE.format(python=sys.executable, browser=path), encoding="utf-8")
    humble.chmod(0o700)
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=humble) as browser:
        yield browser


def _measure(
    report: Report, browser: "Browser", running: Service, client: Audience, rounds: int, seconds: float
) -> None:
    turns: list[Turn] = []
    time.sleep(WARM_S)
    for number in range(rounds):
        client.lap()
        idle = running.core_percent(seconds)
        alone = client.lap()
        with _opened(None if number else report, browser, running.address) as shown:
            client.lap()
            cpu, began = running.cpu_s(), time.monotonic()
            times = np.array(shown.evaluate(COUNT_PICTURES, seconds))
            busy = 100 * (running.cpu_s() - cpu) / (time.monotonic() - began)
            turns.append(Turn(alone, client.lap(), np.diff(times), idle, busy))
    _tell(report, turns)


@dataclass(frozen=True, slots=True)
class Turn:
    """A while without a page, then one with."""

    alone: Heard
    looked_at: Heard
    pictures_ms: Floats
    """From one to the next."""
    idle: float
    """Percent of a core that the service takes without a page."""
    busy: float
    """The same with one."""

    @property
    def ratio(self) -> float:
        """Of the p99 with a page to that without."""
        return float(np.percentile(self.looked_at.latency_ms, 99) / np.percentile(self.alone.latency_ms, 99))


def _tell(report: Report, turns: Sequence[Turn]) -> None:
    report.add(ALONE, np.concatenate([turn.alone.latency_ms for turn in turns]))
    report.add(LOOKED_AT, np.concatenate([turn.looked_at.latency_ms for turn in turns]), over=ALONE)
    report.add(PICTURES, np.concatenate([turn.pictures_ms for turn in turns]))
    report.totals[RATIO] = report.figures[LOOKED_AT]["p99"] / report.figures[ALONE]["p99"]
    report.totals[TYPICAL] = float(np.median([turn.ratio for turn in turns]))
    report.totals[FRAMES] = min(1000 / float(turn.pictures_ms.mean()) for turn in turns)
    report.totals["% of one core, service without a page"] = float(np.mean([turn.idle for turn in turns]))
    report.totals["% of one core, service with a page"] = float(np.mean([turn.busy for turn in turns]))
    report.totals["missing predictions"] = sum(turn.alone.missing + turn.looked_at.missing for turn in turns)


@contextmanager
def _opened(report: Report | None, browser: "Browser", address: str) -> Iterator["Page"]:
    """A page in a tab of its own; the report takes what its first load costs."""
    with browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}) as context:
        shown, began = context.new_page(), time.monotonic()
        answer = shown.goto(f"http://{address}/")
        if answer is None or not answer.ok:
            raise ServiceError("page: it is not built: run `make page`")
        shown.wait_for_selector(SIGNAL, state="attached")
        if report is not None:
            report.totals[LOADED] = time.monotonic() - began
            report.totals[KILOBYTES] = shown.evaluate(BYTES_SENT) / 1000
        time.sleep(WARM_S)
        yield shown
