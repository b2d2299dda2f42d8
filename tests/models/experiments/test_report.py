import json
from xml.etree import ElementTree as ET

from models.experiments.experiment import Fold, FoldResult, Score
from models.experiments.report import figure, note_rows, write_report
from models.experiments.statistics import Notes, summarise

RESULTS = [
    FoldResult(
        Fold(subject, {"subject": subject}),
        tuple(
            Score(table, arm, condition, subject, 0, f1, f1, f1)
            for table in ("6 gestures", "10 gestures")
            for arm in ("control", "a < b & c")
            for condition in ("1 trial", "2 trials")
        ),
        12.0,
        "abc",
    )
    for subject, f1 in (("S01", 0.7), ("S02", 0.8))
]


def test_the_json_holds_every_score_and_its_summary(tmp_path):
    summaries = write_report("study", "Why?", RESULTS, tmp_path)
    story = json.loads((tmp_path / "study.json").read_text())
    assert len(story["summaries"]) == len(summaries) == 8
    assert sum(len(fold["scores"]) for fold in story["folds"]) == 16
    assert (story["commits"], story["core_seconds"]) == (["abc"], 24.0)


def test_the_figure_is_svg_with_a_curve_per_table_and_arm():
    scores = [score for result in RESULTS for score in result.scores]
    root = ET.fromstring(figure("Why & how?", summarise(scores)))  # noqa: S314
    curves = [node for node in root.iter() if node.tag.endswith("polyline")]
    assert len(curves) == 4
    text = [node.text for node in root.iter() if node.tag.endswith("text")]
    assert text[0] == "Why & how?"
    assert text.count("a < b & c") == 2


def test_a_better_score_is_drawn_higher():
    good, bad = (Score("t", "a", condition, "S01", 0, f1, f1, f1) for condition, f1 in (("1", 0.9), ("2", 0.5)))
    root = ET.fromstring(figure("?", summarise([good, bad])))  # noqa: S314
    heights = [float(node.get("cy")) for node in root.iter() if node.tag.endswith("circle")]
    assert heights[0] < heights[1]


def test_notes_go_down_a_table_where_there_are_more_of_them_than_kinds_of_folds(tmp_path):
    many, few = Notes("set a", 7, {"FID": 3.726, "CAS": 1.0, "LOF": 1.05}), Notes("set b", 2, {"FID": 6.4})
    assert note_rows([many, few]) == [
        ("", "set a (7)", "set b (2)"),
        ("FID", "3.726", "6.4"),
        ("CAS", "1", ""),
        ("LOF", "1.05", ""),
    ]
    assert note_rows([few, few]) == [("", "FID"), ("set b (2)", "6.4"), ("set b (2)", "6.4")]


def test_intervals_of_differences_can_be_told_from_their_signs(tmp_path):
    worse = [Score("gain", "a", "1 trial", name, 0, f1, f1, f1) for name, f1 in (("S01", -0.2), ("S02", -0.1))]
    noted = FoldResult(Fold("S01", {"subject": "S01"}), tuple(worse), 1.0, "abc", {"FID": 2.0, "CAS": 0.5})
    write_report("study", "Why?", [noted], tmp_path)
    told = (tmp_path / "study.md").read_text()
    assert "-0.200 to -0.100" in told
    assert "| FID | 2 |" in told
