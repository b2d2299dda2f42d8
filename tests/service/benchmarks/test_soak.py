"""A soak of some seconds, and what its verdict rests on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.benchmarks.soak import CLOSED, GROWTH, LATENCY, MEMORY, MISSING, TWICE, growth_percent, soak
from service.errors import ServiceError


def test_a_short_soak_with_a_recording_and_visitors():
    report = soak("csae-simulated", 3.5, look_s=0.25)
    assert report.figures[MEMORY]["n"] == 12
    assert 60 <= report.figures[LATENCY]["n"] <= 290  # two streams
    assert report.totals[TWICE] == report.totals[CLOSED] == 0
    assert [target.figure for target in report.targets] == [GROWTH, MISSING, TWICE, CLOSED]


def test_too_short_is_refused():
    with pytest.raises(ServiceError, match="too short"):
        soak("csae-simulated", 0.5, look_s=0.25)


@given(st.floats(-5, 5), st.integers(0, 19), st.floats(-50, 50))
def test_growth_is_the_slope_whatever_one_outlier_says(percent, where, outlier):
    hours = np.arange(20) / 720
    memory = 200 * (1 + percent / 100 * (hours - hours.mean()))
    memory[where] += outlier
    assert growth_percent(hours, memory) == pytest.approx(percent, abs=0.7)
