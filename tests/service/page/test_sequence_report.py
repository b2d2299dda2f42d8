"""Users who have a layer of text or events: reports and versions, as they are stored, in a real browser."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tiny_sequence_model
from band import Band, band_stream
from browser import violations, visiting
from clinic import Clinic
from playwright.sync_api import Browser, Page, expect
from serving import serving

from calibration.report import Estimate
from calibration.sequence_report import Errors, SequenceReport, advise, stored
from calibration.store import Store
from calibration.store.records import NewHead
from models.last_layer import LastLayer
from models.sequence_runtime import SequenceModel

WHO = "the test"


def typing_errors(wrong: float) -> Errors:
    """A few too many, the others missing."""
    estimate = Estimate(value=wrong, low=wrong - 0.1, high=wrong + 0.1)
    return Errors(wrong=estimate, parts={"insertions": 0.05, "deletions": wrong - 0.05, "substitutions": 0.0})


def of_text(previous: float | None, after: float) -> SequenceReport:
    """Of six sentences."""
    everybodys, before = typing_errors(1.2), None if previous is None else typing_errors(previous)
    advice = advise(everybodys, before, typing_errors(after))
    return SequenceReport(
        kind="text", pieces=6, seconds=61.2, keys=287, everybodys=everybodys, previous=before,
        after=typing_errors(after), recommendation=advice, simulated=True,
    )  # fmt: skip


def of_events() -> SequenceReport:
    """Of one piece, which cannot be left out."""
    parts = {"cler": 0.2, "miss_rate": 0.25, "false_per_minute": 3.2, "delay_p50_ms": 90.4, "delay_p95_ms": None}
    everybodys = Errors(wrong=Estimate(value=0.4), parts=parts)
    return SequenceReport(
        kind="events", pieces=1, seconds=12, keys=9, everybodys=everybodys, previous=None, after=None,
        recommendation=advise(everybodys, None, None), simulated=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service at which p-17 has two layers of text, of which the stream wears one, and p-18 has one of events."""
    folder = tmp_path_factory.mktemp("data")
    typing, events = (tiny_sequence_model.write(name, folder / "models") for name in ("small", "events"))
    with Store.open(folder) as store:
        for report in (of_text(None, 0.34), of_text(0.34, 0.18)):
            keep(store, "p-17", typing, report)
        keep(store, "p-18", events, of_events())
    band = Band()
    with serving(band_stream(typing, band), data_dir=folder) as found:
        assert Clinic(found).ask("PUT", "/streams/default/user", user="p-17").is_success
        band.feed(np.zeros((200, 16), np.float32))  # with whose first step the layer is put on
        yield found


def keep(store: Store, user: str, path: Path, report: SequenceReport) -> None:
    """Make everybody's layer the user's next version, with this report."""
    model = SequenceModel(path)
    if user not in {known.id for known in store.users.all()}:
        store.users.create(user, WHO, consent_raw=False)
    labels = model.spec.require_sequence().labels
    new = NewHead(user, model.spec.name, model.fingerprint, "linear", labels, scores=stored(report))
    layer = LastLayer.everybodys(model.content)
    store.heads.accept(store.heads.add(new, layer.head(model.spec, model.fingerprint), WHO).id, WHO)


def shown(page: Page, address: str, user: str, version: int) -> None:
    page.goto(f"http://{address}/#/report/{user}%2F{version}")
    expect(page.get_by_role("article")).to_be_visible()


def test_it_says_how_many_keys_were_wrong_before_and_after(browser: Browser, address: str) -> None:
    with visiting(browser) as page:
        shown(page, address, "p-17", 2)
        expect(page.locator(".advised.accept")).to_have_text("Use the new head.")
        expect(page.get_by_text("it gets 18 % of the keys wrong; before, 34 % were.")).to_be_visible()
        expect(page.locator(".scores dt")).to_have_text(
            ["head for everybody", "Before: the user's head so far", "After: new head"]
        )
        expect(page.locator(".scores dd")).to_have_text(
            ["120 % (110 to 130 %)", "34 % (24 to 44 %)", "18 % (8 to 28 %)"]
        )
        row = page.get_by_role("row", name=re.compile("^Keys that are missing"))
        expect(row.get_by_role("cell")).to_have_text(["115 %", "29 %", "13 %"])
        expect(page.get_by_role("article")).to_contain_text("287 keys in 6 pieces of signal")
        expect(page.locator(".simulated")).to_have_text("simulated: no person is measured")


def test_of_one_piece_nothing_is_promised(browser: Browser, address: str) -> None:
    with visiting(browser, locale="de-DE") as page:
        shown(page, address, "p-18", 1)
        expect(page.locator(".advised.more_trials")).to_have_text("Nehmen Sie jede Bewegung noch einmal auf.")
        expect(page.locator(".scores dd")).to_have_text(["40 % (ohne Intervall)", "nicht gemessen"])
        for name, value in {"Verpasst": "25 %", "Ohne Bewegung": "3,2", "Median": "90 ms", "95 %": "–"}.items():
            row = page.get_by_role("row", name=re.compile(name))
            expect(row.get_by_role("cell")).to_have_text([value])
        expect(page.locator(".simulated")).to_have_count(0)


def test_versions_are_told_by_their_errors(browser: Browser, address: str) -> None:
    with visiting(browser) as page:
        page.goto(f"http://{address}/#/users/p-17")
        expect(page.get_by_role("table", name="Heads").locator("td.number")).to_have_text(["18 % wrong", "34 % wrong"])
        expect(page.locator("td.gestures")).to_have_text(["3 keys", "3 keys"])
        expect(page.get_by_role("img", name=re.compile("wrong, of 2 versions, between 0.18 and 0.34"))).to_be_visible()
        expect(page.get_by_role("button", name="Back to everybody's on default")).to_be_visible()
        expect(page.get_by_role("button", name=re.compile("New day"))).to_have_count(0)
        expect(page.get_by_role("region", name="Gestures")).to_have_count(0)
        page.get_by_role("button", name="Report of version 1").click()
        expect(page.get_by_role("group", name="Report of version 1")).to_contain_text("34 % (24 to 44 %)")


@pytest.mark.parametrize(("scheme", "locale"), [("light", "en-GB"), ("dark", "de-DE")])
@pytest.mark.parametrize(
    ("where", "there"), [("report/p-17%2F2", "article"), ("report/p-18%2F1", "article"), ("users/p-17", ".progress")]
)
def test_axe_finds_nothing_and_nothing_sticks_out(
    browser: Browser, address: str, scheme: str, locale: str, where: str, there: str
) -> None:
    with visiting(browser, color_scheme=scheme, locale=locale) as page:
        page.goto(f"http://{address}/#/{where}")
        expect(page.locator(there).first).to_be_visible()
        for summary in page.locator("main summary").all():
            summary.click()
        for width in (1280, 768):
            page.set_viewport_size({"width": width, "height": 1024})
            assert not violations(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("user", "version"), [("p-17", 2), ("p-18", 1)])
def test_on_paper_there_is_the_report_alone(browser: Browser, address: str, user: str, version: int) -> None:
    with visiting(browser, color_scheme="dark") as page:
        shown(page, address, user, version)
        page.emulate_media(media="print", color_scheme="dark")
        expect(page.get_by_role("navigation")).to_be_hidden()
        expect(
            page.get_by_text("Answers without an act" if user == "p-18" else "the character error rate")
        ).to_be_visible()
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 1
