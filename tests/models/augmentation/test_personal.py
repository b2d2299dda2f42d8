import numpy as np
import pytest
import torch

from models.augmentation.levels import Levels
from models.augmentation.personal import levelled_features, personal
from models.augmentation.task_encoder import TaskEncoder
from models.datasets.trials import Trial
from models.errors import DatasetError
from models.networks.task_network import TaskNetwork
from models.training.mlp_head import Standardise
from models.training.windows import Windows


def windows(seed=0, strength=30.0) -> Windows:
    """Two gestures of one user, each loud on one of two channels."""
    rng = np.random.default_rng(seed)
    y = np.arange(40) % 2
    x = rng.standard_normal((40, 100, 2)) * np.where(np.eye(2)[y], 3.0, 1.0)[:, np.newaxis] * strength
    trial = Trial(np.zeros((1, 2), np.float32), 1000.0, "fist", "S1", "1", 1)
    return Windows(x.astype(np.float32), y, np.zeros(40, np.int64), (trial,))


@pytest.fixture(scope="module")
def encoder():
    torch.manual_seed(0)
    network = TaskNetwork(1000.0, 2, 8, 2).eval()
    return TaskEncoder(network, Standardise(torch.full((8,), 0.1), torch.full((8,), 0.5)))


def test_features_stay_and_gestures_are_those_of_the_user(encoder):
    own = personal(encoder, windows(), 2)
    test = windows(seed=1)
    features = levelled_features(own, test)
    np.testing.assert_array_equal(features, levelled_features(encoder, test))
    said = own.probabilities(features)
    np.testing.assert_allclose(said.sum(axis=1), 1, rtol=1e-5)
    assert (said.argmax(axis=1) == test.y).mean() > 0.95


def test_the_encoder_that_is_given_stays_as_it_was(encoder):
    before = encoder.probabilities(levelled_features(encoder, windows()))
    personal(encoder, windows(), 2)
    np.testing.assert_array_equal(encoder.probabilities(levelled_features(encoder, windows())), before)


def test_strength_is_taken_out_by_the_levels_that_are_given(encoder):
    weak = windows(strength=10.0)
    np.testing.assert_allclose(levelled_features(encoder, weak), levelled_features(encoder, windows()), atol=1e-3)
    loud = levelled_features(encoder, windows(), Levels.of(weak))
    assert not np.allclose(loud, levelled_features(encoder, windows()), atol=1e-2)


def test_a_gesture_that_was_not_calibrated_is_refused(encoder):
    with pytest.raises(DatasetError, match="at least one trial of each"):
        personal(encoder, windows(), 3)
