"""Users on the page, in a real browser: what is kept of them is shown, and every change is one of the service's."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from browser import violations, visiting
from clinic import Clinic, User
from known_profiles import GESTURES, a_head, a_trial, moved_in
from playwright.sync_api import Browser, Page, expect
from serving import HandFedSource, serving, wait_for

from calibration.advice import advise
from calibration.profile import Profile, decode_profile, encode_profile
from calibration.report import Gesture, Report, scores_of
from calibration.store.records import Device, NewCalibration
from calibration.store.store import Store
from models.runtime import load_model
from service.live import Live
from service.security.scopes import Scope
from service.security.tokens import FILE, Tokens

TRIALS = 3
WINDOWS = 20
QUIET = np.zeros((500, 2), np.float32)


@pytest.fixture
def encoder(tiny_model: Path) -> str:
    return load_model(str(tiny_model)).encoder.fingerprint


def a_report(right: int) -> Report:
    """Of a head that answers so many windows of each trial rightly, and takes the others for the next gesture."""
    held = np.repeat(np.arange(len(GESTURES)), TRIALS)
    counts = np.zeros((len(held), len(GESTURES)), np.int64)
    counts[np.arange(len(held)), held] = right
    counts[np.arange(len(held)), (held + 1) % len(GESTURES)] = WINDOWS - right
    after = scores_of(counts, held, np.zeros(len(GESTURES), bool))
    gestures = tuple(Gesture(label=name, trials=TRIALS, windows=TRIALS * WINDOWS, old=False) for name in GESTURES)
    return Report(
        kind="gaussians", gestures=gestures, mlp=None, gaussians=after, lda=None, previous=None, population=None,
        recommendation=advise(gestures, after, None),
    )  # fmt: skip


def a_history(encoder: str) -> bytes:
    """Two versions that were scored, the newer one better and in use, and a trial of each gesture."""
    scores = [a_report(right).model_dump(mode="json") for right in (14, 18)]
    heads = [a_head(1, encoder, scores=scores[0]), a_head(2, encoder, active=True, scores=scores[1])]
    return encode_profile(Profile("p-elsewhere", tuple(heads), tuple(a_trial(name, encoder) for name in GESTURES)))


def opened(page: Page, address: str, user: str = "") -> None:
    page.goto(f"http://{address}/#/users/{user}")
    expect(page.get_by_role("heading", name=user or "Users", exact=True, level=2)).to_be_visible()


@contextmanager
def known(live: Live, source: HandFedSource, data_dir: Path, encoder: str) -> Iterator[Clinic]:
    """A service that knows p-17, whose head its stream wears."""
    with serving(live, data_dir=data_dir) as address:
        clinic = Clinic(address)
        assert moved_in(clinic, a_history(encoder)).is_success
        assert clinic.ask("PUT", "/streams/default/user", user="p-17").is_success
        source.feed(QUIET)  # with whose first window the head is put on
        yield clinic


def test_rolling_back_changes_what_the_stream_wears(
    browser: Browser, live: Live, source: HandFedSource, tmp_path: Path, encoder: str
) -> None:
    with known(live, source, tmp_path, encoder) as clinic, visiting(browser) as page:
        opened(page, clinic.address)
        expect(page.get_by_role("row", name=re.compile("^p-17 .* 2 0.90 0.90"))).to_be_visible()
        page.get_by_role("link", name="p-17").click()
        expect(page.get_by_role("heading", name="p-17")).to_be_focused()
        expect(page.get_by_role("img", name=re.compile("2 versions, between 0.70 and 0.90"))).to_be_visible()
        page.get_by_role("button", name="Report of version 1").click()
        expect(page.get_by_role("group", name="Report of version 1")).to_contain_text("70 %")
        assert not violations(page)
        page.get_by_role("button", name="Close").click()
        expect(page.get_by_role("button", name="Report of version 1")).to_be_focused()
        page.get_by_role("button", name="Use version 1").press("Enter")
        expect(page.get_by_role("status")).to_contain_text(["Version 1 is in use now"])
        expect(page.get_by_role("button", name="Version 1 is in use")).to_be_focused()
        source.feed(QUIET)
        expect(page.get_by_role("listitem").filter(has_text="hand-fed")).to_contain_text("head of p-17, version 1")
        page.get_by_role("button", name="Use version 2").click()
        expect(page.get_by_role("status")).to_contain_text(["Version 2 is in use now"])
        source.feed(QUIET)
        expect(page.get_by_role("listitem").filter(has_text="hand-fed")).to_contain_text("head of p-17, version 2")
        page.get_by_role("button", name="Back to everybody's on default").click()
        expect(page.get_by_role("status")).to_contain_text(["default answers with the head for everybody"])
        source.feed(QUIET)
        expect(page.get_by_role("button", name="Use on default")).to_be_focused()


def test_deleting_asks_for_the_pseudonym(
    browser: Browser, live: Live, source: HandFedSource, tmp_path: Path, encoder: str
) -> None:
    with known(live, source, tmp_path, encoder) as clinic, visiting(browser) as page:
        opened(page, clinic.address, "p-17")
        page.get_by_role("button", name="Delete").click()
        dialog = page.get_by_role("dialog", name="Delete p-17")
        expect(dialog).to_contain_text(re.compile("2 heads.*1 calibration", re.DOTALL))
        dialog.get_by_label("Type p-17").fill("p-71")
        page.keyboard.press("Enter")
        assert clinic.ask("GET", "/users/p-17").is_success
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Delete")).to_be_focused()
        page.keyboard.press("Enter")
        expect(dialog.get_by_label("Type p-17")).to_be_focused()
        page.keyboard.type("p-17")
        page.keyboard.press("Enter")
        expect(page.get_by_text("There is nobody yet")).to_be_visible()
        expect(page.get_by_text("p-17 was deleted")).to_be_visible()
        expect(page.get_by_role("heading", name="Users")).to_be_focused()
        assert live.answers.worn.user is None
        assert clinic.ask("GET", "/users").json() == []


def test_who_may_not_delete_is_told_why(browser: Browser, live: Live, tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.users.create("p-17", "ann")
    scopes = frozenset({Scope.CALIBRATE, Scope.SUBSCRIBE})
    secret = Tokens(tmp_path / FILE).create("clinic", scopes)
    with serving(live, data_dir=tmp_path) as address, visiting(browser, expected="40[13]") as page:
        page.goto(f"http://{address}/#/users")
        page.get_by_label("Access token").fill(secret)
        page.keyboard.press("Enter")
        page.get_by_role("link", name="p-17").click()
        page.get_by_role("button", name="Delete").click()
        page.get_by_label("Type p-17").fill("p-17")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("that takes the scope admin. Ask whoever runs the service")
        assert not violations(page)


def test_an_export_is_imported_again(
    browser: Browser, live: Live, source: HandFedSource, tmp_path: Path, encoder: str
) -> None:
    file = tmp_path / "p-17.profile.zip"
    with known(live, source, tmp_path, encoder) as clinic, visiting(browser, expected="409") as page:
        opened(page, clinic.address, "p-17")
        with page.expect_download() as saved:
            page.get_by_role("button", name="Export").click()
        assert saved.value.suggested_filename == file.name
        saved.value.save_as(file)
        assert len(decode_profile(file.read_bytes()).trials) == len(GESTURES)
        page.get_by_role("link", name="All users").click()
        page.get_by_role("button", name="Import a user").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("File").set_input_files(file)
        expect(dialog.get_by_label("Pseudonym")).to_have_value("p-17")
        dialog.get_by_role("button", name="Import").click()
        expect(page.get_by_role("alert")).to_contain_text("an import never mixes")
        dialog.get_by_label("Pseudonym").fill("p-18")
        dialog.get_by_role("button", name="Import").click()
        expect(page.get_by_role("heading", name="p-18")).to_be_focused()
        expect(page.get_by_role("button", name="Version 2 is in use")).to_be_visible()
        heads = clinic.ask("GET", "/users/p-18/heads").json()
    assert [(head["version"], head["macro_f1"]) for head in heads] == [(1, pytest.approx(0.7)), (2, pytest.approx(0.9))]


def test_gestures_are_renamed_and_one_is_removed_after_asking(
    browser: Browser, live: Live, source: HandFedSource, tmp_path: Path, encoder: str
) -> None:
    with known(live, source, tmp_path, encoder) as clinic, visiting(browser, expected="422") as page:
        opened(page, clinic.address, "p-17")
        page.get_by_role("button", name="Rename fist").click()
        page.get_by_label("New name").fill("point")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("choose another name")
        page.get_by_label("New name").fill("grip")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Rename grip")).to_be_focused()
        page.get_by_role("button", name="Remove open the hand").click()
        expect(page.get_by_role("dialog")).to_contain_text("version 3 stays in the history")
        page.get_by_role("dialog").get_by_role("button", name="Remove").click()
        expect(page.get_by_role("heading", name="Gestures")).to_be_focused()
        expect(page.get_by_role("row", name=re.compile("^4 .* grip, point"))).to_be_visible()
        source.feed(QUIET)
        wait_for(lambda: live.answers.recognizer.labels == ("grip", "point"))


#: Notes what is first said of the time that is left.
NOTE_TIMER = """() => new MutationObserver((_, observer) => {
    const timer = document.querySelector("[role=timer]");
    if (!timer) return;
    globalThis.timer = timer.innerText;
    observer.disconnect();
}).observe(document, { childList: true, subtree: true })"""


def test_a_new_day_is_listened_to(
    browser: Browser, live: Live, source: HandFedSource, tmp_path: Path, encoder: str
) -> None:
    user = User(source)
    with known(live, source, tmp_path, encoder) as clinic, visiting(browser, expected="409") as page:
        opened(page, clinic.address, "p-17")
        page.get_by_role("button", name="New day on default").click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_role("listitem")).to_have_text(["fist", "point", "open the hand"])
        dialog.get_by_label("Listen for").select_option("10")
        page.evaluate(NOTE_TIMER)
        dialog.get_by_role("button", name="Listen").click()
        page.wait_for_function("() => globalThis.timer?.startsWith('10 ')")
        expect(dialog.get_by_role("status")).to_have_text(re.compile("make each gesture once"))
        page.keyboard.press("Escape")  # the service listens on, so the dialog stays
        wait_for(lambda: len(live._listeners) == 1)
        for gesture in GESTURES:
            user.give(gesture, 4)
        expect(dialog).to_be_hidden()
        expect(page.get_by_text("moved to today's signal: version 3 is in use")).to_be_visible()
        expect(page.get_by_role("button", name="New day on default")).to_be_focused()
        assert live.answers.worn.version == 3


def test_somebody_new_by_keyboard_alone(browser: Browser, live: Live, tmp_path: Path) -> None:
    with serving(live, data_dir=tmp_path) as address, visiting(browser, expected="409") as page:
        clinic = Clinic(address)
        clinic.post("/users", user="p-1")
        opened(page, address)
        tab_to(page, "New user")
        page.keyboard.press("Enter")
        expect(page.get_by_label("Pseudonym")).to_be_focused()
        page.keyboard.type("p-1")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("Somebody has this pseudonym already")
        page.keyboard.press("Shift+Tab")  # which selects what stands there
        page.keyboard.type("p-2")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="p-2")).to_be_focused()
        assert clinic.ask("GET", "/users/p-2").json()["consent_raw"]
        tab_to(page, "Withdraw consent")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_contain_text("removed at once, for good")
        tab_to(page, "Withdraw consent")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Record consent")).to_be_focused()
        assert clinic.ask("GET", "/users/p-2").json()["consent_raw"] is False
        page.go_back()
        expect(page.get_by_role("row")).to_have_count(3)
        tab_to(page, "Search")
        page.keyboard.type("2")
        expect(page.get_by_role("row")).to_have_count(2)
        expect(page.get_by_text("1 of 2 users")).to_be_visible()


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has this name is reached."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.labels?.[0]?.innerText ?? document.activeElement.innerText") == name:
            return
    raise AssertionError(f"the keyboard does not reach {name}")


@pytest.mark.parametrize(("scheme", "locale"), [("light", "en-GB"), ("dark", "de-DE")])
def test_axe_finds_nothing(
    browser: Browser, live: Live, source: HandFedSource, tmp_path: Path, encoder: str, scheme: str, locale: str
) -> None:
    with (
        known(live, source, tmp_path, encoder) as clinic,
        visiting(browser, color_scheme=scheme, locale=locale) as page,
    ):
        with Store.open(tmp_path) as store:
            device = Device("band", 1000.0, ("left", "right"), "uV")
            plan = {"stream": "default", "plan": {"gestures": ["fist", "point"]}}
            open_one = store.calibrations.start(NewCalibration("p-17", device, "tiny", encoder, plan), "ann").id
        page.goto(f"http://{clinic.address}/#/users")
        expect(page.get_by_role("link", name="p-17")).to_be_visible()
        assert not violations(page)
        page.get_by_role("link", name="p-17").click()
        expect(page.locator(f"a[href='#/calibrate/{open_one}']")).to_be_visible()
        page.locator("summary").click()
        expect(page.locator("svg.progress")).to_be_visible()
        assert not violations(page)
        for size in ({"width": 1280, "height": 720}, {"width": 768, "height": 1024}):
            page.set_viewport_size(size)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.locator("button.grave").last.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert not violations(page)
