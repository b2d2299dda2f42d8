"""A small model that is quick to train and easy to judge."""

from collections.abc import Callable
from pathlib import Path

import pytest

from models.datasets.trials import Trial
from models.training.publish import publish
from models.training.train_lda import LDATraining, train_lda


@pytest.fixture(scope="session")
def easy_model(synthetic_trials: Callable[..., list[Trial]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A discriminant for trials 1 and 2 of subjects 0 and 1, published with trial 3 as the test."""
    trials = synthetic_trials(repetitions=3)
    trained = train_lda(
        [t for t in trials if t.trial < 3], LDATraining("easy", ("rest", "fist", "point"), simulated=True)
    )
    folder = tmp_path_factory.mktemp("easy")
    publish(trained, "simulated", [t for t in trials if t.trial == 3], folder, ("palmaris train lda",))
    return folder / "easy.onnx"
