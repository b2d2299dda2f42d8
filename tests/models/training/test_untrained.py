from pathlib import Path

import numpy as np
import pytest

from models.errors import ModelMismatch
from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import WindowRecognizer
from models.runtime import load_model
from models.training.untrained import untrained_csae


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return untrained_csae(2000, 16, 20, tmp_path_factory.mktemp("untrained"))


def test_it_is_served_like_any_model_and_says_that_it_has_learned_nothing(path: Path) -> None:
    model = load_model(str(path))
    assert model.spec.name == "untrained-csae-16ch-2000hz"
    assert (model.spec.rate_hz, model.spec.channels, model.spec.window, model.spec.hop) == (2000, 16, 500, 20)
    assert model.spec.simulated
    assert model.spec.frames is not None
    samples = np.random.default_rng(0).normal(0, 50, (1000, 16)).astype(np.float32)
    assert len(list(WindowRecognizer(model, DecisionSpec()).feed(samples, 0))) == 26


def test_the_same_call_gives_the_same_weights(path: Path, tmp_path: Path) -> None:
    window = np.ones((500, 16), np.float32)
    again = load_model(str(untrained_csae(2000, 16, 20, tmp_path)))
    assert np.array_equal(load_model(str(path))(window), again(window))


def test_a_rate_without_a_csae_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMismatch, match="no CSAE for 512 Hz"):
        untrained_csae(512, 2, 10, tmp_path)
