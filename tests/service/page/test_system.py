"""The system on the page: how the service is, and tokens, the first of which closes it."""

import re
from pathlib import Path

import httpx
import numpy as np
import pytest
from browser import violations, visiting
from playwright.sync_api import Browser, Page, Route, expect
from serving import PATIENCE_S, HandFedSource, serving

from service.live import Live
from service.security.scopes import Scope
from service.security.tokens import FILE, Tokens

REFUSED = "40[13]|Failed to load"


def opened(page: Page, address: str) -> None:
    page.goto(f"http://{address}/#/system")
    expect(page.get_by_role("heading", name="Palmaris")).to_be_visible()


def enter(page: Page, secret: str) -> None:
    page.get_by_label("Access token", exact=True).fill(secret)
    page.get_by_role("button", name="Enter").click()


def test_the_numbers_are_those_of_the_service(
    browser: Browser, live: Live, source: HandFedSource, signal: np.ndarray, tmp_path: Path
) -> None:
    with serving(live, data_dir=tmp_path) as address, visiting(browser) as page:
        source.feed(signal[:1000])
        opened(page, address)
        service = page.get_by_role("region", name="Service")
        expect(service).to_contain_text(re.compile(r"GB of \d"))
        expect(service).to_contain_text("not needed so far")
        stream = page.get_by_role("region", name="Stream default")
        expect(stream).to_contain_text("0 (0.0 %), 0 gaps")
        source.feed(signal)
        expect(stream).to_contain_text(re.compile("Computinghalf below .* ms, 99 of 100 below .* ms"))
        expect(stream.get_by_role("img", name=re.compile(r"Predictions a second.*: \d"))).to_be_visible()
        httpx.get(f"http://{address}/v1/users", timeout=PATIENCE_S)
        expect(service).to_contain_text(re.compile("Databaseanswers"))
        page.get_by_text("All numbers").click()
        expect(page.get_by_role("row", name=re.compile("palmaris_stream_samples_total default"))).to_contain_text(
            "5000"
        )


def test_the_first_token_closes_the_service_and_the_page_asks_for_it(
    browser: Browser, live: Live, tmp_path: Path
) -> None:
    with serving(live, data_dir=tmp_path) as address, visiting(browser, expected=REFUSED) as page:
        opened(page, address)
        page.get_by_role("button", name="New token").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("It closes the service")
        dialog.get_by_label(re.compile("^Name")).fill("chief")
        dialog.get_by_role("button", name="Make the token").click()
        shown = dialog.get_by_role("textbox", name="The token, shown only now")
        expect(shown).to_be_focused()
        secret = shown.input_value()
        assert Tokens(tmp_path / FILE).find(secret) is not None
        page.keyboard.press("Escape")
        expect(shown).to_be_visible()
        assert not violations(page)
        dialog.get_by_role("button", name="I have kept it").click()
        enter(page, secret)
        expect(page.get_by_role("row", name=re.compile(r"^chief \(this page\)"))).to_be_visible()
        assert secret not in page.content()
        page.get_by_role("button", name="Revoke: chief").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("It is the token of this page")
        dialog.get_by_role("button", name="Revoke").click()
        expect(dialog.get_by_role("alert")).to_contain_text("make another one first")


def test_a_token_is_made_for_somebody_and_revoked(browser: Browser, live: Live, tmp_path: Path) -> None:
    tokens = Tokens(tmp_path / FILE)
    chief = tokens.create("chief", frozenset({Scope.ADMIN}))
    with serving(live, data_dir=tmp_path) as address, visiting(browser, expected=REFUSED) as page:
        opened(page, address)
        enter(page, chief)
        page.get_by_role("button", name="New token").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).not_to_contain_text("closes")
        dialog.get_by_label(re.compile("^Name")).fill("wrist")
        dialog.get_by_label("Valid for").select_option("30 days")
        dialog.get_by_role("button", name="Make the token").click()
        secret = dialog.get_by_role("textbox", name="The token, shown only now").input_value()
        dialog.get_by_role("button", name="I have kept it").click()
        expect(page.get_by_role("row", name=re.compile("^wrist subscribe"))).to_be_visible()
        found = tokens.find(secret)
        assert found is not None
        assert found.scopes == (Scope.SUBSCRIBE,)
        assert found.expires is not None
        page.get_by_role("button", name="Revoke: wrist").click()
        page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        expect(page.get_by_text("The token wrist is revoked.")).to_be_visible()
        expect(page.get_by_role("heading", name="Access tokens")).to_be_focused()
        expect(page.get_by_role("row", name=re.compile("^wrist"))).to_have_count(0)
        assert tokens.find(secret) is None


def test_who_enters_a_token_before_everything_was_refused_is_let_in_everywhere(
    browser: Browser, live: Live, tmp_path: Path
) -> None:
    chief = Tokens(tmp_path / FILE).create("chief", frozenset({Scope.ADMIN}))
    slow: list[Route] = []
    with serving(live, data_dir=tmp_path) as address, visiting(browser, expected=REFUSED) as page:
        page.route("**/v1/system", lambda route: slow.append(route), times=1)  # the first answer is not there yet
        opened(page, address)
        enter(page, chief)
        expect(page.get_by_role("button", name="New token")).to_be_enabled()
        slow[0].continue_()
        expect(page.get_by_role("row", name=re.compile(r"^chief \(this page\)"))).to_be_visible()


def test_who_is_no_admin_is_told_so(browser: Browser, live: Live, tmp_path: Path) -> None:
    secret = Tokens(tmp_path / FILE).create("wrist", frozenset({Scope.SUBSCRIBE}))
    with serving(live, data_dir=tmp_path) as address, visiting(browser, expected=REFUSED) as page:
        opened(page, address)
        enter(page, secret)
        expect(page.get_by_text("Only a token with the scope admin")).to_be_visible()
        expect(page.get_by_role("region", name="Service")).to_be_visible()
        expect(page.get_by_role("button", name="New token")).to_have_count(0)


@pytest.mark.parametrize(("scheme", "locale"), [("light", "en-GB"), ("dark", "de-DE")])
def test_axe_finds_nothing(browser: Browser, live: Live, tmp_path: Path, scheme: str, locale: str) -> None:
    with serving(live, data_dir=tmp_path) as address, visiting(browser, color_scheme=scheme, locale=locale) as page:
        opened(page, address)
        expect(page.locator(".system .spark").first).to_be_visible()
        page.locator("summary").click()
        assert not violations(page)
        page.set_viewport_size({"width": 768, "height": 1024})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.locator(".system .full > button").click()
        assert not violations(page)
