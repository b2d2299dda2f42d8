"""Sixteen channels through a real service; the model is made by PyTorch."""

import pytest

from service.benchmarks.latency import ARRIVAL, SHARE
from service.benchmarks.sixteen import sixteen


def test_sixteen_channels_are_served_every_ten_milliseconds():
    pytest.importorskip("torch")
    report = sixteen(1.0)
    assert 20 <= report.figures[ARRIVAL]["n"] <= 110
    assert 0 < report.totals[SHARE] < 200
    assert [target.figure for target in report.targets] == [SHARE]
