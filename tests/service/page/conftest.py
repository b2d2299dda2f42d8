"""The browser for the tests of the page."""

from collections.abc import Iterator

import pytest
from browser import chromium
from playwright.sync_api import Browser


@pytest.fixture(scope="module")  # no longer: Playwright keeps an event loop in this thread, which other tests need
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running
