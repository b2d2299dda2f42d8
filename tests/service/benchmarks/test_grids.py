"""The cost of grids, from real streams of real models."""

from service.benchmarks.grids import GRIDS, NETWORKS, costs_ms, grids, untrained


def test_every_grid_and_network_is_measured_hop_by_hop():
    report = grids(0.2)
    assert len(report.figures) == len(GRIDS) * len(NETWORKS) == len(report.targets)
    for name, row in report.figures.items():
        assert row["n"] >= 10
        assert report.totals[f"{name}, share"] == 100 * row["p50"] / 20
    cheap, dear = (
        report.figures[f"128 channels, 2000 Hz, {network}"]["p50"] for network in ("embedded", "all-convnet")
    )
    assert dear > 2 * cheap


def test_a_stream_of_250_images_a_second_whatever_its_rate(tmp_path):
    spec = untrained("embedded", (16, 8), 2000.0, tmp_path).spec
    assert (spec.images.step, spec.hop, spec.window, spec.channels) == (8, 40, 80, 128)
    assert len(list(costs_ms(untrained("embedded", (4, 4), 1000.0, tmp_path), 0.1))) == 5
