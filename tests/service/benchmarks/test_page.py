"""What an open page costs, with a real browser; without one, why it was not measured."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import chromium

from service.benchmarks.page import (
    HALVES,
    HUMBLE,
    KILOBYTES,
    LOADED,
    PAGES,
    arrival,
    last,
    page,
    pictures_per_second,
    ratio,
    starter,
)
from service.errors import ServiceError

GROUP = Path("/proc/self/autogroup")


def test_a_page_is_opened_and_what_it_costs_is_told() -> None:
    pytest.importorskip("torch")
    with chromium():  # or the reason why not; it has the page built
        pass
    report = page(1, 1.0)
    for half in HALVES:
        assert report.figures[arrival(half)]["n"] >= 20
    for half in PAGES:
        assert report.totals[pictures_per_second(half)] > 0
    assert 10 < report.totals[KILOBYTES] < 300
    asked = {ratio(half) for half in PAGES} | {pictures_per_second(half) for half in PAGES}
    assert {target.figure for target in report.targets} == asked | {LOADED, KILOBYTES}


def test_without_a_browser_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServiceError, match="no browser here: apt-get install chromium"):
        page(1, 1.0)


@pytest.fixture
def humble(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """In the place of the browser, Python: in a session of its own, as Playwright starts it."""
    lines = ["import os", "print(os.getpriority(os.PRIO_PROCESS, 0), flush=True)", "input()"]
    command = [starter(tmp_path / "humble", HUMBLE, sys.executable), "-c", "\n".join([*lines, "os.nice(-8)"])]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, start_new_session=True, text=True, **pipes) as process:
        yield process
        process.kill()


def test_the_humble_browser_stays_so(humble: "subprocess.Popen[str]") -> None:
    told, complaint = humble.communicate("\n")
    assert told.strip() == "19"
    assert "PermissionError" in complaint


@pytest.mark.skipif(not GROUP.exists(), reason="this kernel does not weigh sessions")
def test_everything_else_goes_before_its_session(humble: "subprocess.Popen[str]", tmp_path: Path) -> None:
    assert humble.stdout is not None
    humble.stdout.readline()
    process = int((tmp_path / "humble.pid").read_text())
    assert process == humble.pid
    with last(process):
        assert Path(f"/proc/{process}/autogroup").read_text().endswith(" nice 19\n")
