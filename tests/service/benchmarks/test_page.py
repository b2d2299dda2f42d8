"""What an open page costs, with a real browser; without one, why it was not measured."""

from pathlib import Path

import pytest
from browser import chromium

from service.benchmarks.page import FRAMES, KILOBYTES, LOADED, LOOKED_AT, RATIO, page
from service.errors import ServiceError


def test_a_page_is_opened_and_what_it_costs_is_told() -> None:
    pytest.importorskip("torch")
    with chromium():  # or the reason why not; it has the page built
        pass
    report = page(1, 1.0)
    assert report.figures[LOOKED_AT]["n"] >= 20
    assert report.totals[FRAMES] > 1
    assert 10 < report.totals[KILOBYTES] < 1000
    assert {target.figure for target in report.targets} == {RATIO, FRAMES, LOADED, KILOBYTES}


def test_without_a_browser_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServiceError, match="no browser here: apt-get install chromium"):
        page(1, 1.0)
