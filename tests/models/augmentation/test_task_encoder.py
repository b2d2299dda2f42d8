from dataclasses import replace

import numpy as np
import pytest

from models.augmentation.task_encoder import TaskTraining, train_task_encoder
from models.errors import ModelMismatch

HOW = TaskTraining(features=6, epochs=8, batch=16)


@pytest.fixture(scope="module")
def encoder(windows, tmp_path_factory):
    return train_task_encoder(windows, 3, HOW, tmp_path_factory.mktemp("encoder"))


def test_features_are_standardised_over_the_windows_that_it_learned_from(encoder, windows):
    features = encoder.features(windows.x)
    assert features.shape == (len(windows), 6)
    assert features.dtype == np.float32
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(features.std(axis=0), 1, atol=1e-3)


def test_probabilities_are_those_of_the_network(encoder, windows):
    said = encoder.probabilities(encoder.features(windows.x))
    np.testing.assert_allclose(said.sum(axis=1), 1, rtol=1e-5)
    assert (said.argmax(axis=1) == windows.y).mean() > 0.9


def test_the_same_seed_gives_the_same_features_and_a_stopped_training_goes_on(encoder, windows, tmp_path):
    class Stop(Exception):
        pass

    def stop(progress):
        if progress.epoch == 5:
            raise Stop

    with pytest.raises(Stop):
        train_task_encoder(windows, 3, HOW, tmp_path, stop)
    seen = []
    again = train_task_encoder(windows, 3, HOW, tmp_path, seen.append)
    assert [progress.epoch for progress in seen] == [6, 7, 8]
    np.testing.assert_array_equal(again.features(windows.x), encoder.features(windows.x))


def test_a_folder_is_of_one_training(windows, tmp_path):
    how = replace(HOW, epochs=1)
    train_task_encoder(windows, 3, how, tmp_path)
    with pytest.raises(ModelMismatch):
        train_task_encoder(windows, 3, replace(how, seed=1), tmp_path)
