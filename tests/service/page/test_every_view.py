"""What holds of every view and dialog: axe is content in both languages and colours, and no other host is asked."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
from browser import violations, visiting
from clinic import Clinic
from known_profiles import a_profile, moved_in
from playwright.sync_api import Browser, Page, expect
from serving import HandFedSource, serving

from calibration.profile import encode_profile
from drivers.recordings.native import Recorder
from drivers.source import Chunk, Marker, SourceInfo
from models.runtime import load_model
from service.live import Live

READ_MS = 60_000  # recordings are read in a process beside, which has to start
QUIET = np.zeros((500, 2), np.float32)
VIEWS = {
    "live": ["New stream", "Remove stream"],
    "calibrate": [],
    "users": ["New user", "Import a user"],
    "users/p-17": ["New day on default", "Rename fist", "Remove fist", "Record consent", "Delete"],
    "recordings": [],
    "recordings/arm.palmaris": ["Play as a live stream", "Export BIDS", "Delete"],
    "models": [],
    "models/tiny": [],
    "models/csae-simulated": [],
    "system": ["New token"],
}
"""Each, and the buttons in it that open a dialog."""


@pytest.fixture
def clinic(live: Live, source: HandFedSource, tiny_model: Path, signal: np.ndarray, tmp_path: Path) -> Iterator[Clinic]:
    """A service with something in every view."""
    copytree(tiny_model.parent, tmp_path / "models")
    (tmp_path / "recordings").mkdir()
    device = SourceInfo("hand-fed", 1000, ("left", "right"))
    with Recorder(tmp_path / "recordings" / "arm.palmaris", device) as recorder:
        recorder.write(Chunk(0, signal, 0, 0.0, (Marker(1000, "left"),)))
    with serving(live, data_dir=tmp_path) as address:
        clinic = Clinic(address)
        assert moved_in(clinic, encode_profile(a_profile(load_model(str(tiny_model)).encoder.fingerprint))).is_success
        assert clinic.ask("PUT", "/streams/default/user", user="p-17").is_success
        source.feed(QUIET)
        yield clinic


def looked_through(page: Page) -> None:
    """As it is: in light English and dark German, on a desk and on a tablet."""
    for scheme, language, width, height in (("light", "en", 1280, 720), ("dark", "de", 768, 1024)):
        page.emulate_media(color_scheme=scheme)
        page.evaluate(SPEAK, language)
        page.set_viewport_size({"width": width, "height": height})
        expect(page.locator("html")).to_have_attribute("lang", language)
        assert not violations(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate(SPEAK, "en")


#: Chooses a language, even while a dialog lies over the choice.
SPEAK = """language => {
    const choice = [...document.querySelectorAll(".appearance select")].at(-1);
    choice.value = language;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
}"""


def test_every_view_and_dialog(browser: Browser, clinic: Clinic) -> None:
    asked: list[str] = []
    with visiting(browser, locale="en-GB") as page:
        page.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda opened: asked.append(opened.url))
        for view, dialogs in VIEWS.items():
            page.goto(f"http://{clinic.address}/#/{view}")
            expect(page.locator("main").locator("section, table, .person, .tools").first).to_be_visible(timeout=READ_MS)
            looked_through(page)
            for name in dialogs:
                page.get_by_role("button", name=name, exact=True).first.click()
                expect(page.get_by_role("dialog")).to_be_visible()
                looked_through(page)
                page.keyboard.press("Escape")
                expect(page.get_by_role("dialog")).to_be_hidden()
    assert {urlsplit(url).netloc for url in asked} == {clinic.address}


def test_every_stage_of_a_calibration(browser: Browser, clinic: Clinic) -> None:
    calibration = clinic.begin(user="p-18")
    with visiting(browser, locale="en-GB") as page:
        page.goto(f"http://{clinic.address}/#/calibrate/{calibration}")
        expect(page.locator(".prompt.check")).to_be_visible()
        looked_through(page)
        page.get_by_role("button", name="Pause").click()
        expect(page.locator(".prompt.paused")).to_be_visible()
        looked_through(page)
        page.get_by_role("button", name="Give up").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        looked_through(page)
        page.get_by_role("dialog").get_by_role("button", name="Give up").click()
        expect(page.locator(".halt")).to_be_visible()
        looked_through(page)


def test_the_service_that_closed_in_mid_visit_asks_for_a_token_in_every_view(browser: Browser, clinic: Clinic) -> None:
    secret = clinic.post("/tokens", name="chief", scopes=["admin"])["token"]
    with visiting(browser, expected="401", locale="en-GB") as page:
        for view in VIEWS:
            page.goto(f"http://{clinic.address}/#/{view}")
            expect(page.get_by_label("Access token", exact=True)).to_be_visible()
        looked_through(page)
        page.get_by_label("Access token", exact=True).fill(secret)
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="New token")).to_be_visible()


def test_the_policy_takes_no_exception(clinic: Clinic, browser: Browser) -> None:
    policy = httpx.get(f"http://{clinic.address}/").headers["content-security-policy"]
    assert {part.split()[1] for part in policy.split("; ")} == {"'none'", "'self'"}
