from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from models.experiments.grid_folds import (
    FLEXEMG,
    Bursts,
    Course,
    Features,
    Place,
    images_of,
    network_for,
    sessions_of,
)


@pytest.fixture(scope="module")
def sessions(small_flexemg):
    return sessions_of(FLEXEMG.load(small_flexemg))


@pytest.fixture
def config(small_flexemg):
    return FLEXEMG.training(small_flexemg, "embedded", 0)


class Rows(nn.Module):
    """Logits that are the sizes of the first rows."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, R, W) -> (B, 5)."""
        return x[:, :5].mean(dim=2)


def test_the_last_third_of_every_session_is_held_out(sessions):
    assert [session.name for session in sessions] == ["S1/1", "S1/3", "S2/1"]
    for session in sessions:
        assert {trial.trial for trial in session.split.train} == {1, 2, 3}
        assert [{trial.trial for trial in recording} for recording in session.recordings()] == [{4}, {5}]
        assert {(t.subject, t.session) for t in session.split.test} == {(session.subject, session.session)}
        assert sum(map(len, session.recordings())) == len(session.split.test) == 2 * 6


def test_the_first_trials_are_those_to_learn_from(sessions):
    assert {trial.trial for trial in sessions[0].first(2)} == {1, 2}
    assert sessions[0].first(9) == sessions[0].split.train
    assert sessions[0].count == 3


def test_a_network_is_trained_once(sessions, config, small_flexemg, tmp_path):
    place = Place(small_flexemg, tmp_path / "folds" / "a.work")
    first = network_for(sessions[0].split.train, config, Course(300), place)
    (checkpoint,) = tmp_path.glob("networks/*/embedded.pt")
    written = checkpoint.stat().st_mtime_ns
    again = network_for(sessions[0].split.train, config, Course(300), Place(small_flexemg, tmp_path / "folds" / "b"))
    assert checkpoint.stat().st_mtime_ns == written
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name])


def test_other_trials_seeds_and_changes_make_other_networks(sessions, config, small_flexemg, tmp_path):
    place = Place(small_flexemg, tmp_path / "folds" / "a.work")
    network_for(sessions[0].first(1), config, Course(50), place)
    network_for(sessions[0].first(2), config, Course(50), place)
    network_for(sessions[1].first(1), config, Course(50), place)
    network_for(sessions[0].first(1), replace(config, seed=1), Course(50), place)
    network_for(sessions[0].first(1), config, Course(50, lambda x: -x, "turned"), place)
    assert len(list(tmp_path.glob("networks/*/embedded.pt"))) == 5


def test_as_many_images_are_seen_however_many_there_are():
    assert [Course(60_000).epochs(there) for there in (100, 20_000, 10**6)] == [600, 3, 1]


def test_a_burst_is_the_newest_images_before_a_decision(sessions, config):
    trials = sessions[0].recordings()[0]
    bursts = Bursts.of(trials, config, 0.04)
    every = images_of(trials[:1], replace(config, train_step_s=0.004)).x
    assert bursts.x.shape == (6 * 5, 10, 4, 4)  # 0.5 s are left of a trial, a decision every 0.1 s
    np.testing.assert_array_equal(bursts.x[:5], [every[at : at + 10] for at in (0, 25, 50, 75, 100)])
    assert bursts.trial.tolist() == np.repeat(range(6), 5).tolist()
    assert [config.labels[label] for label in bursts.y[::5]] == [trial.label for trial in trials]


def test_a_vote_averages_its_images_and_single_ones_are_all_marked():
    """Two decisions of four images; the third image of the first, and all of the second but the last, are wrong."""
    x = np.zeros((2, 4, 5, 4), np.float32)
    for decision, loud in enumerate([(1, 1, 2, 1), (0, 0, 0, 2)]):
        x[decision, range(4), loud] = 1.0
    x[1, 3] *= 9
    bursts = Bursts(x, np.array([1, 2]), np.array([0, 1]))
    marks = dict(bursts.marks(Rows(), ("1 image", "40 ms vote")))
    assert marks["1 image"].accuracy == 4 / 8
    assert marks["40 ms vote"].accuracy == 1.0


def test_a_shorter_vote_hears_the_newest_images_alone():
    x = np.zeros((1, 15, 5, 4), np.float32)
    x[0, :11, 0], x[0, 11:, 3] = 1.0, 1.0
    marks = dict(Bursts(x, np.array([3]), np.array([0])).marks(Rows()))
    assert marks["40 ms vote"].accuracy == 1.0
    assert marks["150 ms vote"].accuracy == 0.0


def test_the_control_has_pairs_of_few_electrodes_only(sessions, config):
    trials = sessions[0].recordings()[0]
    wide = [replace(trial, samples=np.tile(trial.samples, (1, 5))) for trial in trials]
    assert Features.of(trials, config).x.shape[1] == 14 * 16 + 16 * 15 // 2
    assert Features.of(wide, config).x.shape[1] == 14 * 80
