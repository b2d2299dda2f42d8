import numpy as np
import pytest
import torch

from models.errors import DatasetError, ModelMismatch
from models.networks.stcnet import STCNet
from models.training.train_backbone import BACKBONES, BackboneTraining, Sizes, answers, drawn, train_backbone
from models.training.windows import Windows

torch.set_num_threads(1)


def windows(count=48, length=40, seed=0) -> Windows:
    """Two gestures, each loud on one of two channels."""
    rng = np.random.default_rng(seed)
    y = np.arange(count) % 2
    sizes = np.where(np.eye(2)[y], 100.0, 20.0)[:, np.newaxis]
    x = (rng.standard_normal((count, length, 2)) * sizes).astype(np.float32)
    return Windows(x, y, np.zeros(count, np.int64), ())


@pytest.mark.parametrize("name", ["tdct", "crossformer"])
def test_gestures_of_other_strength_are_learned(name, tmp_path):
    config = BackboneTraining(name, 2, epochs=4, batch=12)
    network, test = train_backbone(windows(), None, config, tmp_path), windows(seed=1)
    said = answers(network, test.x)
    np.testing.assert_allclose(np.exp(said).sum(axis=1), 1, rtol=1e-4)
    assert (said.argmax(axis=1) == test.y).mean() > 0.9


def test_all_backbones_fit_the_windows_of_every_set():
    for window, channels in ((400, 12), (250, 2), (250, 16), (50, 8)):
        for build in BACKBONES.values():
            with torch.no_grad():
                assert build(Sizes(3, channels, window)).eval()(torch.randn(1, window, channels)).shape == (1, 3)


def test_for_200_ms_at_2_khz_the_sizes_are_those_that_are_pinned():
    network = BACKBONES["stcnet"](Sizes(49, 12, 400))
    assert isinstance(network, STCNet)
    assert (network.config.steps, network.config.samples) == (20, 20)
    assert sum(p.numel() for p in BACKBONES["crossformer"](Sizes(49, 12, 400)).parameters()) == 1_144_625


def test_the_scale_is_the_deviation_of_each_channel():
    learn = windows(400)
    network = drawn(BackboneTraining("tdct", 2), learn.x)
    np.testing.assert_allclose(network.scale.microvolts.numpy(), learn.x.std(axis=(0, 1)), rtol=1e-4)


def test_the_same_seed_gives_the_same_answers_and_steps_are_counted(tmp_path):
    epochs = []
    config = BackboneTraining("tdct", 2, epochs=2, batch=12, steps=2)
    first = train_backbone(windows(), windows(seed=1), config, tmp_path / "a", epochs.append)
    second = train_backbone(windows(), windows(seed=1), config, tmp_path / "b")
    assert [progress.score is not None for progress in epochs] == [True, True]
    np.testing.assert_array_equal(answers(first, windows().x), answers(second, windows().x))


def test_a_folder_of_another_training_is_refused(tmp_path):
    config = BackboneTraining("tdct", 2, epochs=1, steps=1)
    train_backbone(windows(), None, config, tmp_path)
    with pytest.raises(ModelMismatch, match="empty folder"):
        train_backbone(windows(seed=5), None, config, tmp_path)


def test_an_unknown_backbone_is_answered_with_the_known_ones(tmp_path):
    with pytest.raises(DatasetError, match="crossformer, tdct, stcnet"):
        train_backbone(windows(), None, BackboneTraining("resnet", 2), tmp_path)
