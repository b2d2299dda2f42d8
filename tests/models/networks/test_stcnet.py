import pytest
import torch

from models.networks.stcnet import Residual, STCNet, STCNetConfig


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def test_weights_are_those_of_the_published_code_for_db2():
    assert count(STCNet(STCNetConfig(49, channels=12, steps=25, samples=20))) == 6_712_897


def test_weights_for_windows_of_200_ms_are_pinned():
    network = STCNet(STCNetConfig(49)).eval()
    assert count(network) == 5_688_897
    assert network(torch.randn(2, 400, 12)).shape == (2, 49)


@pytest.mark.parametrize(("channels", "steps", "samples"), [(2, 25, 10), (16, 25, 10), (8, 5, 10)])
def test_other_devices_fit(channels, steps, samples):
    network = STCNet(STCNetConfig(6, channels, steps, samples)).eval()
    assert network(torch.randn(2, steps * samples, channels)).shape == (2, 6)


def test_a_step_is_made_of_neighbouring_samples():
    """The convolutions hear one step at a time: what changes in the last step leaves those before it alone."""
    torch.manual_seed(0)
    network = STCNet(STCNetConfig(4, 3, 4, 10)).eval()
    heard = []
    network.temporal.register_forward_hook(lambda _, __, out: heard.append(out))
    x = torch.randn(1, 40, 3)
    changed = x.clone()
    changed[:, 30:] += 1
    network(x), network(changed)
    apart = (heard[0] != heard[1]).any(dim=1)
    assert apart.tolist() == [False, False, False, True]


def test_the_ring_is_closed():
    """The branch round the arm sees the first two channels again after the last one."""
    network = STCNet(STCNetConfig(4, 5, 2, 10)).eval()
    seen = []
    network.spatial.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    network(torch.arange(5.0).expand(1, 20, 5))
    assert seen[0][0, 0].tolist() == [0, 1, 2, 3, 4, 0, 1]


def test_a_block_halves_time():
    assert Residual(3, 8, 2)(torch.randn(4, 3, 20)).shape == (4, 8, 10)
