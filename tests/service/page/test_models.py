"""Models on the page: what is known of each, used on a stream, and two of them compared on one recording."""

import re
from pathlib import Path
from shutil import copy, copytree

import numpy as np
import pytest
from browser import violations, visiting
from playwright.sync_api import Browser, Page, expect
from serving import HandFedSource, serving
from tiny_model import SPEC, write_tiny_model

from drivers.recordings.native import Recorder
from drivers.source import Chunk, Marker, SourceInfo
from service.live import Live

AWHILE_MS = 60_000  # a process beside has to start, on a machine that may be busy
CARD = """# tiny

Made for **tests**, see [the web](https://example.com/) and [elsewhere](javascript:alert(1)).

| Score | Value |
| --- | --- |
| Macro-F1 window by window, mean over subjects | 0.750 |

- one `word`
- <img src=x onerror=alert(1)>

```
a < b
```
"""


@pytest.fixture
def data_dir(tiny_model: Path, signal: np.ndarray, tmp_path: Path) -> Path:
    """Two own models that answer alike, a damaged one, and a recording whose gestures are named."""
    models = Path(copytree(tiny_model.parent, tmp_path / "models"))
    (tmp_path / "made").mkdir()
    write_tiny_model(tmp_path / "made", SPEC.model_copy(update={"name": "twin"}))
    for end in (".onnx", ".head.onnx"):
        copy(tmp_path / "made" / f"tiny{end}", models / f"twin{end}")
    (models / "tiny.md").write_text(CARD)
    (models / "half.onnx").write_bytes((models / "tiny.onnx").read_bytes()[:100])
    (tmp_path / "recordings").mkdir()
    markers = tuple(Marker(1000 * n, word) for n, word in enumerate(("rest", "left", "rest", "right")))
    with Recorder(
        tmp_path / "recordings" / "arm.palmaris", SourceInfo("hand-fed", 1000, ("left", "right"))
    ) as recorder:
        recorder.write(Chunk(0, signal, 0, 0.0, markers))
    return tmp_path


def opened(page: Page, address: str, where: str = "models") -> None:
    page.goto(f"http://{address}/#/{where}")
    expect(page.get_by_role("heading", name="Palmaris")).to_be_visible()


def test_every_model_is_a_card_and_a_damaged_one_says_why(browser: Browser, live: Live, data_dir: Path) -> None:
    with serving(live, data_dir=data_dir) as address, visiting(browser) as page:
        opened(page, address)
        simulated = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="csae-simulated"))
        expect(simulated).to_contain_text("scores say nothing about people")
        expect(simulated).to_contain_text("2 channels at 4000 Hz")
        expect(simulated).to_contain_text("8 people it has never seen")
        half = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="half"))
        expect(half).to_contain_text("half.onnx is not a whole ONNX model; copy or export it again")
        page.get_by_role("link", name="tiny").click()
        expect(page.get_by_role("heading", name="tiny", exact=True)).to_be_focused()
        expect(page.get_by_text("0.75", exact=True)).to_be_visible()


def test_a_card_is_shown_and_nothing_in_it_is_run(browser: Browser, live: Live, data_dir: Path) -> None:
    with serving(live, data_dir=data_dir) as address, visiting(browser) as page:
        opened(page, address, "models/tiny")
        card = page.get_by_role("region", name="Model card")
        expect(card.locator("strong")).to_have_text("tests")
        expect(card.get_by_role("link")).to_have_text("the web")
        expect(card.get_by_role("listitem")).to_have_text(["one word", "<img src=x onerror=alert(1)>"])
        expect(card.locator("pre")).to_have_text("a < b")
        expect(card.get_by_role("columnheader")).to_have_text(["Score", "Value"])
        assert card.locator("img").count() == 0


def test_a_model_is_used_on_a_stream_once_somebody_has_agreed(
    browser: Browser, live: Live, source: HandFedSource, signal: np.ndarray, data_dir: Path
) -> None:
    with serving(live, data_dir=data_dir) as address, visiting(browser) as page:
        opened(page, address, "models/csae-simulated")
        expect(page.get_by_text("does not fit: 2 channels at 1000 Hz")).to_be_visible()
        opened(page, address, "models/twin")
        expect(page.get_by_text("answers with tiny now")).to_be_visible()
        page.get_by_role("button", name="Use here: default").click()
        page.get_by_role("button", name="Cancel").click()
        assert live.answers.spec.name == "tiny"
        page.get_by_role("button", name="Use here: default").click()
        page.get_by_role("dialog").get_by_role("button", name="Use here").click()
        expect(page.get_by_text("default answers with twin.")).to_be_visible()
        source.feed(signal)
        expect(page.get_by_text("answers with this model")).to_be_visible()


def test_two_models_are_compared_on_a_recording(browser: Browser, live: Live, data_dir: Path) -> None:
    with serving(live, data_dir=data_dir) as address, visiting(browser) as page:
        opened(page, address)
        form = page.get_by_role("region", name="Compare two models")
        expect(form.get_by_label("First model")).to_have_value("tiny")
        expect(form.get_by_label("Second model")).to_have_value("twin")
        form.get_by_role("button", name="Compare").click()
        expect(form.get_by_text("Both say the same in 100 % of the time.")).to_be_visible(timeout=AWHILE_MS)
        row = form.get_by_role("row", name=re.compile("^twin"))
        expect(row).to_contain_text(re.compile(r"\d+\s%"))
        strips = form.get_by_role("group", name=re.compile("Decisions of"))
        expect(strips).to_have_count(2)
        assert all("M" in (strip.locator(".track .sure").nth(1).get_attribute("d") or "") for strip in strips.all())
        assert not violations(page)


@pytest.mark.parametrize(("scheme", "locale"), [("light", "en-GB"), ("dark", "de-DE")])
@pytest.mark.parametrize("where", ["models", "models/csae-simulated"])
def test_axe_finds_nothing(browser: Browser, live: Live, data_dir: Path, where: str, scheme: str, locale: str) -> None:
    with serving(live, data_dir=data_dir) as address, visiting(browser, color_scheme=scheme, locale=locale) as page:
        opened(page, address, where)
        expect(page.get_by_role("link", name="csae-simulated").or_(page.locator(".markdown")).first).to_be_visible()
        expect(page.locator(".streams, .choices").first).to_be_visible()
        assert not violations(page)
        page.set_viewport_size({"width": 768, "height": 1024})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
