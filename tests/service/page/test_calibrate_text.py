"""Sentences and acts are prompted in a real browser, on whose keyboard the user types while the page listens."""

from pathlib import Path

import pytest
import tiny_sequence_model
from band import TYPING, Band, Typist, band_stream
from browser import violations, visiting
from clinic import Clinic
from playwright.sync_api import Browser, Page, Request, expect
from serving import serving, wait_for_samples

from service.live import Live

FIT_MS = 60_000
EVENTS = {"user": "p-17", "gestures": ["index", "thumb_up"], "repetitions": 1, "hold_s": 3}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that types a, b and c, one of events, and one of a wrist."""
    folder = tmp_path_factory.mktemp("models")
    for name in ("small", "wrist"):
        tiny_sequence_model.write(name, folder)
    tiny_sequence_model.write_lively_events(folder)
    return folder


def of(models: Path, name: str, band: Band) -> Live:
    return band_stream(models / f"{name}.onnx", band)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def percent(share: float) -> str:
    return f"{int(100 * share + 0.5)} %"


def orders(page: Page) -> list[str]:
    """What the page orders of a calibration from now on, as it does it."""
    given: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST" and "/calibrations/" in request.url:
            given.append(request.url.rsplit("/", 1)[1])

    page.on("request", note)
    return given


def is_order(request: Request) -> bool:
    return request.method == "POST" and request.url.endswith("/v1/calibrations")


def test_sentences_of_the_users_own_from_the_form_to_the_layer_in_use(
    browser: Browser, models: Path, band: Band, typist: Typist, tmp_path: Path
) -> None:
    live = of(models, "small", band)
    with serving(live, data_dir=tmp_path) as address, visiting(browser) as page:
        page.goto(f"http://{address}/#/calibrate")
        page.get_by_label("Pseudonym").fill("p-17")
        page.get_by_role("radio", name="Sentences of your own").check()
        expect(page.get_by_text("Write at least one sentence.")).to_be_visible()
        page.get_by_label("One sentence in each line").fill("abc\n cabac \n\n")
        page.get_by_text("More", exact=True).click()
        for label, value in {"For a sentence": "8", "Relax": "0.5", "Get ready": "0.5"}.items():
            page.get_by_label(label).fill(value)
        expect(page.locator(".order li")).to_have_text(["“abc”", "“cabac”"])
        expect(page.locator(".length")).to_have_text("2 trials, about 20 seconds at most")
        assert not violations(page)
        press(page, "Start the calibration")
        expect(page.locator(".prompt.check")).to_be_visible()
        clinic, calibration = Clinic(address), page.url.rsplit("/", 1)[1]
        ordered = orders(page)
        with clinic.watching(calibration) as watcher:
            for sentence in ("abc", "cabac"):
                watcher.follow_to(typist, "hold")
                expect(page.locator(".prompt.hold .sentence")).to_have_text(sentence)
                expect(page.locator("[aria-live=assertive]")).to_have_text(f"Type “{sentence}” and press Enter.")
                expect(page.get_by_role("button", name="Done")).to_be_focused()
                page.keyboard.type("rs r s")  # on the same keyboard: neither shortcuts nor a pressed button
                typist.give(sentence, 2.5)
                wait_for_samples(live, sum(map(len, typist.given)))
                page.keyboard.press("Enter")
                watcher.until("trial_kept")
                page.keyboard.type("s r")  # and not when it is over, either
                typist.give("", 0.6)  # until told to relax is over
            told = watcher.follow(typist)["report"]
        assert ordered == ["done", "done"]
        expect(page.get_by_role("heading", name="The head is ready")).to_be_focused(timeout=FIT_MS)
        wrong = page.get_by_role("region", name="Keys that were wrong")
        for errors in (told["everybodys"], told["after"]):
            expect(wrong).to_contain_text(percent(errors["wrong"]["value"]))
        expect(page.get_by_role("article")).to_contain_text("8 keys in 2 pieces of signal")
        press(page, "Try the new head")
        expect(page.locator(".try .typed")).to_be_visible()
        assert not violations(page)
        press(page, "Accept the head")
        expect(page.get_by_role("heading", name="Version 1 is the head of p-17.")).to_be_focused()


@pytest.mark.parametrize(
    ("locale", "doubtful", "why"),
    [
        ("en-GB", "Doubtful: “cabac”.", "much less muscle activity than so many keys take"),
        ("de-DE", "Zweifelhaft: „cabac“.", "viel weniger aktiv, als so viele Tasten brauchen"),
    ],
)
def test_a_doubtful_sentence_is_asked_for_again_at_a_press(
    browser: Browser, models: Path, band: Band, typist: Typist, tmp_path: Path, locale: str, doubtful: str, why: str
) -> None:
    with serving(of(models, "small", band), data_dir=tmp_path) as address, visiting(browser, locale=locale) as page:
        clinic = Clinic(address)
        calibration = clinic.begin(**(TYPING | {"gestures": ["cabac", "abc"], "rest_s": 5}))
        page.goto(f"http://{address}/#/calibrate/{calibration}")
        with clinic.watching(calibration) as watcher:
            watcher.follow_to(typist, "hold")
            expect(page.locator(".prompt.hold")).to_be_visible()
            typist.give("ca", 2)
            expect(page.locator(".told .doubt")).to_contain_text(doubtful)
            expect(page.locator(".told")).to_contain_text(why)
            assert not violations(page)
            press(page, "Again" if locale == "en-GB" else "Noch einmal")
            expect(page.locator(".told .doubt")).to_have_count(0)
            watcher.until("refused")
            typist.give("", 5)  # until told to relax is over
            assert watcher.follow_to(typist, "hold")["trial"]["gesture"] == "cabac"


def test_sentences_of_ours_are_left_to_the_service(browser: Browser, models: Path, band: Band, tmp_path: Path) -> None:
    with serving(of(models, "small", band), data_dir=tmp_path) as address, visiting(browser) as page:
        page.goto(f"http://{address}/#/calibrate")
        page.get_by_label("Pseudonym").fill("p-17")
        with page.expect_request(is_order) as sent:
            press(page, "Start the calibration")
        assert sent.value.post_data_json == {"user": "p-17", "stream": "default", "gestures": None, "add": False}
        expect(page.locator(".prompt.check")).to_be_visible()


def test_acts_are_asked_for_in_words_and_done_at_a_press(
    browser: Browser, models: Path, band: Band, typist: Typist, tmp_path: Path
) -> None:
    with serving(of(models, "events", band), data_dir=tmp_path) as address, visiting(browser) as page:
        page.goto(f"http://{address}/#/calibrate")
        expect(page.locator(".acts li")).to_have_text(["index finger: press, let go", "thumb up"])
        clinic = Clinic(address)
        calibration = clinic.begin(**(TYPING | EVENTS))
        page.goto(f"http://{address}/#/calibrate/{calibration}")
        ordered = orders(page)
        with clinic.watching(calibration) as watcher:
            watcher.follow_to(typist, "hold")
            expect(page.locator(".prompt.hold .say")).to_have_text("index finger: press, let go")
            expect(page.locator(".next")).to_have_text("Next: thumb up")
            typist.give("", 1.5)
            watcher.until("prompt")
            page.locator("h1").click()  # wherever the focus is
            page.keyboard.press("Enter")
            expect(page.locator(".told")).to_contain_text("Nothing was done in 3 s")
            expect(page.locator(".told")).to_contain_text("This one does not count: index finger: press, let go.")
            watcher.follow_to(typist, "hold")
            page.keyboard.press("s")
            expect(page.locator(".progress")).to_have_text("Trial 2 of 2")
        assert ordered == ["done", "skip"]


def test_of_speeds_nothing_is_asked(browser: Browser, models: Path, band: Band, tmp_path: Path) -> None:
    with serving(of(models, "wrist", band), data_dir=tmp_path) as address, visiting(browser) as page:
        page.goto(f"http://{address}/#/calibrate")
        expect(page.get_by_text("There is nothing to calibrate")).to_be_visible()
        expect(page.get_by_role("button", name="Start the calibration")).to_have_count(0)


@pytest.mark.parametrize(("scheme", "locale"), [("light", "en-GB"), ("dark", "de-DE")])
@pytest.mark.parametrize(("model", "order"), [("small", TYPING), ("events", EVENTS)])
def test_axe_finds_nothing_and_nothing_sticks_out(
    browser: Browser,
    models: Path,
    band: Band,
    typist: Typist,
    tmp_path: Path,
    model: str,
    order: dict[str, object],
    scheme: str,
    locale: str,
) -> None:
    with (
        serving(of(models, model, band), data_dir=tmp_path) as address,
        visiting(browser, color_scheme=scheme, locale=locale) as page,
    ):
        clinic = Clinic(address)
        calibration = clinic.begin(**(TYPING | order))
        page.goto(f"http://{address}/#/calibrate/{calibration}")
        with clinic.watching(calibration) as watcher:
            watcher.follow_to(typist, "hold")
            expect(page.locator(".prompt.hold")).to_be_visible()
            for width, height in ((1280, 720), (768, 1024)):
                page.set_viewport_size({"width": width, "height": height})
                assert not violations(page)
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
