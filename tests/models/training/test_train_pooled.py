import numpy as np
import pytest
import torch

from models.errors import ModelMismatch
from models.training.publish import publish
from models.training.train_pooled import PooledTraining, train_pooled

CONFIG = PooledTraining("pooled", ("fist", "point", "rest"), epochs=2, simulated=True)


@pytest.fixture(scope="module")
def trials(synthetic_trials):
    return synthetic_trials(repetitions=3)


@pytest.fixture(scope="module")
def trained(trials, tmp_path_factory):
    return train_pooled([t for t in trials if t.trial < 3], CONFIG, tmp_path_factory.mktemp("work"))


def test_the_head_sees_standardised_features(trained):
    with torch.no_grad():
        features = trained.encoder(torch.from_numpy(trained.examples)).numpy()
    assert features.shape[1] == trained.spec.features == 185
    assert np.abs(np.median(features, axis=0)).max() < 3
    assert 0.3 < np.median(features.std(axis=0)) < 3


def test_it_is_published_with_a_card_and_tells_gestures_apart(trained, trials, tmp_path):
    test = [trial for trial in trials if trial.trial == 3]
    evaluation = publish(trained, "simulated", test, tmp_path, ("palmaris train hybrid",))
    assert {path.name for path in tmp_path.iterdir()} == {"pooled.onnx", "pooled.head.onnx", "pooled.md"}
    assert evaluation.accuracy > 0.6  # three gestures
    assert "130 learned features" in (tmp_path / "pooled.md").read_text()


def test_a_folder_of_another_training_is_refused(trials, tmp_path):
    learn = [trial for trial in trials if trial.trial < 3]
    train_pooled(learn, CONFIG, tmp_path)
    with pytest.raises(ModelMismatch, match="empty folder"):
        train_pooled(learn, PooledTraining(CONFIG.name, CONFIG.labels, seed=1, epochs=2), tmp_path)
