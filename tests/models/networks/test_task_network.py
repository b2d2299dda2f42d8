import pytest
import torch

from models.networks.task_network import TaskNetwork


@pytest.mark.parametrize(("rate_hz", "channels", "window"), [(4000, 2, 1000), (2000, 12, 400), (200, 8, 50)])
def test_shapes_at_the_rates_of_all_data_sets(rate_hz, channels, window):
    network = TaskNetwork(rate_hz, channels, 24, 6).eval()
    x = 50 * torch.randn(3, window, channels)
    assert network.semantic(x).shape == (3, 24)
    assert network(x).shape == (3, 6)
    torch.testing.assert_close(network.head(network.semantic(x)), network(x))


def test_the_weights_for_two_channels_and_six_gestures():
    assert sum(p.numel() for p in TaskNetwork(4000, 2, 128, 6).parameters()) == 67_898
