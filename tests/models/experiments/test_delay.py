import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.experiments.catalogue import experiment
from models.experiments.delay import HOPS_MS, Answers, answers_within, smoothed
from models.pipeline.decision import DecisionSpec, DecisionStage


def live(rows, trial, n):
    """The decisions of the live path's stage, begun afresh with each trial."""
    stage, answers = DecisionStage(DecisionSpec(smoothing=n)), []
    for at, row in enumerate(rows):
        if at and trial[at] != trial[at - 1]:
            stage.reset()
        answers.append(stage(row).gesture)
    return answers


@given(st.lists(st.integers(1, 30), min_size=1, max_size=4), st.integers(1, 40), st.integers(0, 99))
def test_smoothing_decides_as_the_live_path_does(sizes, n, seed):
    trial = np.repeat(np.arange(len(sizes)), sizes)
    rows = np.random.default_rng(seed).standard_normal((len(trial), 4)).astype(np.float32)
    assert smoothed(rows, trial, n).argmax(axis=1).tolist() == live(rows, trial, n)


@pytest.mark.parametrize(
    ("limit_ms", "window_ms", "hop_ms", "n"),
    [(125, 250, 25, 1), (124, 250, 25, 0), (200, 250, 25, 7), (199, 250, 25, 6), (200, 100, 5, 61), (200, 250, 125, 2)],
)
def test_as_many_answers_as_the_delay_allows(limit_ms, window_ms, hop_ms, n):
    assert answers_within(limit_ms, window_ms, hop_ms) == n
    if n:
        assert window_ms / 2 + (n - 1) * hop_ms / 2 <= limit_ms < window_ms / 2 + n * hop_ms / 2


def test_a_longer_hop_uses_every_so_many_answers_of_each_trial():
    wrong, right = [0.0, -5.0], [-5.0, 0.0]
    rows = np.array([right, wrong, wrong, wrong, wrong, right, right], np.float32)
    answers = Answers("", 100, rows, np.ones(7, np.int64), np.array([0, 0, 0, 0, 0, 1, 1]))
    assert HOPS_MS[0] == 5
    assert answers.decide(25, 1)[1] == 1  # the first of either trial
    assert answers.decide(5, 1)[1] == pytest.approx(3 / 7)


def test_tables_of_hops_and_limits_cover_every_arm(small_khushaba, tmp_path):
    study = experiment("delay")
    fold = study.folds(small_khushaba, True)[0]
    scores = study.compute(fold, small_khushaba, tmp_path / "folds" / "a.work").scores
    cells = {(score.table, score.arm, score.condition) for score in scores}
    assert len(cells) == len(scores) == 2 * 2 * 2 * (1 + 4 + 5)  # 100 ms are too short for a window of 250
    hops = [s for s in scores if s.table == "6 gestures, 4 trials, within 200 ms"]
    assert {s.condition for s in hops} == {f"every {hop} ms" for hop in HOPS_MS}
    assert min(s.macro_f1 for s in hops) > 0.5
