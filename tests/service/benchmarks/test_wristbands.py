"""The cost of text and events, from real streams of real networks."""

from pathlib import Path

from service.benchmarks.wristbands import CHUNK_MS, NETWORKS, costs_ms, untrained, wristbands


def test_every_network_is_measured_chunk_by_chunk() -> None:
    report = wristbands(0.2)
    assert len(report.figures) == len(NETWORKS) == len(report.targets)
    for name, row in report.figures.items():
        assert row["n"] == 5
        assert report.totals[f"{name}, share"] == 100 * row["p50"] / CHUNK_MS
        assert row["p50"] > 0.1  # more than nothing was done


def test_the_first_second_does_not_count(tmp_path: Path) -> None:
    assert len(list(costs_ms(untrained("events", 1, tmp_path), 0.4))) == 10
