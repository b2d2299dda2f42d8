"""One table of many reports, and what happens when one cannot be measured."""

import json

from service.benchmarks.hops import hops
from service.benchmarks.offline import offline
from service.benchmarks.suite import benches, run_all


def test_what_is_measured_is_told_and_what_is_not_has_its_reason(tmp_path, capsys):
    chosen = {
        "offline": lambda: offline("csae-simulated", 1.0, 1),
        "hops": lambda: hops("csae-khushaba-6", 1.0),  # its windows share nothing
    }
    run_all(chosen, tmp_path / "all.json", tmp_path / "all.md")
    told = json.loads((tmp_path / "all.json").read_text())
    assert [report["name"] for report in told["reports"]] == ["offline"]
    assert "share nothing" in told["not measured"]["hops"]
    assert {"before", "after"} <= set(told)
    page = (tmp_path / "all.md").read_text()
    assert "| offline: times real time | p50 at least 100 |" in page
    assert "hops: not measured: the windows of csae-khushaba-6 share nothing" in page
    assert "not measured" in capsys.readouterr().err


def test_quick_and_full_are_the_same_benchmarks():
    assert list(benches(quick=True)) == list(benches(quick=False))
