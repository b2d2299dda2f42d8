import pytest
import torch

from models.training.augment import Augmentation
from models.training.loop import Progress
from models.training.train_hybrid import HybridTraining, train_hybrid

CONFIG = HybridTraining(("fist", "point", "rest"), epochs=3, batch=16, augmentation=Augmentation(jitter=60))


@pytest.fixture(scope="module")
def trials(synthetic_trials):
    return synthetic_trials(repetitions=3)


def test_it_learns_and_tells_its_progress(trials, tmp_path):
    seen: list[Progress] = []
    encoder = train_hybrid(trials, CONFIG, tmp_path, seen.append)
    assert [progress.epoch for progress in seen] == [1, 2, 3]
    assert seen[-1].loss < seen[0].loss
    assert not encoder.training


def test_a_training_that_was_stopped_goes_on_to_the_same_weights(trials, tmp_path):
    class Stop(Exception):
        pass

    def stop(progress):
        if progress.epoch == 2:
            raise Stop

    whole = train_hybrid(trials, CONFIG, tmp_path / "whole")
    with pytest.raises(Stop):
        train_hybrid(trials, CONFIG, tmp_path / "parts", stop)
    seen = []
    parts = train_hybrid(trials, CONFIG, tmp_path / "parts", seen.append)
    assert [progress.epoch for progress in seen] == [3]
    for name, weights in whole.state_dict().items():
        torch.testing.assert_close(parts.state_dict()[name], weights, rtol=0, atol=0)


def test_the_seed_decides(trials, tmp_path):
    other = HybridTraining(CONFIG.labels, 1, 3, 16, augmentation=CONFIG.augmentation)
    first, second = (train_hybrid(trials, c, tmp_path / str(c.seed)).learned.state_dict() for c in (CONFIG, other))
    assert any(not torch.equal(first[name], second[name]) for name in first)
