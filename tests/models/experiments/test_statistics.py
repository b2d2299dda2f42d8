import numpy as np
import pytest

from models.experiments.experiment import Fold, FoldResult, Score
from models.experiments.statistics import interval, notes_of, summarise


def of(subject, seed, f1, arm="ours"):
    return Score("6 gestures", arm, "2 trials", subject, seed, f1, f1, f1, 0.5)


def test_seeds_are_averaged_before_subjects_are_counted():
    (summary,) = summarise([of("S01", 0, 0.6), of("S01", 1, 0.8), of("S02", 0, 0.9), of("S02", 1, 0.9)])
    assert summary.subjects == pytest.approx({"S01": 0.7, "S02": 0.9})
    assert summary.mean == pytest.approx(0.8)
    assert summary.spread == pytest.approx(np.std([0.7, 0.9], ddof=1))
    assert (summary.worst, summary.seeds) == ("S01", 2)


def test_arms_are_kept_apart_in_the_order_of_their_scores():
    summaries = summarise([of("S01", 0, 0.5, "b"), of("S01", 0, 0.7, "a")])
    assert [(summary.arm, summary.mean) for summary in summaries] == [("b", 0.5), ("a", 0.7)]
    assert summaries[0].spread == 0


def test_the_interval_covers_the_mean_and_shrinks_with_agreement():
    wide, narrow = interval(np.array([0.1, 0.5, 0.9])), interval(np.array([0.45, 0.5, 0.55]))
    assert wide[0] < 0.5 < wide[1]
    assert narrow[1] - narrow[0] < wide[1] - wide[0]
    assert interval(np.array([0.4, 0.4])) == pytest.approx((0.4, 0.4))


def test_more_windows_or_seeds_do_not_narrow_the_interval():
    few = [of(f"S{n}", 0, n / 10) for n in range(1, 6)]
    many = [of(f"S{n}", seed, n / 10) for n in range(1, 6) for seed in range(20)]
    assert summarise(many)[0].interval == pytest.approx(summarise(few)[0].interval)


def result(noted, **settings):
    return FoldResult(Fold("f", settings), (), 1.0, "c", noted)


def test_notes_are_means_over_subjects_and_seeds_named_by_what_differs():
    results = [
        result({"r2": 0.9}, seed=0, epochs=3, sparsity=0.1),
        result({"r2": 0.7}, seed=1, epochs=3, sparsity=0.1),
        result({"r2": 0.5}, seed=0, epochs=3, sparsity=0.2),
        result({}, seed=0, epochs=3, sparsity=0.3),
    ]
    notes = notes_of(results)
    assert [(note.folds, note.count) for note in notes] == [("sparsity 0.1", 2), ("sparsity 0.2", 1)]
    assert notes[0].values == pytest.approx({"r2": 0.8})
    assert notes_of([]) == []


def test_a_note_of_one_seed_alone_keeps_its_value():
    notes = notes_of([result({"r2": 0.9, "control": 0.2}, seed=0), result({"r2": 0.7}, seed=1)])
    assert notes[0].values == pytest.approx({"r2": 0.8, "control": 0.2})
