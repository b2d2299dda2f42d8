import os
import re

import pytest

from models.checkout import commit
from models.errors import DatasetError
from models.experiments.catalogue import experiment
from models.experiments.runner import fingerprint, run_folds

NAME = "user-heads"


@pytest.fixture
def folds(small_khushaba):
    return experiment(NAME).folds(small_khushaba, True)


def test_results_come_in_the_order_of_the_folds(quick_results, folds):
    assert [result.fold for result in quick_results[1]] == folds


def test_what_is_there_is_not_computed_again(quick_results, small_khushaba, folds):
    out, results = quick_results
    before = {path: path.stat().st_mtime_ns for path in (out / "folds").glob("*.json")}
    assert len(before) == 2
    seen = []
    assert run_folds(NAME, small_khushaba, out, 1, folds, seen.append) == results
    assert seen == results
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_fold_that_is_missing_is_computed_alone_and_comes_out_the_same(
    quick_results, small_khushaba, folds, tmp_path
):
    out, results = quick_results
    (tmp_path / "folds").mkdir()
    (kept,) = (out / "folds").glob(f"{folds[0].name}*.json")
    os.link(kept, tmp_path / "folds" / kept.name)
    again = run_folds(NAME, small_khushaba, tmp_path, 1, folds, lambda _: None)
    assert again[0] == results[0]
    assert [s.macro_f1 for s in again[1].scores] == [s.macro_f1 for s in results[1].scores]


def test_a_damaged_result_is_named(small_khushaba, folds, tmp_path):
    place = tmp_path / "folds" / f"{folds[0].key(NAME, fingerprint(small_khushaba))}.json"
    place.parent.mkdir()
    place.write_text('{"fold": ')
    with pytest.raises(DatasetError, match="remove it"):
        run_folds(NAME, small_khushaba, tmp_path, 1, folds, lambda _: None)


def test_other_recordings_are_another_fingerprint(small_khushaba, tmp_path):
    for file in small_khushaba.glob("*.npz"):
        os.link(file, tmp_path / file.name)
    assert fingerprint(tmp_path) == fingerprint(small_khushaba)
    (tmp_path / "S03.npz").unlink()
    assert fingerprint(tmp_path) != fingerprint(small_khushaba)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="no recordings"):
        fingerprint(tmp_path)


def test_results_name_their_commit(quick_results):
    named = re.compile(r"[0-9a-f]{7,40}\+?|unknown")
    assert all(named.fullmatch(found) for found in (commit(), *(result.commit for result in quick_results[1])))


def test_recordings_that_are_no_npz_have_a_fingerprint_of_their_own(tmp_path):
    (tmp_path / "a.dat").write_bytes(b"1")
    with pytest.raises(DatasetError, match=r"no recordings \(\*\.npz, "):
        fingerprint(tmp_path)
    before = fingerprint(tmp_path, "*.dat")
    (tmp_path / "a.dat").write_bytes(b"2")
    assert fingerprint(tmp_path, "*.dat") != before


def test_files_of_matlab_in_any_folder_are_data_too(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "001-001-001.mat").write_bytes(b"1")
    first = fingerprint(tmp_path)
    (tmp_path / "a" / "b" / "001-001-001.mat").write_bytes(b"2")
    assert fingerprint(tmp_path) != first
