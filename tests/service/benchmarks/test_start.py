"""One start, measured."""

from service.benchmarks.start import BARE, FIRST, MEMORY, start


def test_one_start():
    report = start("csae-simulated", 1)
    assert 0 < report.figures[BARE]["p50"] < report.figures[FIRST]["p50"]
    assert 50 < report.totals[MEMORY] < 1000
    assert [target.figure for target in report.targets] == [FIRST, MEMORY]
