"""The clinicians' page in a real browser: what it shows is what the service says, and silence takes it away."""

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
from browser import violations, visiting, wait_for_ink
from playwright.sync_api import Browser, Locator, Page, Request, expect
from serving import END, UNHURRIED, HandFedSource, meanwhile, serving
from tiny_grid import GRID, write_tiny_grid
from tiny_model import SPEC, write_tiny_model

from drivers.source import SourceInfo
from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import WindowRecognizer, load_recognizer
from models.runtime import load_model
from service.live import Live
from service.routes import page as routes
from service.security.scopes import Scope
from service.security.tokens import FILE, Tokens

HOP = 25
HOP_S = 0.025


def fed(source: HandFedSource, signal: np.ndarray) -> AbstractContextManager[None]:
    """Samples in the time that they take, for as long as the block lasts."""
    hops = cycle([signal[start : start + HOP] for start in range(0, len(signal), HOP)])
    return meanwhile(lambda: source.feed(next(hops)), HOP_S)


def opened(page: Page, address: str) -> None:
    page.goto(f"http://{address}/")
    expect(page.get_by_role("heading", name="Palmaris")).to_be_visible()


#: Notes the gesture that is shown whenever another state is.
NOTE_STATES = """() => {
    globalThis.noted = [];
    const note = () => noted.push(document.querySelector(".gesture").innerText);
    new MutationObserver(note).observe(document.querySelector(".state"), { characterData: true, subtree: true });
}"""


def test_the_page_shows_the_gesture_and_silence_takes_it_away(
    browser: Browser, live: Live, source: HandFedSource, signal: np.ndarray, tmp_path: Path
) -> None:
    with serving(live, data_dir=tmp_path) as address, visiting(browser) as page:
        opened(page, address)
        with fed(source, signal[1000:2000]):
            expect(page.locator(".gesture.sure")).to_be_visible()
            expect(page.locator(".gesture")).to_have_text(re.compile(f"^({'|'.join(live.answers.recognizer.labels)})$"))
            expect(page.get_by_role("meter", name="Confidence")).not_to_have_attribute("aria-valuenow", "0")
            expect(page.locator(".lights li.good")).to_have_count(2)
            page.evaluate(NOTE_STATES)
        expect(page.locator(".state")).to_have_text(re.compile("No samples"))
        assert page.evaluate("noted[0]") == "no gesture"  # in the very picture that tells of the silence
        source.feed(END)
        expect(page.locator(".state")).to_have_text("The recording is over")


def test_a_gesture_of_another_model_is_not_held_on_to(
    browser: Browser, live: Live, source: HandFedSource, signal: np.ndarray, tiny_model: Path, tmp_path: Path
) -> None:
    unsure = load_recognizer(load_model(str(tiny_model)), DecisionSpec(reject_below=1.0))
    with serving(live, data_dir=tmp_path) as address, visiting(browser) as page, fed(source, signal[1000:2000]):
        opened(page, address)
        expect(page.locator(".gesture.sure")).to_be_visible()
        live.answers.use(unsure)
        expect(page.locator(".gesture.sure")).to_have_count(0)
        expect(page.locator(".gesture")).to_have_text("no gesture")


def test_a_service_that_goes_is_said_to_be_gone(
    browser: Browser, live: Live, source: HandFedSource, signal: np.ndarray, tmp_path: Path
) -> None:
    with visiting(browser, expected="Failed to load|WebSocket") as page:
        with serving(live, data_dir=tmp_path) as address, fed(source, signal[1000:2000]):
            opened(page, address)
            expect(page.locator(".gesture.sure")).to_be_visible()
        expect(page.get_by_role("alert")).to_have_text(re.compile("does not answer"))
        expect(page.locator(".gesture")).to_have_text("no gesture")
        expect(page.locator(".state")).to_have_text("Connecting")


def test_the_signal_is_drawn_and_a_dead_channel_is_named(
    browser: Browser, live: Live, source: HandFedSource, signal: np.ndarray, tmp_path: Path
) -> None:
    unplugged = signal.copy()
    unplugged[:, 1] = 0
    with serving(live, data_dir=tmp_path) as address, visiting(browser) as page, fed(source, unplugged):
        opened(page, address)
        expect(page.locator(".reasons")).to_have_text(
            "Channel 2 shows no signal: check its cable, press its electrode."
        )
        expect(page.locator(".lights li.bad")).to_have_text(re.compile("right"))
        wait_for_ink(page, ".plot canvas")


def test_everything_can_be_done_by_keyboard(
    browser: Browser, live: Live, source: HandFedSource, signal: np.ndarray, tmp_path: Path
) -> None:
    with serving(live, data_dir=tmp_path) as address, visiting(browser) as page, fed(source, signal):
        opened(page, address)
        expect(page.locator(".state")).to_have_text("Live")
        press_until_focused(page, page.get_by_role("button", name="Record"))
        page.keyboard.press("Space")
        expect(page.get_by_role("button", name="Stop recording")).to_be_focused()
        page.keyboard.press("Space")
        expect(page.get_by_role("button", name="Record", exact=True)).to_be_focused()
        press_until_focused(page, page.get_by_role("button", name="New stream"))
        page.keyboard.press("Enter")
        expect(page.get_by_role("radio", name="Simulated user: two-channel")).to_be_visible()
        expect(page.get_by_role("radio", name="Recording")).to_have_count(1)  # the one that was just made
        press_until_focused(page, page.get_by_role("button", name="Start"))
        page.keyboard.press("Enter")
        expect(page.get_by_role("combobox", name="Stream")).to_have_value("stream-1")
        expect(page.locator(".gesture.sure")).to_be_visible()
        page.reload()
        expect(page.get_by_role("combobox", name="Stream")).to_have_value("stream-1")
    assert len(list((tmp_path / "recordings").glob("default-*.palmaris"))) == 1


def press_until_focused(page: Page, target: Locator) -> None:
    for _ in range(30):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {target}")


def test_a_stream_that_cannot_be_started_says_why(browser: Browser, live: Live, tmp_path: Path) -> None:
    with serving(live, data_dir=tmp_path) as address, visiting(browser, expected="409") as page:
        opened(page, address)
        page.get_by_role("button", name="New stream").click()
        page.get_by_label("Name").fill("default")
        page.get_by_role("button", name="Start").click()
        expect(page.get_by_role("alert")).to_have_text(re.compile("there is a stream 'default' already"))
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_grid_is_shown_as_a_heat_map_and_in_words(browser: Browser, tmp_path: Path) -> None:
    live, source = a_grid(tmp_path)
    signal = np.random.default_rng(3).normal(0, 20, (2000, 9)).astype(np.float32)
    signal[:, 5] *= 10
    signal[:, 7] = 0
    with serving(live, data_dir=tmp_path) as address, visiting(browser) as page, fed(source, signal):
        opened(page, address)
        page.get_by_role("button", name="Heat map").click()
        picture = page.get_by_role("img")
        expect(picture).to_have_attribute("aria-label", re.compile("3 by 4.*Strongest: E6, row 2, column 3,.*Bad: E8"))
        page.wait_for_function(LIGHTEST, arg=[0.625, 0.5])  # of width and height: in the middle of that cell
        assert not violations(page)
        page.reload()
        expect(page.get_by_role("button", name="Heat map")).to_have_attribute("aria-pressed", "true")
        page.get_by_role("button", name="Lanes").press("Enter")
        wait_for_ink(page, ".plot canvas")


def test_a_dead_electrode_of_a_grid_is_marked_and_named(browser: Browser, tmp_path: Path) -> None:
    source = HandFedSource()
    source.info = SourceInfo("cuff", SPEC.rate_hz, tuple(f"E{number}" for number in range(1, 17)), grid=GRID)
    recognizer = load_recognizer(load_model(str(write_tiny_grid(tmp_path))), DecisionSpec())
    live = Live("default", lambda: source, recognizer, UNHURRIED)
    signal = np.random.default_rng(3).normal(0, 20, (2000, 16)).astype(np.float32)
    signal[:, 6] = 0
    with serving(live, data_dir=tmp_path) as address, visiting(browser) as page, fed(source, signal):
        opened(page, address)
        page.get_by_role("button", name="Heat map").click()
        expect(page.locator(".filled")).to_have_text(
            "≈ No signal from E7: the model takes the electrodes around instead."
        )
        assert not violations(page)


#: Whether the lightest part of the heat map is there, in shares of the width and height of the grid, which is 4 by 3.
LIGHTEST = """([x, y]) => {
    const canvas = document.querySelector(".heat canvas");
    const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const size = Math.floor(Math.min(width / 4, height / 3));
    const left = Math.floor((width - 4 * size) / 2);
    let best = [0, 0, 0];
    for (let down = 0; down < 3; down++) for (let right = 0; right < 4; right++) {
        const at = 4 * (Math.round((down + 0.15) * size) * width + left + Math.round((right + 0.15) * size));
        const light = data[at] + data[at + 1];
        if (light > best[0]) best = [light, (right + 0.5) / 4, (down + 0.5) / 3];
    }
    return best[1] === x && best[2] === y;
}"""


def a_grid(folder: Path) -> tuple[Live, HandFedSource]:
    """Nine electrodes on three rows of four places."""
    source = HandFedSource()
    rows = ((0, 1, 2, -1), (3, 4, 5, -1), (6, 7, 8, -1))
    source.info = SourceInfo("grid", SPEC.rate_hz, tuple(f"E{number}" for number in range(1, 10)), grid=rows)
    spec = SPEC.model_copy(update={"channels": 9, "features": 9})
    model = load_model(str(write_tiny_model(folder, spec)))
    return Live("default", lambda: source, WindowRecognizer(model, DecisionSpec()), UNHURRIED), source


def test_another_users_head_is_refused_in_words_and_everybodys_stays(
    browser: Browser, live: Live, source: HandFedSource, signal: np.ndarray, tmp_path: Path
) -> None:
    with serving(live, data_dir=tmp_path) as address, visiting(browser, expected="422") as page, fed(source, signal):
        httpx.post(f"http://{address}/v1/users", json={"user": "p-17"})
        opened(page, address)
        page.get_by_label("Head").select_option("p-17")
        expect(page.get_by_role("alert")).to_have_text(re.compile("p-17.*has no head for tiny: calibrate first"))
        expect(page.get_by_label("Head")).to_have_value("")
        assert not violations(page)


def test_a_stream_is_removed_once_that_was_confirmed(browser: Browser, live: Live, tmp_path: Path) -> None:
    with serving(live, data_dir=tmp_path) as address, visiting(browser) as page:
        opened(page, address)
        page.get_by_role("button", name="Remove stream").click()
        expect(page.get_by_role("dialog")).to_contain_text("Recordings stay")
        assert not violations(page)
        page.keyboard.press("Escape")
        assert [stream["stream"] for stream in httpx.get(f"http://{address}/v1/streams").json()] == ["default"]
        page.get_by_role("button", name="Remove stream").click()
        page.get_by_role("dialog").get_by_role("button", name="Remove stream").click()
        expect(page.get_by_text("No stream is running")).to_be_visible()


def test_a_serial_board_is_told_what_it_needs(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = UsbPort("/dev/ttyUSB9", "CP2102", 0x10C4, 0xEA60)
    monkeypatch.setattr("drivers.devices.list_ports.comports", lambda: [port])
    with serving(data_dir=tmp_path) as address, visiting(browser, expected="409") as page:
        opened(page, address)
        page.get_by_role("button", name="New stream").click()
        page.get_by_role("radio", name="ttyUSB9").check()
        expect(page.get_by_role("combobox", name="Board")).to_have_value("text")
        page.get_by_role("spinbutton", name="Channels").fill("2")
        page.get_by_role("spinbutton", name="Microvolts").fill("0.5")
        page.get_by_role("checkbox", name="Bring the signal").check()
        expect(page.get_by_role("dialog").locator("code")).to_have_text(
            "serial:///dev/ttyUSB9?board=text&channels=2&rate=500&unit_uv=0.5&resample=4000"
        )
        expect(page.get_by_role("option", name="csae-simulated")).to_have_text(re.compile("2 channels, 4000 Hz"))
        page.get_by_role("spinbutton", name="Channels").fill("3")
        expect(page.get_by_role("option", name="csae-simulated")).to_have_text(re.compile("does not fit"))
        page.get_by_role("button", name="Start").click()
        expect(page.get_by_role("alert")).to_have_text(re.compile("/dev/ttyUSB9"))
        page.get_by_role("button", name="Look again").click()
        expect(page.get_by_role("radio", name="ttyUSB9")).to_be_checked()


@dataclass
class UsbPort:
    """What pyserial tells of a port."""

    device: str
    description: str
    vid: int
    pid: int


@pytest.mark.parametrize(("scheme", "locale"), [("light", "en-GB"), ("dark", "de-DE")])
def test_axe_finds_nothing(
    browser: Browser, live: Live, source: HandFedSource, signal: np.ndarray, tmp_path: Path, scheme: str, locale: str
) -> None:
    with serving(live, data_dir=tmp_path) as address, visiting(browser, color_scheme=scheme, locale=locale) as page:
        opened(page, address)
        with fed(source, signal[1000:2000]):
            expect(page.locator(".gesture.sure")).to_be_visible()
            expect(page.locator(".lights li.good")).to_have_count(2)
            assert not violations(page)
        expect(page.locator(".state")).not_to_have_text(re.compile("^Live$"))
        assert not violations(page)
        page.locator(".tools > button").nth(0).click()
        expect(page.get_by_role("radio").first).to_be_visible()
        assert not violations(page)
        assert page.locator("html").get_attribute("lang") == locale[:2]


def test_language_and_colours_are_remembered(browser: Browser, live: Live, tmp_path: Path) -> None:
    with serving(live, data_dir=tmp_path) as address, visiting(browser, locale="fr-FR") as page:
        opened(page, address)
        page.get_by_label("Language").select_option("de")
        page.get_by_label("Aussehen").select_option("dark")
        page.add_init_script(NOTE_FIRST_COLOURS)
        page.reload()
        expect(page.get_by_role("button", name="Neuer Strom")).to_be_visible()
        assert page.evaluate("firstColours") == "dark"  # no white page in a dark room, not even for a moment
        assert page.locator("html").get_attribute("lang") == "de"


#: Notes the colours as soon as there is anything to see.
NOTE_FIRST_COLOURS = """new MutationObserver((_, observer) => {
    if (!document.querySelector("h1")) return;
    globalThis.firstColours = getComputedStyle(document.documentElement).colorScheme;
    observer.disconnect();
}).observe(document, { childList: true, subtree: true });"""


def test_where_tokens_are_needed_the_page_asks_for_one(
    browser: Browser, live: Live, source: HandFedSource, signal: np.ndarray, tmp_path: Path
) -> None:
    secret = Tokens(tmp_path / FILE).create("clinic", frozenset({Scope.SUBSCRIBE}))
    with serving(live, data_dir=tmp_path) as address, visiting(browser, expected="40[13]") as page:
        opened(page, address)
        page.get_by_label("Access token").fill("guessed")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text(re.compile("the token is unknown"))
        assert not violations(page)
        page.get_by_label("Access token").fill(secret)
        page.keyboard.press("Enter")
        with fed(source, signal[1000:2000]):
            expect(page.locator(".gesture.sure")).to_be_visible()
            expect(page.locator(".lights li.good")).to_have_count(2)
        expect(page.locator(".tools .why")).to_have_text(re.compile("scope calibrate"))
        assert secret not in page.url


def test_the_first_load_is_small_and_asks_no_other_host(browser: Browser, live: Live, tmp_path: Path) -> None:
    asked: list[str] = []
    with serving(live, data_dir=tmp_path) as address, visiting(browser) as page:
        page.on("request", lambda request: asked.append(request.url))
        page.add_init_script("requestIdleCallback = () => {}")  # what else is fetched, nobody waits for
        opened(page, address)
        sizes = page.evaluate("performance.getEntries().map(entry => entry.transferSize ?? 0)")
    assert {urlsplit(url).netloc for url in asked} == {address}
    assert 10_000 < sum(sizes) < 300_000


@pytest.mark.parametrize(
    "browsers", ["", "delete globalThis.requestIdleCallback"], ids=["this one", "without idle time"]
)
def test_views_that_were_never_opened_open_where_the_service_is_gone(
    browser: Browser, live: Live, tmp_path: Path, browsers: str
) -> None:
    missing = {file.name for file in (routes.BUILT / "assets").glob("*.js")}

    def all_are_here(request: Request) -> bool:
        missing.discard(request.url.rpartition("/")[2])
        return not missing

    with visiting(browser, expected="ERR_CONNECTION_REFUSED|Failed to load|WebSocket") as page:
        page.add_init_script(browsers)
        with serving(live, data_dir=tmp_path) as address, page.expect_event("requestfinished", all_are_here):
            opened(page, address)
        page.get_by_role("link", name="Users").click()
        expect(page.locator("main")).to_contain_text("The service does not answer.")


def test_a_view_that_cannot_be_fetched_is_fetched_again(browser: Browser, live: Live, tmp_path: Path) -> None:
    with serving(live, data_dir=tmp_path) as address, visiting(browser, expected="ERR_FAILED|Failed") as page:
        page.route("**/assets/view-*.js", lambda route: route.abort(), times=1)
        opened(page, address)
        expect(page.locator(".gesture")).to_be_visible()


@pytest.mark.usefixtures("browser")  # which has the page built
def test_the_page_lets_nothing_else_run(live: Live, tmp_path: Path) -> None:
    with serving(live, data_dir=tmp_path) as address:
        answer = httpx.get(f"http://{address}/")
        names = re.findall(r"/assets/[^\"]+", answer.text)
        assets = [httpx.get(f"http://{address}{name}") for name in names]
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert len(assets) == 4
    assert all(asset.is_success and "immutable" in asset.headers["cache-control"] for asset in assets)


@pytest.mark.parametrize(
    "path", ["/assets/none.js", "/assets/%2e%2e/index.html", "/assets/..%2f..%2fbuild_page.py", "/assets/%00"]
)
def test_nothing_but_the_page_is_served(live: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    (tmp_path / "dist" / "assets").mkdir(parents=True)
    (tmp_path / "dist" / "index.html").write_text("page")
    (tmp_path / "build_page.py").write_text("secret")
    monkeypatch.setattr(routes, "BUILT", tmp_path / "dist")
    with serving(live, data_dir=tmp_path) as address:
        answer = httpx.get(f"http://{address}/assets/{path}")
    assert answer.status_code == 404
    assert "secret" not in answer.text


def test_without_a_page_the_way_to_one_is_told(live: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "BUILT", tmp_path)
    with serving(live, data_dir=tmp_path) as address:
        answers = [httpx.get(f"http://{address}{path}") for path in ("/", "/assets/index.js")]
    for answer in answers:
        assert answer.status_code == 404
        assert "make page" in answer.json()["detail"]
