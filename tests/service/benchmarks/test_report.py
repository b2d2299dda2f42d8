"""What a report says of figures and targets."""

import json
from pathlib import Path

import numpy as np
import pytest

from service.benchmarks.report import HEADER, Report, brief, machine, markdown
from service.errors import ServiceError


@pytest.fixture
def report() -> Report:
    made = Report("speed", "milliseconds")
    made.add("bare", [1.0] * 100)
    made.add("ours", np.arange(101) / 10, over="bare")
    made.totals["share, %"] = 4.0
    return made


def test_percentiles_and_the_ratio_of_medians(report):
    assert report.figures["ours"] == pytest.approx({"p50": 5.0, "p95": 9.5, "p99": 9.9, "n": 101, "ratio": 5.0})


def test_an_empty_series_is_no_figure(report):
    with pytest.raises(ServiceError, match="nothing was measured for 'late'"):
        report.add("late", [])


def test_targets_are_met_up_to_their_limit(report):
    report.ask("ours", 9.9, "p99")
    report.ask("ours", 4.9, "p50")
    report.ask("share, %", 4.0, at_least=True)
    report.ask("share, %", 4.1, at_least=True)
    assert [(target.asked, target.met) for target in report.targets] == [
        ("p99 at most 9.9", True),
        ("p50 at most 4.9", False),
        ("at least 4", True),
        ("at least 4.1", False),
    ]


def test_a_row_is_met_when_all_its_targets_are(report):
    report.ask("ours", 9.9, "p99")
    report.ask("ours", 4.9, "p50")
    report.ask("share, %", 5.0)
    bare, ours, share = report.rows()
    assert bare == ("bare", "", "1 / 1 / 1", "", "")
    assert ours == ("ours", "p99 at most 9.9; p50 at most 4.9", "5 / 9.5 / 9.9", "5", "**no**")
    assert share == ("share, %", "at most 5", "4", "", "yes")


def test_markdown_keeps_its_columns():
    lines = markdown([("a|b", "", "1", "", "yes")]).splitlines()
    assert lines[0].count("|") == lines[1].count("|") == len(HEADER) + 1
    assert lines[2] == "| a\\|b |  | 1 |  | yes |"


def test_numbers_have_three_digits_and_no_powers():
    assert [brief(value) for value in (0.01234, 1.5, 99.96, 1234.5)] == ["0.0123", "1.5", "100", "1234"]


def test_json_says_where_it_was_measured(report, tmp_path, capsys):
    report.ask("share, %", 5.0)
    report.show(tmp_path / "figures.json")
    told = json.loads((tmp_path / "figures.json").read_text())
    assert told["targets"] == [{"figure": "share, %", "asked": "at most 5", "met": True}]
    assert set(told["machine"]) == set(machine())
    assert told["machine"]["cores"] >= 1
    assert "share, %, at most 5: met" in capsys.readouterr().out.replace("\n", " ")


def test_json_alone_goes_to_standard_output(report, capsys):
    report.show(Path("-"))
    assert json.loads(capsys.readouterr().out)["figures"].keys() == {"bare", "ours"}
