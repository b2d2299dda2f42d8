"""What an open page costs the predictions, and whether its signal runs smoothly: a real Chromium looks on."""

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
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
64 electrodes at 2 kHz with a decision every 25 ms, in turns: without a page; with a plain client that asks for the \
same frames and paints nothing, which is what the service's own work for a page costs; with a page open and visible in \
Chromium that gets only what nobody else wants of the processor; and in Chromium as it comes, which competes with the \
service. pictures: from one to the next, as requestAnimationFrame tells the page. first load: in Chromium as it comes, \
until the signal's picture stands; bytes as they were sent. The weights of the model are drawn, not learned."""

ALONE: Final = "no page"
ASKED: Final = "a plain client"
LOOKED_AT: Final = "a page, browser at nice 19"
CROWDED: Final = "a page, browser as it comes"
#: Turn by turn, in this order.
HALVES: Final = (ALONE, ASKED, LOOKED_AT, CROWDED)
PAGES: Final = (LOOKED_AT, CROWDED)
LOADED: Final = "first load, s"
KILOBYTES: Final = "first load, kB"
HOP: Final = GRID_RATE_HZ // 40
WIDTH, HEIGHT = 1280, 720
OPEN_MS: Final = 120_000
SIGNAL: Final = ".plot canvas"
#: What the page asks for: service/web/src/live/signal.ts
ENVELOPES: Final = "signal?points=4&hz=30"

#: Chromium as the least of all processes: as root it would take a higher priority again by itself.
HUMBLE: Final = """\
#!{python} -I
import ctypes, os
os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
os.setpriority(os.PRIO_PROCESS, 0, 19)
PR_CAPBSET_DROP, CAP_SYS_NICE = 24, 23
ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_SYS_NICE, 0, 0, 0)
with open({number!r}, "w", encoding="ascii") as file:
    file.write(str(os.getpid()))
"""
#: Chromium as a user starts it, whatever those who measure run as.
ORDINARY: Final = """\
#!{python} -I
import os
os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
"""
START: Final = """\
import sys
os.execv({browser!r}, [{browser!r}, *sys.argv[1:]])
"""
#: Notes when each picture is drawn, in epoch milliseconds, which are ours as well.
NOTE_PICTURES: Final = """() => {
    globalThis.pictures = [];
    const step = now => {
        pictures.push(performance.timeOrigin + now);
        requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
}"""
BYTES_SENT: Final = "performance.getEntries().reduce((sum, entry) => sum + (entry.transferSize ?? 0), 0)"


def page(rounds: int, seconds: float) -> Report:
    """Measure for ``seconds`` each without a page, with a plain client and with a page, so many times in turn.

    Raises:
        ServiceError: there is no browser, no playwright, no PyTorch, or the page is not built.
    """
    report = Report("page", MEASURES, {"channels": GRID_CHANNELS, "rounds": rounds, "seconds": seconds})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, model = played(grid(folder)), untrained(GRID_RATE_HZ, GRID_CHANNELS, HOP, folder, "page")
        with (
            browsers(folder) as (humble, ordinary),
            own_service(source, str(model)) as running,
            audience(running.address, ["default"]) as client,
        ):
            time.sleep(WARM_S)
            _load(report, ordinary, running.address)
            stage = Stage(running, client, seconds)
            process = int((folder / "humble.pid").read_text(encoding="ascii"))
            _tell(report, [stage.turn(humble, ordinary, process) for _ in range(rounds)])
    for half in PAGES:
        report.ask(ratio(half), 1.2)
        report.ask(pictures_per_second(half), 50.0, at_least=True)
    report.ask(LOADED, 1.0)
    report.ask(KILOBYTES, 300.0)
    return report


def arrival(half: str) -> str:
    """The name of its latency."""
    return f"{ARRIVAL}, {half}"


def ratio(half: str) -> str:
    """The name of its p99 over that without a page."""
    return f"p99 over that without, {half}"


def pictures_per_second(half: str) -> str:
    """The name of how smoothly it runs."""
    return f"pictures a second in the worst turn, {half}"


@contextmanager
def browsers(folder: Path) -> Iterator[tuple["Browser", "Browser"]]:
    """Without a window: one at the lowest priority, one as it comes. Raises ``ServiceError`` where there is none."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise ServiceError("page: playwright is missing: pip install 'palmaris[test]'") from error
    if (path := which("chromium")) is None:
        raise ServiceError("page: there is no browser here: apt-get install chromium")
    scripts = [starter(folder / name, text, path) for name, text in (("humble", HUMBLE), ("ordinary", ORDINARY))]
    with sync_playwright() as playwright:
        launch = playwright.chromium.launch
        with launch(executable_path=scripts[0]) as humble, launch(executable_path=scripts[1]) as ordinary:
            yield humble, ordinary


def starter(file: Path, before: str, browser: str) -> Path:
    """An executable that becomes the browser; a humble one leaves the number of its process in a file beside."""
    number = str(file.with_suffix(".pid"))
    file.write_text((before + START).format(python=sys.executable, browser=browser, number=number), encoding="utf-8")
    file.chmod(0o700)
    return file


@contextmanager
def last(process: int) -> Iterator[None]:
    """Let everything else go before the session of this process while the block lasts.

    Nice weighs the processes of one session, and Playwright begins another: between sessions their own weight counts
    (autogroup, sched(7)). Before and after it is as usual, for on a busy machine no page would ever open.
    """
    _weigh(process, 19)
    try:
        yield
    finally:
        _weigh(process, 0)


def _weigh(process: int, nice: int) -> None:
    with suppress(OSError):  # here nice counts alone; or it may not be raised again, as that takes root
        Path(f"/proc/{process}/autogroup").write_text(str(nice), encoding="ascii")


@dataclass(frozen=True, slots=True)
class Half:
    """A while without a page or with one."""

    heard: Heard
    percent: float
    """Of a core that the service took."""
    pictures_ms: Floats = field(default_factory=lambda: np.empty(0))
    """From one to the next; none without a page."""

    @property
    def p99(self) -> float:
        """Of the latency."""
        return float(np.percentile(self.heard.latency_ms, 99))


class Stage:
    """A service, the subscriber whose latency is taken, and what happens meanwhile."""

    def __init__(self, running: Service, client: Audience, seconds: float) -> None:
        self._running, self._client, self._seconds = running, client, seconds

    def turn(self, humble: "Browser", ordinary: "Browser", process: int) -> dict[str, Half]:
        """By name: see ``HALVES``; ``process``: that of the humble browser."""
        address = self._running.address
        found = {ALONE: self._half()}
        with audience(address, ["default"]), audience(address, ["default"], ENVELOPES):
            time.sleep(WARM_S)
            found[ASKED] = self._half()
        with _opened(humble, address) as shown:
            with last(process):
                time.sleep(WARM_S)
                half, until = self._half(), time.time()
            found[LOOKED_AT] = replace(half, pictures_ms=_pictures(shown, until - self._seconds, until))
        with _opened(ordinary, address) as shown:
            time.sleep(WARM_S)
            half, until = self._half(), time.time()
            found[CROWDED] = replace(half, pictures_ms=_pictures(shown, until - self._seconds, until))
        return found

    def _half(self) -> Half:
        self._client.lap()
        percent = self._running.core_percent(self._seconds)
        return Half(self._client.lap(), percent)


def _pictures(shown: "Page", since: float, until: float) -> Floats:
    """Milliseconds from picture to picture between two moments in epoch seconds, with that on either side."""
    shown.wait_for_function("until => pictures.at(-1) > until", arg=1000 * until)
    times = np.array(shown.evaluate("pictures"))
    first, end = np.searchsorted(times, [1000 * since, 1000 * until])
    return np.diff(times[max(first - 1, 0) : end + 1])


def _tell(report: Report, turns: Sequence[dict[str, Half]]) -> None:
    for name in HALVES:
        latency = np.concatenate([turn[name].heard.latency_ms for turn in turns])
        report.add(arrival(name), latency, over=None if name == ALONE else arrival(ALONE))
        report.totals[f"service, % of one core, {name}"] = float(np.mean([turn[name].percent for turn in turns]))
    for name in HALVES[1:]:
        report.totals[ratio(name)] = report.figures[arrival(name)]["p99"] / report.figures[arrival(ALONE)]["p99"]
        typical = float(np.median([turn[name].p99 / turn[ALONE].p99 for turn in turns]))
        report.totals[f"{ratio(name)}, median of the turns"] = typical
    for name in PAGES:
        report.add(f"from picture to picture, {name}", np.concatenate([turn[name].pictures_ms for turn in turns]))
        slowest = max(float(turn[name].pictures_ms.mean()) for turn in turns)
        report.totals[pictures_per_second(name)] = 1000 / slowest
    report.totals["missing predictions"] = sum(half.heard.missing for turn in turns for half in turn.values())


def _load(report: Report, browser: "Browser", address: str) -> None:
    with _tab(browser) as shown:
        began = time.monotonic()
        _show(shown, address)
        report.totals[LOADED] = time.monotonic() - began
        report.totals[KILOBYTES] = shown.evaluate(BYTES_SENT) / 1000


@contextmanager
def _opened(browser: "Browser", address: str) -> Iterator["Page"]:
    """A page in a tab of its own, from the moment at which the signal's picture stands."""
    with _tab(browser) as shown:
        _show(shown, address)
        shown.evaluate(NOTE_PICTURES)
        yield shown


@contextmanager
def _tab(browser: "Browser") -> Iterator["Page"]:
    """Empty as yet: a browser takes its own time to make one."""
    with browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}) as context:
        context.set_default_timeout(OPEN_MS)
        yield context.new_page()


def _show(shown: "Page", address: str) -> None:
    """Load the page there, until the signal's picture stands."""
    answer = shown.goto(f"http://{address}/")
    if answer is None or not answer.ok:
        raise ServiceError("page: it is not built: run `make page`")
    shown.wait_for_selector(SIGNAL, state="attached")
