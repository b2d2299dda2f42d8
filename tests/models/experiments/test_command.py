"""``palmaris experiment`` as its users meet it."""

import json


def test_the_table_is_printed_and_json_and_figure_are_written(palmaris, quick_results, small_khushaba):
    out, results = quick_results
    code, said, _ = palmaris("experiment", "user-heads", "--data", small_khushaba, "--out", out, "--quick")
    assert code == 0
    assert "control: LDA" in said
    assert "these scores mean nothing" in said
    story = json.loads((out / "user-heads.json").read_text())
    assert len(story["folds"]) == len(results)
    assert (out / "user-heads.svg").read_text().startswith("<svg")


def test_an_unknown_experiment_is_one_line_and_an_exit_code(palmaris, small_khushaba, tmp_path):
    code, said, error = palmaris("experiment", "nonsense", "--data", small_khushaba, "--out", tmp_path)
    assert code
    assert said == ""
    assert error.count("\n") == 1
    assert "user-heads" in error


def test_a_folder_without_recordings_is_one_line(palmaris, tmp_path):
    code, _, error = palmaris("experiment", "user-heads", "--data", tmp_path, "--out", tmp_path)
    assert code
    assert "give the folder" in error
