"""A real browser on the built page; tests that need it are skipped, saying why, where there is none."""

import fcntl
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from serving import PATIENCE_S

WEB = Path(__file__).parents[1] / "service" / "web"
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
PATIENCE_MS = 1000 * PATIENCE_S
expect.set_options(timeout=PATIENCE_MS)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    if (path := which("chromium")) is None:
        pytest.skip("there is no browser here: apt-get install chromium")
    built = build_page()
    if built.returncode and not AXE.exists():
        pytest.skip(f"the page's libraries cannot be installed here: {built.stderr.splitlines()[-1]}")
    assert built.returncode == 0, built.stdout + built.stderr
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path) as browser:
        yield browser


def build_page() -> "subprocess.CompletedProcess[str]":
    """Build it where that is needed; of tests that run at the same time, one builds and the others wait for it."""
    builder = WEB / "build_page.py"
    with builder.open("rb") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # until it is closed
        return subprocess.run([sys.executable, builder], capture_output=True, text=True, check=False)


@contextmanager
def visiting(browser: Browser, *, expected: str = "$^", **options: Any) -> Iterator[Page]:
    """A tab of its own; whatever the page complains about, but for what is ``expected``, fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, **options)
    context.set_default_timeout(PATIENCE_MS)
    complaints: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def listen(line: ConsoleMessage) -> None:
        if line.type == "error":
            complaints.append(line.text)

    page.on("console", listen)
    try:
        yield page
    finally:
        context.close()
    unexpected = [complaint for complaint in complaints if not re.search(expected, complaint)]
    assert not unexpected, unexpected


def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA, in words."""
    page.evaluate(AXE.read_text())
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = page.evaluate("tags => axe.run({runOnly: tags})", tags)
    return [f"{v['id']}: {v['help']}: {node['html']}" for v in found["violations"] for node in v["nodes"]]


#: Whether so many pictures have ink in a twentieth of their columns, in more than one row: a line would have it in one.
INKED = """([selector, count]) => {
    const pictures = [...document.querySelectorAll(selector)];
    return pictures.length === count && pictures.every((canvas) => {
        const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height / 2);
        let inked = 0;
        for (let x = 0; x < width; x++) {
            let rows = 0;
            for (let y = 0; y < height; y++) rows += data[4 * (y * width + x) + 3] > 0;
            inked += rows > 5;
        }
        return inked > width / 20;
    });
}"""


def wait_for_ink(page: Page, selector: str, pictures: int = 1) -> None:
    """Wait until a signal is drawn, on so many canvases."""
    page.wait_for_function(INKED, arg=[selector, pictures])
