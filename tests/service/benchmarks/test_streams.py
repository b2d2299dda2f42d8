"""The benchmark itself with two streams."""

from service.benchmarks.streams import Load, streams


def test_two_streams_are_measured_with_both_kinds_of_chunks():
    report = streams("csae-simulated", (2,), 1.0)
    for load in ("2 streams, 5 ms chunks", "2 streams, 25 ms chunks"):
        assert 20 <= report.figures[load]["n"] <= 120  # both are heard: 40 a second, which may last longer
        assert 20 < report.totals[f"{load}: % of due"] < 106
        assert 0 < report.totals[f"{load}: % of one core each"] < 100
    assert report.figures["encoder, a batch of 64, per window"]["p50"] > 0
    assert not report.targets  # they are of 64


def test_the_sample_is_spread_over_the_streams():
    assert Load("m", 3, 5.0).sample == ["default", "stream-1", "stream-2"]
    assert Load("m", 64, 5.0).sample == ["default", *(f"stream-{number}" for number in range(8, 64, 8))]
