import numpy as np
import pytest
import torch
from torch import nn

from models.export import export_model
from models.networks.hybrid import HybridEncoder, LearnedFeatures, ManyPeople
from models.runtime import load_model
from models.spec import ModelSpec
from models.training.gaussian_head import fit_gaussians
from models.training.result import TrainedModel


def noise(*shape):
    return torch.from_numpy(np.random.default_rng(0).standard_normal(shape).astype(np.float32) * 80)


def test_sizes_are_pinned():
    encoder = HybridEncoder(4000.0, 2)
    assert sum(parameter.numel() for parameter in encoder.parameters()) == 50_096
    assert encoder.features == 185
    assert encoder.eval()(noise(3, 1000, 2)).shape == (3, 185)


@pytest.mark.parametrize(("rate", "window"), [(4000.0, 1000), (2000.0, 500), (1000.0, 250)])
def test_the_same_features_at_other_rates(rate, window):
    assert HybridEncoder(rate, 2).eval()(noise(2, window, 2)).shape == (2, 185)


def test_strength_reaches_the_learned_features_only_as_strength():
    learned, x = LearnedFeatures(4000.0, 2).eval(), 10 * noise(2, 1000, 2)
    with torch.no_grad():
        torch.testing.assert_close(learned(3 * x)[:, :-2], learned(x)[:, :-2], atol=1e-4, rtol=1e-3)


def test_each_person_has_a_head_of_their_own():
    network = ManyPeople(LearnedFeatures(1000.0, 2), 3, 4).eval()
    x = noise(1, 250, 2).expand(3, -1, -1)
    apart = network(x, torch.tensor([0, 1, 2]))
    assert apart.shape == (3, 4)
    assert not torch.allclose(apart[0], apart[1])
    network(x[:1], torch.tensor([1])).sum().backward()
    used = network.weights.grad.abs().sum(dim=(1, 2)) > 0
    assert used.tolist() == [False, True, False]


def test_encoder_and_head_are_served_as_they_were_trained(tmp_path):
    torch.manual_seed(0)
    encoder, x = HybridEncoder(1000.0, 2).eval(), noise(60, 250, 2)
    y = np.arange(60) % 3
    x[y == 1, :, 0] *= 3
    x[y == 2, :, 1] *= 3
    with torch.no_grad():
        head = fit_gaussians(encoder(x).numpy(), y)
    spec = ModelSpec(name="hybrid", rate_hz=1000.0, channels=2, window=250, hop=25, features=encoder.features)
    export_model(TrainedModel(spec, ("a", "b", "c"), encoder, head, x[:8].numpy(), {}), tmp_path)
    served = load_model(str(tmp_path / "hybrid.onnx"))
    with torch.no_grad():
        ours = nn.Sequential(encoder, head)(x)
    for window, row in zip(x.numpy(), ours.numpy(), strict=True):
        assert served(window).argmax() == row.argmax()
