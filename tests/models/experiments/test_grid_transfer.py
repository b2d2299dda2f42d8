from copy import deepcopy

import numpy as np
import pytest
import torch

from models.experiments.grid_folds import FLEXEMG, Course, Place, network_for, sessions_of
from models.experiments.grid_transfer import Target


@pytest.fixture(scope="module")
def sessions(small_flexemg):
    return sessions_of(FLEXEMG.load(small_flexemg))


@pytest.fixture(scope="module")
def target(sessions, small_flexemg):
    return Target("t", sessions[1], FLEXEMG.training(small_flexemg, "embedded", 0), Course(200))


@pytest.fixture(scope="module")
def source(sessions, target, small_flexemg, tmp_path_factory):
    place = Place(small_flexemg, tmp_path_factory.mktemp("out") / "folds" / "a.work")
    return network_for(sessions[0].split.train, target.config, Course(1000), place)


@pytest.fixture(scope="module")
def scores(target, source):
    return list(target.networks(source))


def test_every_condition_is_scored_as_single_images_and_as_a_vote(scores):
    assert [score.condition for score in scores if score.arm == "embedded, 1 image"] == [
        "none",
        "AdaBN",
        "1 trial",
        "2 trials",
        "3 trials",
    ]
    assert [score.arm for score in scores if score.arm.endswith("frozen, 40 ms vote")] == [
        f"embedded, {frozen} frozen, 40 ms vote" for frozen in (0, 6, 7)
    ]
    assert len(scores) == 2 * (5 + 3)


def test_the_source_stays_for_the_next_condition(target, source):
    before = deepcopy(source.state_dict())
    list(target.networks(source))
    assert all(torch.equal(tensor, before[name]) for name, tensor in source.state_dict().items())


def test_the_control_learns_from_the_same_trials(target, sessions):
    scores = list(target.control(sessions[0].split.train))
    assert [score.condition for score in scores] == ["none", "AdaBN", "1 trial", "2 trials", "3 trials"]
    assert np.mean([score.accuracy for score in scores]) > 0.9
