"""The Calibrate view in a real browser: the clinician presses buttons, the user does as the prompts say."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from browser import violations, visiting
from clinic import Clinic, User, Watcher
from playwright.sync_api import Browser, Locator, Page, WebSocket, expect
from ports import free_port
from serving import UNDISTURBED, UNHURRIED, HandFedSource, meanwhile, serving, wait_for

from drivers.errors import DriverError
from models.pipeline.recognizer import WindowRecognizer
from service.live import Live

FIT_MS = 60_000


@contextmanager
def hearing_samples(page: Page) -> Iterator[None]:
    """The block brings the page somewhere; it is left once the page hears what the stream measures."""
    heard: list[str] = []

    def listen(opened: WebSocket) -> None:
        opened.on("framereceived", lambda _: heard.append(opened.url))

    page.on("websocket", listen)
    yield
    wait_for(lambda: page.evaluate("true") and any("/signal?" in url for url in heard))
    page.remove_listener("websocket", listen)


@contextmanager
def running(page: Page, clinic: Clinic, **order: object) -> Iterator[tuple[Watcher, str]]:
    """The page at a calibration that has just begun, somebody who watches it, and its id."""
    calibration = clinic.begin(**order)
    with hearing_samples(page):
        page.goto(f"http://{clinic.address}/#/calibrate/{calibration}")
    expect(page.locator(".prompt.check .ring")).to_be_visible()  # its events are heard
    with clinic.watching(calibration) as watcher:
        yield watcher, calibration


def doing(user: User, gesture: str) -> AbstractContextManager[None]:
    """The user does this, in the time that it takes."""
    return meanwhile(lambda: user.give(gesture, 0.1), 0.1)


def accessible(page: Page) -> None:
    """Axe finds nothing, in either language."""
    for language in ("de", "en"):
        page.locator(".appearance select").last.select_option(language)
        assert not violations(page)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def filled_in(page: Page, address: str) -> None:
    """The form for a new user and two short trials of two gestures each."""
    page.goto(f"http://{address}/#/calibrate")
    page.get_by_label("Pseudonym").fill("p-17")
    page.get_by_role("checkbox", name="rest").uncheck()
    page.get_by_text("More", exact=True).click()
    for label, value in {"Hold": "1.5", "Relax": "0.5", "Get ready": "0.5"}.items():
        page.get_by_label(f"{label} for").fill(value)


def test_a_new_user_from_the_empty_database_to_their_own_head(
    browser: Browser, live: Live, user: User, tmp_path: Path
) -> None:
    with serving(live, data_dir=tmp_path) as address, visiting(browser) as page:
        filled_in(page, address)
        expect(page.locator(".length")).to_have_text("4 trials, about 15 seconds")
        expect(page.locator(".order li")).to_have_text(["left", "right"])
        accessible(page)
        press(page, "Start the calibration")
        expect(page.locator(".prompt.check")).to_be_visible()
        clinic = Clinic(address)
        calibration = page.url.rsplit("/", 1)[1]
        with clinic.watching(calibration) as watcher:
            hold = watcher.follow_to(user, "hold")
            expect(page.locator(".prompt .say")).to_have_text("left")
            expect(page.locator(".next")).to_have_text("Next: right")
            accessible(page)
            user.obey(hold)
            watcher.follow(user)
        expect(page.get_by_role("heading", name="The head is ready")).to_be_focused(timeout=FIT_MS)
        report = clinic.ask("GET", f"/calibrations/{calibration}").json()["report"]["report"]
        for scores in (report["population"], report[report["kind"]]):
            before_and_after = page.get_by_role("region", name="F1 before and after")
            expect(before_and_after).to_contain_text(f"{100 * scores['macro_f1']['value']:.0f} %")
        accessible(page)

        press(page, "Try the new head")
        with doing(user, "right"):
            expect(page.locator(".answer .say")).to_have_text("right")
        press(page, "Accept the head")
        expect(page.get_by_role("heading", name="Version 1 is the head of p-17.")).to_be_focused()
        accessible(page)
        press(page, "Back to the head for everybody")
        expect(page.get_by_text("The head for everybody is in use.")).to_be_visible()
        user.give("rest", 0.1)
        wait_for(lambda: clinic.ask("GET", "/streams/default").json()["head"]["user"] is None)
        press(page, "Use version 1 again")
        expect(page.get_by_text("It is in use.")).to_be_visible()


def test_a_reload_in_mid_trial_goes_on_where_it_was(browser: Browser, live: Live, user: User, tmp_path: Path) -> None:
    with (
        serving(live, data_dir=tmp_path) as address,
        visiting(browser) as page,
        running(page, Clinic(address)) as (watcher, _),
    ):
        watcher.follow_to(user, "hold")
        expect(page.locator(".muscle strong")).to_have_text("relaxed")
        user.give("fist", 0.5)
        expect(page.locator(".muscle strong")).to_have_text("active")
        with hearing_samples(page):
            page.reload()
        expect(page.locator(".prompt.hold .say")).to_have_text(re.compile("fist", re.IGNORECASE))
        user.give("fist", 0.5)
        expect(page.locator(".muscle strong")).to_have_text("active")  # its rest is still known
        user.give("fist", 0.5)
        watcher.until("trial_kept")
        expect(page.locator(".progress")).to_have_text("Trial 2 of 4")
        expect(page.locator(".told")).to_have_text("✓ The trial is stored.")


#: While ``held`` is true, the browser draws no picture.
NO_PICTURES = """
    const draw = window.requestAnimationFrame, waiting = []
    let held = false
    window.requestAnimationFrame = next => held ? waiting.push(next) : draw.call(window, next)
    window.hold = on => { held = on; if (!on) waiting.splice(0).forEach(next => draw.call(window, next)) }
"""


def test_the_muscle_at_rest_is_measured_though_no_picture_is_drawn(
    browser: Browser, live: Live, user: User, tmp_path: Path
) -> None:
    """As on a machine that is so busy that the whole check passes between two pictures."""
    with serving(live, data_dir=tmp_path) as address, visiting(browser) as page:
        page.add_init_script(NO_PICTURES)
        with running(page, Clinic(address)) as (watcher, _):
            page.evaluate("hold(true)")
            watcher.follow_to(user, "hold")
            expect(page.locator(".prompt.hold .say")).to_have_text(re.compile("fist", re.IGNORECASE))
            page.evaluate("hold(false)")
            user.give("fist", 0.5)
            expect(page.locator(".muscle strong")).to_have_text("active")


#: The share of the ring that is left, as it is drawn.
RING = "() => document.querySelector('.ring .left').getAttribute('stroke-dashoffset')"
#: It has come as far as so many of its parts.
RING_AT = """share => {
    const ring = document.querySelector('.ring .left')
    return ring.getAttribute('stroke-dashoffset') / ring.getAttribute('stroke-dasharray') > share
}"""


def test_over_a_silent_stream_the_ring_stands_still(browser: Browser, live: Live, user: User, tmp_path: Path) -> None:
    with (
        serving(live, data_dir=tmp_path) as address,
        visiting(browser) as page,
        running(page, Clinic(address)) as (watcher, _),
    ):
        watcher.follow_to(user, "hold")
        user.give("fist", 0.4)
        page.wait_for_function(
            RING_AT, arg=0.36 / 1.5
        )  # of 1.5 s to hold; less than a frame of a thirtieth is on its way
        before = page.evaluate(RING)
        page.evaluate("new Promise(done => setTimeout(done, 300))")
        assert page.evaluate(RING) == before
        user.give("fist", 0.2)
        page.wait_for_function(f"before => ({RING})() !== before", arg=before)  # a function: the page allows no eval


def test_a_stream_that_goes_in_mid_trial_is_told_and_it_goes_on_when_it_is_back(
    browser: Browser, live: Live, source: HandFedSource, user: User, tmp_path: Path
) -> None:
    with (
        serving(live, data_dir=tmp_path) as address,
        visiting(browser, expected="409") as page,
        running(page, Clinic(address)) as (watcher, _),
    ):
        watcher.follow_to(user, "hold")
        user.give("fist", 0.5)
        source.feed(DriverError("the cable is out: plug it in"))
        expect(page.locator(".prompt.paused")).to_contain_text("The device is gone")
        with doing(user, "rest"):  # it is back
            expect(page.locator(".prompt.check")).to_be_visible()
        prompt = watcher.follow_to(user, "prepare")
        expect(page.locator(".prompt.prepare")).to_be_visible()
        user.obey(prompt)
        expect(page.locator(".prompt.hold .say")).to_have_text(re.compile("fist", re.IGNORECASE))
        expect(page.locator(".progress")).to_have_text("Trial 1 of 4")


def test_a_service_that_is_started_again_offers_to_go_on(
    browser: Browser, live: Live, recognizer: Callable[[], WindowRecognizer], user: User, tmp_path: Path
) -> None:
    again, port = HandFedSource(), free_port()
    other = Live("default", lambda: again, recognizer(), UNHURRIED)
    with visiting(browser, expected="Failed to load|WebSocket") as page:
        with (
            serving(live, data_dir=tmp_path, port=port) as address,
            running(page, Clinic(address)) as (watcher, _),
        ):
            watcher.follow(user, until="trial_kept")
        expect(page.get_by_role("alert")).to_contain_text("does not answer")
        with serving(other, data_dir=tmp_path, port=port):
            expect(page.locator(".halt")).to_contain_text("1 of 4 trials are stored")
            expect(page.get_by_role("button", name="Go on")).to_be_focused()
            page.keyboard.press("Enter")
            expect(page.locator(".prompt.check")).to_be_visible()
            expect(page.locator(".progress")).to_have_text("Trial 2 of 4")


def test_what_is_wrong_with_the_signal_is_said_in_german(
    browser: Browser, live: Live, user: User, tmp_path: Path
) -> None:
    with (
        serving(live, data_dir=tmp_path) as address,
        visiting(browser, locale="de-DE") as page,
        running(page, Clinic(address)) as (watcher, _),
    ):
        user.give("unplugged", user.owes(watcher.next()["prompt"]))
        expect(page.locator(".told")).to_contain_text("Das Signal ist noch nicht gut genug")
        expect(page.locator(".told")).to_contain_text("Kanal 1")
        expect(page.locator(".check .bad")).to_have_text(re.compile("Kanal 1"))


def test_everything_can_be_done_by_keyboard(
    browser: Browser, source: HandFedSource, recognizer: Callable[[], WindowRecognizer], user: User, tmp_path: Path
) -> None:
    live = Live("default", lambda: source, recognizer(), UNDISTURBED)  # no pause comes between
    with serving(live, data_dir=tmp_path) as address, visiting(browser) as page:
        page.goto(f"http://{address}/#/calibrate")
        tab_to(page, page.get_by_label("Pseudonym"))
        page.keyboard.type("rs")  # letters, no shortcuts
        tab_to(page, page.get_by_role("checkbox", name="rest"))
        page.keyboard.press("Space")
        tab_to(page, page.get_by_role("button", name="Start the calibration"))
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Pause")).to_be_focused()
        with Clinic(address).watching(page.url.rsplit("/", 1)[1]) as watcher:
            watcher.follow_to(user, "prepare")
            expect(page.locator("[aria-live=assertive]")).to_have_text("Get ready: left.")
            page.keyboard.press("Space")
            expect(page.get_by_role("button", name="Go on")).to_be_focused()
            page.keyboard.press("Enter")
            expect(page.locator(".prompt.prepare")).to_be_visible()
            page.keyboard.press("s")
            expect(page.locator("[aria-live=assertive]")).to_have_text("Get ready: right.")
            watcher.follow_to(user, "hold")
            user.give("right", 0.5)
            page.keyboard.press("r")
            expect(page.locator(".prompt.prepare")).to_be_visible()
            tab_to(page, page.get_by_role("button", name="Give up"))
            page.keyboard.press("Enter")
            expect(page.get_by_role("dialog")).to_be_visible()
            page.keyboard.press("Escape")
            expect(page.get_by_role("dialog")).to_be_hidden()
            page.keyboard.press("Enter")
            tab_to(page, page.get_by_role("dialog").get_by_role("button", name="Give up"))
            page.keyboard.press("Enter")
        expect(page.locator(".halt .say")).to_have_text("This calibration was given up.")


def tab_to(page: Page, target: Locator) -> None:
    expect(target).to_be_visible()
    for _ in range(40):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {target}")


def test_one_that_is_not_over_is_offered_and_who_watches_hears_that_another_gave_it_up(
    browser: Browser, live: Live, tmp_path: Path
) -> None:
    with serving(live, data_dir=tmp_path) as address, visiting(browser) as page:
        clinic = Clinic(address)
        calibration = clinic.begin()
        page.goto(f"http://{address}/#/calibrate")
        page.get_by_role("link", name="Go on: p-17").click()
        expect(page.locator(".prompt.check .ring")).to_be_visible()  # its events are heard
        clinic.post(f"/calibrations/{calibration}/abort")
        expect(page.locator(".halt .say")).to_have_text("This calibration was given up.")
        page.get_by_role("link", name="Calibrate another user").click()
        expect(page.get_by_label("Pseudonym")).to_be_visible()
        expect(page.get_by_text("Not finished yet")).to_be_hidden()
