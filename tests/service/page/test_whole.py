"""From an empty data directory to a head in use, as a clinician does it: `palmaris serve` and a browser."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser import violations, visiting
from clinic import Clinic, stored
from playwright.sync_api import Browser, Locator, Page, expect
from ports import free_port

from service.benchmarks.process import started, told

FIT_MS = 90_000
START_MS = 30_000
SHORT = {"Hold for": "1.5", "Relax for": "0.5", "Get ready for": "0.5"}
ASKED = ("close the hand", "open the hand")


@pytest.fixture
def port() -> int:
    """For a service that is started again."""
    return free_port()


@contextmanager
def palmaris(data_dir: Path, port: int) -> Iterator[None]:
    """A service with a simulated user, killed when the block is left."""
    flags = ("--source", "sim://two-channel", "--model", "csae-simulated", "--log-level", "error")
    with started(*flags, "--data-dir", str(data_dir), "--port", str(port)) as process:
        told(process, r"http://(\S+)")
        yield
        process.kill()


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until it is reached."""
    expect(target).to_be_visible()
    for _ in range(60):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {target}")


def ordered_by_keyboard(page: Page) -> None:
    """A new user, two gestures and short times; begun."""
    tab_to(page, page.get_by_role("link", name="Calibrate"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Pseudonym"))
    page.keyboard.type("p-17")
    expect(page.locator(".card").first).to_be_visible()
    for card in page.locator(".card").all():
        if card.inner_text() not in ASKED:
            tab_to(page, card.get_by_role("checkbox"))
            page.keyboard.press("Space")
    tab_to(page, page.locator("summary"))
    page.keyboard.press("Enter")
    for label, value in SHORT.items():
        tab_to(page, page.get_by_label(label))
        page.keyboard.type(value)  # over what stands there: to reach a field by Tab selects it
    tab_to(page, page.get_by_role("button", name="Start the calibration"))
    page.keyboard.press("Enter")


def scores_shown(page: Page, clinic: Clinic) -> None:
    """F1 before and after are those that the service measured."""
    report = clinic.ask("GET", f"/calibrations/{page.url.rsplit('/', 1)[1]}").json()["report"]["report"]
    shown = page.get_by_role("region", name="F1 before and after").locator("dd")
    for number, scores in enumerate((report["previous"] or report["population"], report[report["kind"]])):
        expect(shown.nth(number)).to_contain_text(f"{int(100 * scores['macro_f1']['value'] + 0.5)} %")


def test_by_keyboard_and_in_the_prompts_by_a_single_switch(browser: Browser, port: int, tmp_path: Path) -> None:
    asked: list[str] = []
    with palmaris(tmp_path, port), visiting(browser, color_scheme="dark") as page:
        page.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda opened: asked.append(opened.url))
        page.goto(f"http://127.0.0.1:{port}/")
        assert Clinic(f"127.0.0.1:{port}").ask("GET", "/users").json() == []
        ordered_by_keyboard(page)
        expect(page.get_by_role("button", name="Pause")).to_be_focused()
        expect(page.locator(".prompt.hold .say")).to_have_text(ASKED[0])
        page.keyboard.press("Space")  # the switch, in mid-trial: the focus has stayed on the one large button
        expect(page.locator(".prompt.paused")).to_be_visible()
        assert not violations(page)
        page.keyboard.press("Space")
        expect(page.locator(".prompt.check, .prompt.prepare").first).to_be_visible()
        expect(page.get_by_role("heading", name="The head is ready")).to_be_focused(timeout=FIT_MS)
        expect(page.locator(".report-card .simulated")).to_have_text("simulated: no person is measured")
        scores_shown(page, Clinic(f"127.0.0.1:{port}"))
        tab_to(page, page.get_by_role("button", name="Try the new head"))
        page.keyboard.press("Enter")
        expect(page.locator(".answer")).to_be_visible()
        tab_to(page, page.get_by_role("button", name="Accept the head"))
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Version 1 is the head of p-17.")).to_be_focused()
        tab_to(page, page.get_by_role("link", name="See it live"))
        page.keyboard.press("Enter")
        expect(page.get_by_role("combobox", name="Head")).to_have_value("p-17")
        expect(page.locator(".gesture.sure")).to_be_visible()
    assert {urlsplit(url).netloc for url in asked} == {f"127.0.0.1:{port}"}


def test_killed_in_mid_trial_and_started_again(browser: Browser, port: int, tmp_path: Path) -> None:
    with visiting(browser, expected="Failed to load|WebSocket") as page:
        with palmaris(tmp_path, port):
            page.goto(f"http://127.0.0.1:{port}/#/calibrate")
            page.get_by_label("Pseudonym").fill("p-17")
            expect(page.locator(".card").first).to_be_visible()
            for card in page.locator(".card").all():
                card.get_by_role("checkbox").set_checked(card.inner_text() in ASKED)
            page.locator("summary").click()
            for label, value in (SHORT | {"Hold for": "2.5"}).items():
                page.get_by_label(label).fill(value)
            page.get_by_role("button", name="Start the calibration").click()
            expect(page.locator(".progress")).to_have_text(re.compile("Trial [23] of 4"), timeout=START_MS)
            expect(page.locator(".prompt.hold")).to_be_visible()
        expect(page.get_by_role("alert")).to_contain_text("does not answer")
        assert not violations(page)
        kept = len(stored(tmp_path, page.url.rsplit("/", 1)[1]))
        assert kept in (1, 2, 3)  # a busy machine may see more of them come
        with palmaris(tmp_path, port):
            expect(page.locator(".halt")).to_contain_text(f"{kept} of 4 trials are stored")
            page.get_by_role("button", name="Go on").click()
            expect(page.locator(".prompt.check")).to_be_visible()
            page.reload()
            expect(page.locator(".progress")).to_have_text(re.compile("Trial [234] of 4"))
            expect(page.get_by_role("heading", name="The head is ready")).to_be_visible(timeout=FIT_MS)
            scores_shown(page, Clinic(f"127.0.0.1:{port}"))
            page.get_by_role("button", name="Accept the head").click()
            expect(page.get_by_role("heading", name="Version 1 is the head of p-17.")).to_be_focused()
