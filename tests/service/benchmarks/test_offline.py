"""The benchmark itself on a few seconds of signal."""

import pytest

from service.benchmarks.offline import BARE, SPEED, offline


def test_the_parts_make_the_whole():
    report = offline("csae-simulated", 3.0, repetitions=2)
    assert list(report.figures) == [BARE, SPEED]
    assert 0 < report.figures[SPEED]["p50"] < report.figures[BARE]["p50"]
    assert set(report.totals) == {"encoder, %", "head, %", "filter, %", "all else, %"}
    assert sum(report.totals.values()) == pytest.approx(100)
    assert report.totals["encoder, %"] > report.totals["head, %"] > 0
