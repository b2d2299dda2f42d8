"""The benchmark itself, small: a service of its own, measured for a second."""

import pytest
from tiny_grid import write_tiny_grid

from service.benchmarks.latency import ALONE, ARRIVAL, SHARE, latency


@pytest.fixture(scope="module")
def report():
    return latency("csae-simulated", 1.5)


def test_every_part_of_the_way_has_a_figure(report):
    bare = ["bare model, in a loop", "bare model, once a hop"]
    assert list(report.figures) == [*bare, "wait", "compute", "delivery", ARRIVAL]
    assert 15 <= report.figures[ARRIVAL]["n"] <= 66  # 40 predictions a second, fewer where the machine is busy
    assert 0 < report.figures["compute"]["p50"] < report.figures[ARRIVAL]["p99"]
    assert report.figures["wait"]["p50"] < report.figures[ARRIVAL]["p50"]


def test_costs_are_sane_and_compared_with_what_was_asked(report):
    assert 0 < report.totals[SHARE] < 200
    assert 0 < report.totals[ALONE] < 200
    assert 50 < report.totals["peak memory of the service, MB"] < 1000
    assert [target.figure for target in report.targets] == [ARRIVAL, ARRIVAL, SHARE]


def test_a_model_of_images_is_measured_on_a_grid_of_its_own(tmp_path):
    report = latency(str(write_tiny_grid(tmp_path)), 1.5)
    assert report.conditions["source"] == "recorded noise on 4 x 4 electrodes, chunks of 5 ms"
    assert 15 <= report.figures[ARRIVAL]["n"] <= 80
    assert report.figures["bare model, in a loop"]["p50"] > 0
