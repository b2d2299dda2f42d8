"""Text and gesture events on the page: it shows what the recogniser says, and silence takes away what must go."""

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import cycle, pairwise
from pathlib import Path

import httpx
import numpy as np
import pytest
import tiny_sequence_model
from browser import violations, visiting
from playwright.sync_api import Browser, Locator, Page, expect
from serving import END, HandFedSource, meanwhile, serving, wait_for

from drivers.registry import open_source
from drivers.source import SourceInfo
from models.any_model import load_any_model
from models.pipeline.sequence_recognizer import NoticedEvent, TypedText
from service.hub import HISTORY
from service.live import Live
from service.reader import Patience
from service.streams import DecisionOrder, recognizer_for

SAMPLES = (30 * np.random.default_rng(0).standard_normal((8000, 16))).astype(np.float32)
CALM = Patience(stall_s=60, stale_s=math.inf, lost_s=math.inf)
"""A test says by itself when it is silent."""
RECOGNISED_MS = 30_000
"""The longest that a busy machine takes for all samples."""
SIM = "sim://wristband?text=sentences&wpm=100"


#: Whether the place where the text goes on lies within the sheet, though not all of the text does.
NEWEST_LINE = """() => {
    const [sheet, caret] = [".sheet", ".caret"].map((name) => document.querySelector(name));
    const [around, within] = [sheet, caret].map((element) => element.getBoundingClientRect());
    return sheet.scrollHeight > sheet.clientHeight && within.top >= around.top && within.bottom <= around.bottom + 1;
}"""


class Band(HandFedSource):
    """Sixteen channels at 2 kHz."""

    info = SourceInfo("band", 2000.0, tuple(map(str, range(1, 17))))


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With models of text, ``gru``, and of events."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("gru", "wrist"):
        tiny_sequence_model.write(name, folder / "models")
    tiny_sequence_model.write_lively_events(folder / "models")
    return folder


@pytest.fixture
def band() -> Band:
    return Band()


def path_of(data_dir: Path, model: str) -> str:
    return str(data_dir / "models" / f"{model}.onnx")


def a_stream(data_dir: Path, model: str, band: Band) -> Live:
    recognizer = recognizer_for(load_any_model(path_of(data_dir, model)), DecisionOrder())
    return Live("default", lambda: band, recognizer, CALM)


def offline(data_dir: Path, model: str) -> list[TypedText | NoticedEvent]:
    answers = list(recognizer_for(load_any_model(path_of(data_dir, model)), DecisionOrder()).feed(SAMPLES, 0))
    return [answer for answer in answers if isinstance(answer, TypedText | NoticedEvent)]


def end_of_step(event: NoticedEvent) -> int:
    """The samples after which it is told: recognisers answer every 20 ms."""
    return event.index // 40 * 40 + 40


def apart(one: NoticedEvent, other: NoticedEvent) -> bool:
    """Whether the second is told later."""
    return end_of_step(one) < end_of_step(other)


@contextmanager
def shown(browser: Browser, live: Live, data_dir: Path, **options: str) -> Iterator[Page]:
    """The page on a stream, in English unless the options say otherwise."""
    with (
        serving(live, data_dir=data_dir) as address,
        visiting(browser, **{"locale": "en-GB", **options}) as page,
    ):
        page.goto(f"http://{address}/")
        yield page


def spoken(page: Page) -> Locator:
    """What a screen reader is told of the text."""
    return page.locator(".typing [role=status]")


def test_text_is_shown_and_its_tail_with_it_until_silence(browser: Browser, data_dir: Path, band: Band) -> None:
    texts = [answer for answer in offline(data_dir, "gru") if isinstance(answer, TypedText)]
    stable, tail = "".join(text.stable for text in texts), texts[-1].tail
    assert stable, tail
    with shown(browser, a_stream(data_dir, "gru", band), data_dir) as page:
        expect(page.locator(".state")).to_have_text("Waiting for the first samples")
        band.feed(*np.split(SAMPLES, 40))
        expect(page.locator(".typed")).to_have_text(stable + tail, timeout=RECOGNISED_MS)
        expect(page.locator(".tail")).to_have_text(tail)
        page.set_viewport_size({"width": 500, "height": 800})  # so that it does not fit
        assert page.evaluate(NEWEST_LINE)
        expect(page.locator(".state")).to_have_text("Live")
        expect(spoken(page)).to_have_text(f"{stable[-200:]} Not certain yet: {tail}")
        band.feed(END)
        expect(page.locator(".state")).to_have_text("The recording is over")
        expect(page.locator(".typed")).to_have_text(stable)
        expect(spoken(page)).to_have_text(stable[-200:])


def test_who_comes_late_reads_what_is_remembered(browser: Browser, data_dir: Path, band: Band) -> None:
    texts = [answer for answer in offline(data_dir, "gru") if isinstance(answer, TypedText)]
    kept = "".join(text.stable for text in texts[-HISTORY:])
    assert kept != "".join(text.stable for text in texts)
    live = a_stream(data_dir, "gru", band)
    with serving(live, data_dir=data_dir) as address, visiting(browser) as page:
        band.feed(SAMPLES)
        wait_for(lambda: live.hub.next_seq == len(texts))
        page.goto(f"http://{address}/")
        expect(page.locator(".typed")).to_have_text(f"…{kept}{texts[-1].tail}")
        page.get_by_role("link", name="System").click()
        page.get_by_role("link", name="Live").click()
        expect(page.locator(".typed")).to_have_text(f"…{kept}{texts[-1].tail}")


def test_the_last_event_is_large_and_what_is_held_is_drawn(browser: Browser, data_dir: Path, band: Band) -> None:
    events = [answer for answer in offline(data_dir, "events") if isinstance(answer, NoticedEvent)]
    until = next(end_of_step(one) for one, other in pairwise(events) if one.kind == "press" and apart(one, other))
    said = {"index_press": "index finger pressed", "index_release": "index finger released", "thumb_up": "thumb up"}
    live = a_stream(data_dir, "events", band)
    with shown(browser, live, data_dir) as page:
        wait_for(lambda: live.hub.subscribers == 1)  # events of the past are told to nobody
        band.feed(SAMPLES[:until])
        expect(page.locator(".gesture")).to_have_text("index finger pressed")
        expect(page.locator(".pressed")).to_have_text("Held: index finger")
        index, thumb = page.locator(".named-track").all()
        expect(index.locator("span")).to_have_text("index finger")
        expect(index.locator(".sure")).to_have_attribute("d", re.compile("^M.*H1000.00V"))
        band.feed(*np.split(SAMPLES[until:], range(40, len(SAMPLES) - until, 40)))
        expect(page.locator(".gesture")).to_have_text(said[events[-1].label], timeout=RECOGNISED_MS)
        expect(thumb.locator(".sure")).to_have_attribute("d", re.compile("^M"))
        band.feed(END)
        expect(page.locator(".gesture")).to_have_text("nothing yet")
        expect(page.locator(".pressed")).to_have_text("Held: –")
        expect(index.locator(".sure")).not_to_have_attribute("d", re.compile("H1000.00V"))


def test_a_speed_is_shown_until_silence(browser: Browser, data_dir: Path, band: Band) -> None:
    live = a_stream(data_dir, "wrist", band)
    with shown(browser, live, data_dir) as page:
        wait_for(lambda: live.hub.subscribers == 1)
        steps = cycle(np.split(SAMPLES[:2000], 50))
        with meanwhile(lambda: band.feed(next(steps)), 0.02):
            expect(page.locator(".gesture")).to_have_text(re.compile(r"^-?\d+ °/s$"))
            expect(page.get_by_role("meter")).to_have_attribute("aria-valuetext", re.compile("°/s"))
        band.feed(END)
        expect(page.locator(".gesture")).to_have_text("–", timeout=RECOGNISED_MS)


def test_another_model_changes_the_view(browser: Browser, data_dir: Path, band: Band) -> None:
    with shown(browser, a_stream(data_dir, "gru", band), data_dir) as page:
        expect(page.get_by_role("heading", name="Typed text")).to_be_visible()
        expect(page.get_by_role("combobox", name="Head")).to_have_value("")  # everybody's
        address = page.url.split("/#")[0].rstrip("/")
        httpx.put(f"{address}/v1/streams/default/model", json={"model": "events"})
        band.feed(SAMPLES)
        expect(page.get_by_role("heading", name="Last event")).to_be_visible()


def test_a_wristband_is_started_by_what_its_wearer_does(browser: Browser, data_dir: Path) -> None:
    with (
        serving(data_dir=data_dir) as address,
        visiting(browser, expected="422|404|409") as page,
    ):
        page.goto(f"http://{address}/")
        page.get_by_role("button", name="New stream").click()
        page.get_by_role("radio", name="Simulated user: wristband").check()
        does, model = (page.get_by_role("combobox", name=name) for name in ("The user of the band", "Model"))
        expect(model).to_have_value("csae-ring-simulated")
        for what, option, fitting in (
            ("bends the wrist", "wrist=random", "wrist"),
            ("makes single gestures", "events=all", "events"),
            ("types sentences", "text=sentences", "gru"),
        ):
            does.select_option(what)
            expect(page.get_by_role("dialog").locator("code")).to_have_text(f"sim://wristband?{option}")
            expect(model).to_have_value(fitting)
        assert not violations(page)
        page.get_by_label("Language model").fill("none.npz")
        page.get_by_role("button", name="Start").click()
        expect(page.get_by_role("alert")).to_contain_text("none.npz")
        page.get_by_label("Language model").fill("")
        page.get_by_role("button", name="Start").click()
        expect(page.get_by_role("heading", name="Typed text")).to_be_visible()
        expect(page.locator(".typed")).not_to_have_text("")


@pytest.mark.parametrize(("scheme", "locale"), [("light", "en-GB"), ("dark", "de-DE")])
@pytest.mark.parametrize(
    ("model", "told"), [("gru", ".typed"), ("events", ".gesture.event"), ("wrist", ".gesture.speed.sure")]
)
def test_axe_finds_nothing(browser: Browser, data_dir: Path, scheme: str, locale: str, model: str, told: str) -> None:
    source = {"gru": SIM, "events": "sim://wristband?events=all", "wrist": "sim://wristband?wrist=random"}[model]
    recognizer = recognizer_for(load_any_model(path_of(data_dir, model)), DecisionOrder())
    live = Live("default", partial(open_source, source), recognizer, CALM)
    with shown(browser, live, data_dir, color_scheme=scheme, locale=locale) as page:
        expect(page.locator(told)).not_to_have_text("")
        expect(page.locator(".lights li.good").first).to_be_visible()
        for width, height in ((1280, 720), (768, 1024)):
            page.set_viewport_size({"width": width, "height": height})
            assert not violations(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
