import numpy as np
import pytest
import torch

from models.experiments.csae_parts import CONTROL
from models.experiments.experiment import Fold, Score
from models.experiments.growing_head import Seen
from models.experiments.incremental import (
    BEFORE,
    CONDITIONS,
    EXEMPLARS,
    EXPERIMENT,
    JOINT,
    MIXTURES,
    REHEARSALS,
    exemplars,
    f1,
    transfers,
    widened,
)
from models.networks.csae import FEATURES, mlp


@pytest.fixture(scope="module")
def outcome(small_khushaba, tmp_path_factory):
    (fold,) = EXPERIMENT.folds(small_khushaba, True)
    long_enough_to_forget = Fold(fold.name, {**fold.settings, "tuning": 40})
    return EXPERIMENT.compute(long_enough_to_forget, small_khushaba, tmp_path_factory.mktemp("incremental"))


def test_every_arm_has_every_column_for_every_subject(outcome):
    cells = [(score.arm, score.condition, score.subject) for score in outcome.scores]
    grown = (CONTROL, *REHEARSALS, *MIXTURES)
    expected = {(arm, condition) for arm in (*grown, JOINT) for condition in CONDITIONS}
    expected |= {(arm, BEFORE) for arm in grown}
    assert sorted(cells) == sorted((*cell, subject) for cell in expected for subject in ("S01", "S02", "S03"))


def test_without_rehearsal_the_old_gestures_are_forgotten(outcome):
    alone, _, everything = (
        np.mean([s.macro_f1 for s in outcome.scores if (s.arm, s.condition) == (arm, "old six, after")])
        for arm in REHEARSALS
    )
    assert alone < 0.1
    assert everything > alone + 0.2


def test_notes_hold_the_backward_transfer_of_arms_with_a_before(outcome):
    named = {name.removeprefix("backward transfer, ") for name in outcome.notes if name.startswith("backward")}
    assert named == {CONTROL, *REHEARSALS, *MIXTURES}


def test_backward_transfer_is_after_less_before_over_subjects():
    def of(condition, subject, value):
        return Score("t", "arm", condition, subject, 0, value, value, value)

    scores = [of(BEFORE, "S01", 0.9), of(BEFORE, "S02", 0.7), of("old six, after", "S01", 0.6)]
    scores += [of("old six, after", "S02", 0.8), of("all ten", "S01", 0.1)]
    assert transfers(scores) == pytest.approx({"backward transfer, arm": -0.1})


def test_a_widened_mlp_answers_as_before_among_the_old_gestures():
    known, x = mlp(6).eval(), torch.randn(50, FEATURES)
    wide = widened(known, 10)
    assert wide(x).shape == (50, 10)
    assert torch.allclose(wide(x)[:, :6], known(x), atol=1e-6)
    wide[0].weight.data.zero_()
    assert known[0].weight.abs().sum() > 0


def test_exemplars_are_few_of_each_old_gesture_and_person_and_all_new_windows():
    y = np.repeat(np.arange(10), 200)
    person = np.tile(np.repeat(["S01", "S02"], 100), 10)
    kept = exemplars(Seen(np.arange(2000, dtype=np.float32)[:, np.newaxis], y, person))
    assert np.array_equal(np.bincount(kept.y), np.full(10, 200))
    for gesture in range(10):
        for name in ("S01", "S02"):
            own = np.unique(kept.x[(kept.y == gesture) & (kept.person == name)])
            assert len(own) == (EXEMPLARS if gesture < 6 else 100)
    first = np.unique(kept.x[(kept.y == 0) & (kept.person == "S01")])
    assert (first.min(), first.max()) == (0, 99)


def test_f1_of_some_gestures_looks_at_their_windows_and_counts_other_answers_as_wrong():
    truth, answers = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 2, 1, 1, 0, 2])
    assert f1(truth, answers, (0, 1)) == pytest.approx((2 / 3 + 1) / 2)
    assert f1(truth, answers, (2,)) == pytest.approx(2 / 3)
    assert f1(truth, answers, (0, 1, 2)) == pytest.approx((2 / 4 + 1 + 2 / 4) / 3)
    assert f1(np.array([0, 1]), np.array([2, 2]), (0, 1)) == 0


def test_five_seeds(small_khushaba):
    assert [fold.settings["seed"] for fold in EXPERIMENT.folds(small_khushaba, False)] == list(range(5))
