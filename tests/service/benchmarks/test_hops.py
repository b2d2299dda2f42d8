"""The curve of costs, from real windows of a real model."""

import pytest

from service.benchmarks.hops import HOPS_MS, hops
from service.errors import ServiceError


def test_every_hop_is_measured_both_ways_and_exactly():
    report = hops("csae-simulated", 0.25)
    assert list(report.figures) == [f"{hop:g} ms, {way}" for hop in HOPS_MS for way in ("windowed", "shared")]
    assert report.figures["5 ms, shared"]["n"] == 51
    assert report.totals["largest difference"] <= 1e-5
    assert report.totals["windowed, 25 times as many windows cost times"] > 5
    assert [target.met for target in report.targets] == [True]


def test_a_model_whose_windows_share_nothing_is_refused():
    with pytest.raises(ServiceError, match="share nothing"):
        hops("csae-khushaba-6", 0.25)
