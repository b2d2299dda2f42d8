"""Makes the pictures of the page in docs/images; run `make page` before.

A service of its own, with a simulated user and an empty data directory, is filled by what a clinic does: calibrations
and a recording. Then Chromium looks at every view. ``--quick`` asks for so little that the pictures are poor.
"""

import argparse
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, expect, sync_playwright
from websockets.sync.client import connect

from service.benchmarks.process import service

IMAGES = Path(__file__).parent / "images"
MODEL = "csae-simulated"
OTHER = "csae-khushaba-10"
FLAGS = ("--source", "sim://two-channel", "--model", MODEL, "--log-level", "error")
DESK = {"width": 1280, "height": 720}
TABLET = {"width": 768, "height": 1024}
PATIENCE_MS = 60_000
GESTURES = ("hand_close", "hand_open", "pinch", "point", "wrist_extension", "wrist_flexion")
TIMES = {"repetitions": 2, "prepare_s": 1, "rest_s": 1}
"""Shorter than for people: a simulated user needs no time to read."""


class Clinic:
    """The API of the service."""

    def __init__(self, address: str) -> None:
        self.address = address

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """The answer to a request that must succeed."""
        answer = httpx.request(method, f"http://{self.address}/v1{path}", json=body or None, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def calibrate(self, user: str, look: Callable[[str, dict[str, Any]], None], **order: Any) -> None:
        """From the first prompt to the accepted head; ``look`` is called at every prompt and at the report."""
        calibration = self.ask("POST", "/calibrations", user=user, **TIMES, **order)["calibration"]
        with connect(f"ws://{self.address}/v1/calibrations/{calibration}/events", compression=None) as events:
            for event in map(json.loads, events):
                look(calibration, event)
                if event["type"] == "report":
                    break
        self.ask("POST", f"/calibrations/{calibration}/accept")


class Photographer:
    """Shows a view and keeps a picture of it."""

    def __init__(self, browser: Browser, address: str, folder: Path) -> None:
        self._browser, self._address, self._folder = browser, address, folder

    @contextmanager
    def looking(self, view: str, **options: Any) -> Iterator[Page]:
        """A view, in light colours and English if nothing else is said."""
        taste: dict[str, Any] = {
            "viewport": DESK,
            "color_scheme": "light",
            "locale": "en-GB",
            "reduced_motion": "reduce",
        }
        with self._browser.new_context(**(taste | options)) as context:
            context.set_default_timeout(PATIENCE_MS)
            page = context.new_page()
            page.goto(f"http://{self._address}/#/{view}")
            yield page

    def keep(self, page: Page, name: str) -> None:
        """The picture of what is in sight."""
        page.screenshot(path=self._folder / f"{name}.png")


def main() -> None:
    """Make all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=IMAGES)
    parser.add_argument("--quick", action="store_true")
    wanted = parser.parse_args()
    expect.set_options(timeout=PATIENCE_MS)
    with (
        tempfile.TemporaryDirectory() as data,
        service(*FLAGS, "--data-dir", data) as running,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=which("chromium")) as browser,
    ):
        photographer, clinic = Photographer(browser, running.address, wanted.folder), Clinic(running.address)
        with photographer.looking("system") as watching_numbers:
            fill(clinic, photographer, wanted.quick)
            expect(watching_numbers.locator(".system .spark").first).to_be_visible()
            photographer.keep(watching_numbers, "system")
        look_around(photographer, clinic, 1 if wanted.quick else 12)


def fill(clinic: Clinic, photographer: Photographer, quick: bool) -> None:
    """Users, heads and a recording; on the way, pictures of what passes."""
    for user in ("p-16", "p-17", "p-18"):
        clinic.ask("POST", "/users", user=user)
    with photographer.looking("calibrate") as page:
        page.get_by_label("Pseudonym").fill("p-19")
        page.get_by_role("heading", name="Which gestures").evaluate("heading => heading.parentElement.scrollIntoView()")
        photographer.keep(page, "calibrate")
    if not quick:
        clinic.calibrate("p-17", lambda *_: None, gestures=GESTURES, hold_s=1.5)
    clinic.ask("POST", "/streams/default/recording")
    clinic.calibrate(
        "p-17", Passing(photographer), gestures=GESTURES[:2] if quick else GESTURES, hold_s=2 if quick else 3
    )
    clinic.ask("DELETE", "/streams/default/recording")


class Passing:
    """Takes pictures of a calibration while it goes on."""

    def __init__(self, photographer: Photographer) -> None:
        self._photographer = photographer
        self._begun = False

    def __call__(self, calibration: str, event: dict[str, Any]) -> None:
        """Look at one event."""
        view = f"calibrate/{calibration}"
        if event["type"] == "report":
            with self._photographer.looking(view) as page:
                expect(page.get_by_role("article")).to_be_visible()
                self._photographer.keep(page, "report")
        elif not self._begun:  # from the check of the signal on, so that the page knows the muscle at rest
            self._begun = True
            with self._photographer.looking(view) as page:
                self._hold(page, "prompt")
                page.set_viewport_size(TABLET)
                page.emulate_media(color_scheme="dark")
                page.get_by_label("Language").select_option("de")
                self._hold(page, "prompt-tablet-de")

    def _hold(self, page: Page, name: str) -> None:
        expect(page.locator(".prompt.hold .ring")).to_be_visible()
        expect(page.locator(".muscle strong")).to_have_text(re.compile("^a[kc]tiv"))
        self._photographer.keep(page, name)


def look_around(photographer: Photographer, clinic: Clinic, seconds: float) -> None:
    """Every view that stands still, and for so long the live one, with the head of a user."""
    clinic.ask("PUT", "/streams/default/user", user="p-17")
    with photographer.looking("users/p-17") as page:
        expect(page.get_by_role("heading", name="Scores over time")).to_be_visible()
        photographer.keep(page, "user")
    with photographer.looking("models") as page:
        page.get_by_label("First model").select_option(MODEL)
        page.get_by_label("Second model").select_option(OTHER)
        page.get_by_role("button", name="Compare").click()
        expect(page.locator(".models-strip").first).to_be_visible()
        page.locator(".models-compare").scroll_into_view_if_needed()
        photographer.keep(page, "models")
    with photographer.looking("recordings") as page:
        page.get_by_role("link", name=re.compile("palmaris")).click()
        page.get_by_role("button", name="Answer").click()
        expect(page.locator(".agreed")).to_be_visible()
        page.evaluate("scrollTo(0, 0)")
        photographer.keep(page, "recording")
    for name, options in (("live", {}), ("live-tablet", {"viewport": TABLET})):
        with photographer.looking("live", **options) as page:
            expect(page.locator(".gesture.sure")).to_be_visible()
            expect(page.locator(".lights li.good")).to_have_count(2)
            page.wait_for_timeout(
                1000 * seconds
            )  # for a picture with something in it: lanes and strip fill as time goes by
            expect(page.locator(".gesture:not(.sure)")).to_be_visible()
            expect(page.locator(".gesture.sure")).to_be_visible()
            page.wait_for_timeout(1500)
            photographer.keep(page, name)


if __name__ == "__main__":
    main()
