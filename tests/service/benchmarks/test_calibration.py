"""The benchmark itself, small: a service of its own, a board, a calibration and two fits."""

import json
from pathlib import Path

from service.benchmarks.calibration import calibration


def test_it_tells_what_fits_cost_the_stream(tiny_model: Path, tmp_path: Path) -> None:
    calibration(str(tiny_model), fits=2, seconds=1.0, hold_s=1.5, json_file=tmp_path / "figures.json")
    told = json.loads((tmp_path / "figures.json").read_text())
    assert set(told["figures"]) == {"idle", "during fits"}
    assert 30 <= told["figures"]["idle"]["n"] <= 50  # 40 predictions a second
    assert told["figures"]["during fits"]["n"] > 0
    assert told["totals"]["fit, median s"] > 0
    assert told["totals"]["missing predictions"] == 0
