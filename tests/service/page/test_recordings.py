"""The Recordings view in a real browser."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from browser import violations, visiting, wait_for_ink
from playwright.sync_api import Browser, Page, expect
from serving import serving
from tiny_model import write_tiny_model

from drivers.recordings.formats import open_recording
from drivers.recordings.native import Recorder
from drivers.source import Chunk, Marker, SourceInfo
from service.live import Live

NAME = "session.palmaris"


@pytest.fixture
def address(live: Live, signal: np.ndarray, tmp_path: Path) -> Iterator[str]:
    """A service with the tiny model and two recordings: one is labelled, one is damaged."""
    (tmp_path / "models").mkdir()
    (tmp_path / "recordings").mkdir()
    write_tiny_model(tmp_path / "models")
    (tmp_path / "recordings" / "damaged.palmaris").write_bytes(b"noise")
    with Recorder(tmp_path / "recordings" / NAME, SourceInfo("band", 1000.0, ("left", "right"))) as recorder:
        recorder.mark(Marker(1000, "left"))
        for at in range(0, len(signal), 50):
            recorder.write(Chunk(at, signal[at : at + 50], 1, at / 1000))
    with serving(live, data_dir=tmp_path) as address:
        yield address


def open_session(page: Page, address: str) -> None:
    page.goto(f"http://{address}/#/recordings/{NAME}")
    expect(page.get_by_role("heading", name=NAME)).to_be_visible()
    wait_for_ink(page, ".picture canvas", pictures=2)


def words_of(folder: Path) -> list[tuple[int, str]]:
    recording = open_recording(folder / "recordings" / NAME)
    return [(marker.index, marker.text) for block in recording.blocks() for marker in block.markers]


def test_the_list_is_sorted_by_keyboard_and_leads_to_a_recording(browser: Browser, address: str) -> None:
    with visiting(browser) as page:
        page.goto(f"http://{address}/#/recordings")
        expect(page.get_by_role("row")).to_have_count(3)
        expect(page.get_by_text("has no readable header")).to_be_visible()
        page.get_by_role("button", name="Size").focus()
        for order, first in (("ascending", "damaged"), ("descending", "session")):
            page.keyboard.press("Enter")
            expect(page.get_by_role("columnheader", name="Size")).to_have_attribute("aria-sort", order)
            expect(page.get_by_role("row").nth(1)).to_contain_text(first)
        page.get_by_role("link", name=NAME).press("Enter")
        expect(page.get_by_role("heading", name=NAME)).to_be_focused()


def test_the_signal_is_looked_at_by_keyboard_and_by_hand(browser: Browser, address: str) -> None:
    with visiting(browser) as page:
        open_session(page, address)
        shown = page.locator(".shown")
        expect(shown).to_have_text("Shown: 0.00 s to 4.00 s of 4.00 s")
        page.get_by_role("group", name="Signal").focus()
        page.keyboard.press("+")
        expect(shown).to_have_text("Shown: 0.67 s to 3.33 s of 4.00 s")
        page.keyboard.press("ArrowRight")
        expect(shown).to_have_text("Shown: 1.33 s to 4.00 s of 4.00 s")
        page.keyboard.press("Home")
        expect(shown).to_have_text("Shown: 0.00 s to 2.67 s of 4.00 s")
        page.get_by_role("button", name="Whole recording").click()
        box = page.locator(".overview .picture").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 20)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
        page.mouse.up()
        expect(shown).to_have_text("Shown: 1.00 s to 2.00 s of 4.00 s")
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 200)
        page.mouse.wheel(0, -100)
        expect(shown).to_have_text("Shown: 1.17 s to 1.83 s of 4.00 s")


def test_a_part_is_labelled_renamed_and_taken_back(browser: Browser, address: str, tmp_path: Path) -> None:
    with visiting(browser) as page:
        open_session(page, address)
        box = page.locator(".zoomed .picture").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 3 / 4, box["y"] + 20)
        page.mouse.up()
        expect(page.get_by_label("From")).to_have_value(re.compile(r"^(1\.99|2\.0)"))
        page.get_by_label("From").fill("2")
        page.get_by_label("Until").fill("3")
        page.get_by_label("Label", exact=True).fill("wrist flexion")
        page.keyboard.press("Enter")
        row = page.get_by_role("row", name="bend the wrist")
        expect(row).to_contain_text("2.00 s3.00 s")
        assert words_of(tmp_path) == [(1000, "left"), (2000, "wrist_flexion"), (3000, "")]
        row.get_by_role("button", name="Rename").click()
        page.get_by_role("dialog").get_by_label("Label").fill("point")
        page.keyboard.press("Enter")
        expect(page.get_by_role("row", name="point")).to_be_visible()
        expect(page.get_by_role("heading", name="Labels")).to_be_focused()
        page.get_by_role("row", name="point").get_by_role("button", name="Delete").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(page.get_by_role("row", name="point")).to_have_count(0)
    assert words_of(tmp_path) == [(1000, "left")]


def test_a_model_answers_and_agrees(browser: Browser, address: str) -> None:
    with visiting(browser) as page:
        open_session(page, address)
        page.locator(".replay select").select_option("tiny")
        page.get_by_role("button", name="Answer").click()
        expect(page.get_by_text("tiny answered 151 windows.")).to_be_visible(timeout=60_000)
        expect(page.locator(".agreed")).to_contain_text("labelled windows are right")
        expect(page.get_by_role("table", name="What was answered")).to_contain_text("left")
        bars = page.locator(".rows .track .sure").all()
        assert sum((bar.get_attribute("d") or "").count("M") for bar in bars) > 3


def test_a_recording_is_played_live_saved_exported_and_deleted(browser: Browser, address: str, tmp_path: Path) -> None:
    with visiting(browser, expected="409|404") as page:
        open_session(page, address)
        with page.expect_download() as saved:
            page.get_by_role("button", name="Download").click()
        assert saved.value.path().read_bytes() == (tmp_path / "recordings" / NAME).read_bytes()
        page.get_by_role("button", name="Export BIDS").click()
        with page.expect_download(timeout=60_000) as exported:
            page.get_by_role("dialog").get_by_role("button", name="Download").click()
        assert exported.value.suggested_filename == "session-bids.zip"
        page.get_by_role("button", name="Play as a live stream").click()
        page.get_by_role("dialog").get_by_label("Model").select_option("tiny")
        page.get_by_role("button", name="Start").click()
        expect(page).to_have_url(re.compile("#/live/replay-"))
        expect(page.get_by_role("combobox", name="Stream")).to_have_value(re.compile("replay-"))
        open_session(page, address)
        page.get_by_role("button", name="Delete", exact=True).first.click()
        expect(page.get_by_role("dialog")).to_contain_text("lost for good")
        page.keyboard.press("Escape")
        assert (tmp_path / "recordings" / NAME).exists()
        page.get_by_role("button", name="Delete", exact=True).first.click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(page.get_by_role("row", name="damaged")).to_be_visible()  # the list, once more
        expect(page.get_by_role("row")).to_have_count(2)
    assert not (tmp_path / "recordings" / NAME).exists()


def test_without_recordings_the_view_says_how_to_make_one(browser: Browser, live: Live, tmp_path: Path) -> None:
    with serving(live, data_dir=tmp_path) as address, visiting(browser) as page:
        page.goto(f"http://{address}/#/recordings")
        expect(page.get_by_text("press Record to make one")).to_be_visible()


@pytest.mark.parametrize(("scheme", "locale", "width"), [("light", "en-GB", 1280), ("dark", "de-DE", 768)])
def test_axe_finds_nothing_and_nothing_is_too_wide(
    browser: Browser, address: str, scheme: str, locale: str, width: int
) -> None:
    with visiting(browser, expected="409", color_scheme=scheme, locale=locale) as page:
        page.set_viewport_size({"width": width, "height": 1024})
        page.goto(f"http://{address}/#/recordings")
        expect(page.get_by_role("row")).to_have_count(3)
        assert not violations(page)
        open_session(page, address)
        page.locator(".replay select").select_option("tiny")
        page.locator(".replay button").click()
        expect(page.locator(".agreed")).to_be_visible(timeout=60_000)
        assert not violations(page)
        page.locator(".recordings .tools button").last.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert not violations(page)
        page.goto(f"http://{address}/#/recordings/damaged.palmaris")
        expect(page.get_by_role("alert")).to_be_visible()
        assert not violations(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator("html").get_attribute("lang") == locale[:2]
