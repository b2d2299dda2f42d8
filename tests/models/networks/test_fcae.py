import pytest
import torch
from torch import nn

from models.networks.csae import Context, CSAEConfig
from models.networks.fcae import FCAE, folded


def count(*parts: nn.Module) -> int:
    return sum(weight.numel() for part in parts for weight in part.parameters())


@pytest.fixture
def network():
    torch.manual_seed(0)
    return FCAE(CSAEConfig(gestures=6)).eval()


def test_the_weights_are_counted(network):
    assert count(network.encoder) == 2000 * 1280 + 1280 + 2 * 1280 == 2_563_840
    assert count(network.decoder) == 1280 * 2000 + 2000 == 2_562_000
    assert count(network.context, network.mlp) == 93_766


def test_shapes_at_4_khz(network):
    scaled, z, rebuilt = network.reconstruct(torch.randn(3, 1000, 2))
    assert scaled.shape == rebuilt.shape == (3, 2, 1000)
    assert z.shape == (3, network.config.latent) == (3, 1280)
    assert network.mlp(network.context(z)).shape == (3, 6)


def test_folded_the_csaes_classifier_accepts_the_latent(network):
    z = network.reconstruct(torch.randn(3, 1000, 2))[1]
    assert folded(network.config)(z).shape == (3, 32, 40)
    assert Context().eval()(folded(network.config)(z)).shape == (3, 64)


def test_another_rate_has_another_size():
    network = FCAE(CSAEConfig.at(1000, gestures=4, channels=3)).eval()
    scaled, z, rebuilt = network.reconstruct(torch.randn(2, 250, 3))
    assert rebuilt.shape == scaled.shape == (2, 3, 250)
    assert z.shape == (2, network.config.latent)


def test_sparsity_is_not_part_of_its_loss(network):
    x = torch.randn(5, 1000, 2)
    scaled, _, rebuilt = network.reconstruct(x)
    network.config = CSAEConfig(6, sparsity=1.0)
    assert torch.equal(network.autoencoder_loss(x), nn.functional.mse_loss(rebuilt, scaled))


def test_it_learns_to_rebuild():
    torch.manual_seed(0)
    network = FCAE(CSAEConfig.at(1000, 2)).train()
    optimiser = torch.optim.Adam(network.parameters(), 1e-3)
    x = torch.cumsum(torch.randn(32, 250, 2), dim=1) / 10
    before = network.autoencoder_loss(x).item()
    for _ in range(10):
        optimiser.zero_grad()
        network.autoencoder_loss(x).backward()
        optimiser.step()
    assert network.autoencoder_loss(x).item() < before / 2
