"""The benchmark itself, with a hall in which some never read."""

from service.benchmarks.subscribers import subscribers


def test_a_hall_with_frozen_subscribers_is_measured():
    report = subscribers("csae-simulated", (1, 100), 1.0)
    hall = "100 subscribers beside 10 frozen ones"
    assert list(report.figures) == ["1 subscribers", hall]
    assert 10 <= report.figures["1 subscribers"]["n"] <= 44
    assert 500 <= report.figures[hall]["n"] <= 4400
    assert 0 <= report.totals[f"{hall}: % missing"] < 100
    assert {target.figure for target in report.targets} == set(report.figures)
