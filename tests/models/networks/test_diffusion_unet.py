import pytest
import torch

from models.networks.diffusion_unet import DiffusionUNet, TimeWaves, UNetConfig

SMALL = UNetConfig(channels=2, condition=5, widths=(8, 16, 16))


def weights(config: UNetConfig) -> int:
    return sum(parameter.numel() for parameter in DiffusionUNet(config).parameters())


def drawn(config: UNetConfig, seed: int = 0) -> DiffusionUNet:
    torch.manual_seed(seed)
    return DiffusionUNet(config).eval()


@pytest.mark.parametrize(
    ("widths", "count"), [((32, 64, 128, 128), 4_642_092), ((64, 128, 256, 256), 15_410_764)], ids=["4.64 M", "15.41 M"]
)
def test_the_weights_of_the_recommended_sizes(widths, count):
    assert weights(UNetConfig(channels=12, condition=128, widths=widths)) == count


@pytest.mark.parametrize("length", [40, 41, 47, 50])
def test_a_window_of_any_length_goes_through(length):
    x = torch.randn(3, 2, length)
    assert drawn(SMALL)(x, torch.tensor([0.0, 5, 999]), torch.randn(3, 5)).shape == x.shape


def test_folding_puts_samples_side_by_side_and_back():
    folded = drawn(UNetConfig(channels=2, condition=5, widths=(8, 16), fold=4))
    x = torch.arange(48.0).reshape(1, 2, 24)
    inside = folded._folded(x)
    assert inside.shape == (1, 8, 6)
    assert inside[0, :4, 0].tolist() == [0, 1, 2, 3]
    assert inside[0, 4:, 1].tolist() == [28, 29, 30, 31]
    torch.testing.assert_close(folded._unfolded(inside), x)
    assert folded(x, torch.zeros(1), torch.zeros(1, 5)).shape == x.shape


def test_time_and_condition_matter_to_every_sample():
    network, x = drawn(SMALL), torch.randn(1, 2, 40)
    base = network(x, torch.tensor([10.0]), torch.zeros(1, 5))
    for other in (
        network(x, torch.tensor([500.0]), torch.zeros(1, 5)),
        network(x, torch.tensor([10.0]), torch.ones(1, 5)),
    ):
        assert ((other - base).abs() > 1e-6).all()


def test_windows_do_not_see_one_another():
    network, x = drawn(SMALL), torch.randn(4, 2, 40)
    times, conditions = torch.tensor([1.0, 2, 3, 4]), torch.randn(4, 5)
    together = network(x, times, conditions)
    alone = torch.cat([network(x[i : i + 1], times[i : i + 1], conditions[i : i + 1]) for i in range(4)])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)


def test_every_weight_learns():
    network = drawn(SMALL).train()
    network(torch.randn(4, 2, 40), torch.rand(4) * 1000, torch.randn(4, 5)).square().sum().backward()
    assert [name for name, weight in network.named_parameters() if weight.grad is None] == []


def test_neighbouring_times_have_similar_waves():
    waves = TimeWaves(16)(torch.tensor([100.0, 101.0, 600.0]))
    assert waves.shape == (3, 16)
    assert (waves[0] - waves[1]).norm() < (waves[0] - waves[2]).norm()
