import numpy as np
import pytest
import torch
from torch import nn

from models.experiments.catalogue import experiment
from models.experiments.user_heads import ARMS, MLP, SEEDS, Mean


@pytest.fixture
def scores(quick_results):
    return [score for result in quick_results[1] for score in result.scores]


def test_every_arm_is_scored_for_every_subject_and_number_of_trials(scores):
    cells = {(score.subject, score.table, score.arm, score.condition) for score in scores}
    assert len(cells) == len(scores) == 2 * 2 * (4 * len(ARMS) + 2)
    assert {score.subject for score in scores} == {"S01", "S02"}


def test_the_others_heads_are_scored_without_calibration(scores):
    assert {score.arm for score in scores if score.condition == "0 trials"} == {ARMS[0].name, MLP.name}


def test_fitting_a_head_takes_less_than_a_second(scores):
    assert max(score.fit_s for score in scores) < 1


def test_gestures_that_differ_are_told_apart_after_calibration(scores):
    last = [score.macro_f1 for score in scores if (score.table, score.condition) == ("6 gestures", "4 trials")]
    assert min(last) > 2 / 6  # twice what guessing gets: 120 windows are few for an MLP


def test_every_subject_is_a_new_user_once_per_seed(small_khushaba):
    folds = experiment("user-heads").folds(small_khushaba, False)
    asked = [(fold.settings["subject"], fold.settings["seed"]) for fold in folds]
    assert sorted(asked) == [(subject, seed) for subject in ("S01", "S02", "S03") for seed in range(SEEDS)]


def test_heads_together_average_their_log_probabilities():
    class Fixed(nn.Module):
        def __init__(self, *shares):
            super().__init__()
            self.shares = torch.tensor([shares])

        def forward(self, x):
            return self.shares.log().expand(len(x), -1)

    with torch.no_grad():
        shares = Mean(Fixed(0.9, 0.1), Fixed(0.5, 0.5))(torch.zeros(3, 4)).exp().numpy()
    np.testing.assert_allclose(shares, [[0.75, 0.25]] * 3, rtol=1e-5)  # 3 to 1, the root of 9 to 1
