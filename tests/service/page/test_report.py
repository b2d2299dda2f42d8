"""The report of a head, as the page shows and prints it: real calibrations, fetched over HTTP."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from browser import violations, visiting
from clinic import Clinic, User
from playwright.sync_api import Browser, Page, expect
from serving import UNHURRIED, HandFedSource, serving

from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import load_recognizer
from models.runtime import load_model
from service.live import Live

GESTURES = ["fist", "point", "open"]
QUICK = "p-18"


@pytest.fixture(scope="module")
def address(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service with a head of p-17 from two trials of each gesture, and one of p-18 from one."""
    source = HandFedSource()
    live = Live("default", lambda: source, load_recognizer(load_model(str(tiny_model)), DecisionSpec()), UNHURRIED)
    with serving(live, data_dir=tmp_path_factory.mktemp("data")) as found:
        for user, repetitions in (("p-17", 2), (QUICK, 1)):
            calibrate(Clinic(found), source, user=user, gestures=GESTURES, repetitions=repetitions)
        yield found


class Fumbling(User):
    """Whose hand is no longer open towards the end of a hold."""

    def give(self, gesture: str, seconds: float) -> None:
        """Muscle noise of a gesture, or of two."""
        steady = 0.6 * seconds if gesture == "open" else seconds
        super().give(gesture, steady)
        if gesture == "open":
            super().give("fist", seconds - steady)


def calibrate(clinic: Clinic, source: HandFedSource, **order: Any) -> None:
    user = Fumbling(source)
    calibration = clinic.begin(**order)
    with clinic.watching(calibration) as watcher:
        watcher.follow(user)
        clinic.post(f"/calibrations/{calibration}/accept")


def shown(page: Page, address: str, user: str = "p-17") -> None:
    page.goto(f"http://{address}/#/report/{user}%2F1")
    expect(page.get_by_role("article")).to_be_visible()


def report_of(address: str, user: str = "p-17") -> dict[str, Any]:
    answer = httpx.get(f"http://{address}/v1/users/{user}/heads/1/report")
    assert answer.is_success
    return answer.json()


def percent(share: float) -> int:
    return int(100 * share + 0.5)


def test_it_says_what_the_service_measured(browser: Browser, address: str) -> None:
    report = report_of(address)
    after = report[report["kind"]]
    with visiting(browser) as page:
        shown(page, address)
        f1 = after["macro_f1"]
        words = f"{percent(f1['value'])} % ({percent(f1['low'])} to {percent(f1['high'])} %)"
        expect(page.locator(".scores dd").nth(1)).to_have_text(words)
        expect(page.locator(".scores dd").first).to_have_text("not measured")  # nobody knew these gestures
        for gesture, recall in zip(GESTURES, after["recall"], strict=True):
            row = page.locator(".learned tbody tr").nth(GESTURES.index(gesture))
            expect(row).to_contain_text(f"{percent(recall['value'])} %")
            expect(row.locator(f"svg[data-gesture={gesture}]")).to_be_visible()
        page.get_by_role("radio", name="Windows").check()
        cells = page.locator(".confusion td").all_inner_texts()
    assert [int(cell) for cell in cells] == [windows for row in after["confusion"] for windows in row]


def test_the_matrix_is_read_by_its_headers(browser: Browser, address: str) -> None:
    with visiting(browser) as page:
        shown(page, address)
        matrix = page.get_by_role("table", name=re.compile("Answers of the new head, in percent"))
        expect(matrix.get_by_role("columnheader")).to_have_count(1 + len(GESTURES))
        expect(matrix.get_by_role("rowheader")).to_have_text(["fist", "point", "open the hand"])
        for row in range(len(GESTURES)):
            shares = matrix.locator("tbody tr").nth(row).locator("td").all_inner_texts()
            assert sum(map(int, shares)) in (99, 100, 101)


def test_one_trial_promises_nothing(browser: Browser, address: str) -> None:
    with visiting(browser) as page:
        shown(page, address, QUICK)
        expect(page.get_by_text("No estimate: it takes a second trial").first).to_be_visible()
        expect(page.locator(".advised")).to_have_text("Record one more trial of: fist, point and open the hand.")
        expect(page.locator(".whiskers .dot")).to_have_count(0)
        expect(page.locator(".confusion")).to_have_count(0)


@pytest.mark.parametrize(("scheme", "locale"), [("light", "en-GB"), ("dark", "de-DE")])
@pytest.mark.parametrize("user", ["p-17", QUICK])
def test_axe_finds_nothing_and_nothing_sticks_out(
    browser: Browser, address: str, scheme: str, locale: str, user: str
) -> None:
    with visiting(browser, color_scheme=scheme, locale=locale) as page:
        shown(page, address, user)
        page.locator(".report-card summary").click()
        assert not violations(page)
        for width in (1280, 768):
            page.set_viewport_size({"width": width, "height": 1024})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_columns_stand_side_by_side_where_there_is_room(browser: Browser, address: str) -> None:
    with visiting(browser) as page:
        shown(page, address)
        columns = page.locator(".parts > div")
        for width, beside in ((1280, True), (768, False)):
            page.set_viewport_size({"width": width, "height": 1024})
            first, second = (columns.nth(k).bounding_box() for k in range(2))
            assert first
            assert second
            assert (first["y"] == second["y"]) is beside


def test_on_paper_there_is_the_report_alone_in_black_on_white(browser: Browser, address: str) -> None:
    with visiting(browser, color_scheme="dark") as page:
        shown(page, address)
        page.emulate_media(media="print", color_scheme="dark")
        expect(page.get_by_role("navigation")).to_be_hidden()
        expect(page.get_by_role("button", name="Print")).to_be_hidden()
        expect(page.get_by_text("Recall: of all windows")).to_be_visible()  # without a click
        expect(page.get_by_role("heading", name="Report on the head of p-17")).to_be_visible()
        assert page.evaluate("getComputedStyle(document.documentElement).color") == "rgb(0, 0, 0)"
        assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
        pages = re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))
    assert len(pages) <= 2


def test_the_button_prints(browser: Browser, address: str) -> None:
    with visiting(browser) as page:
        shown(page, address)
        page.evaluate("globalThis.print = () => { globalThis.printed = true; }")
        page.get_by_role("button", name="Print").click()
        assert page.evaluate("globalThis.printed")


def test_a_report_that_is_not_there_says_so(browser: Browser, address: str) -> None:
    with visiting(browser, expected="404") as page:
        page.goto(f"http://{address}/#/report/p-17%2F7")
        expect(page.get_by_role("alert")).to_be_visible()


def test_nobodys_report_is_shown_as_somebody_elses(browser: Browser, address: str) -> None:
    """From one report's address to another's the page is not loaded anew."""
    with visiting(browser, expected="404") as page:
        shown(page, address)
        page.goto(f"http://{address}/#/report/nobody%2F1")
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.get_by_role("article")).to_have_count(0)
        page.goto(f"http://{address}/#/report/100%")  # mistyped
        expect(page.get_by_role("heading", name="Palmaris")).to_be_visible()
