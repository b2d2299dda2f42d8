import numpy as np
import torch

from models.experiments.catalogue import experiment
from models.experiments.grid_turn import turn_of
from models.networks.convnets import S_CONVNET_C2
from models.networks.grid_net import GridNet
from models.training.transfer import Plan, fine_tune, reestimate


def images(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Each of three gestures is strong in two rows of its own, of eight."""
    rng = np.random.default_rng(count)
    y = rng.integers(0, 3, count)
    sizes = np.where(np.arange(8) // 2 == y[:, np.newaxis], 0.3, 0.03)
    return (sizes[..., np.newaxis] * rng.standard_normal((count, 8, 4))).astype(np.float32), y


def test_a_turn_is_found_without_labels():
    torch.manual_seed(0)
    network, (x, y), (unseen, _) = GridNet(S_CONVNET_C2, 3, (8, 4)), images(600), images(200)
    reestimate(network, x)
    fine_tune(network, x, y, Plan(0, epochs=8, rate=3e-3))
    for by in (0, 1, -3):
        assert turn_of(network, np.roll(unseen, by, axis=1)) == -by


def test_a_fold_scores_with_and_without_the_turn(small_flexemg, tmp_path):
    study = experiment("grid-turn")
    (fold,) = study.folds(small_flexemg, True)
    outcome = study.compute(fold, small_flexemg, tmp_path / "folds" / "a.work")
    assert [score.condition for score in outcome.scores[::2]] == ["none", "none, AdaBN", "turned", "turned, AdaBN"]
    assert list(outcome.notes) == ["turn of new day, S1/1 to S1/3"]
    assert -2 <= outcome.notes["turn of new day, S1/1 to S1/3"] < 2
