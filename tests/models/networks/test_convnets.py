from dataclasses import replace

import pytest
import torch
from torch import nn

from models.networks.convnets import (
    ALL_CONVNET,
    EMBEDDED,
    S_CONVNET_A,
    S_CONVNET_B,
    S_CONVNET_C1,
    S_CONVNET_C2,
    all_convnet_elu,
)
from models.networks.grid_net import GridNet


def count(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


@pytest.mark.parametrize(
    ("design", "plain", "dense"),
    [
        (S_CONVNET_A, 2_155_208, 2_099_464),
        (S_CONVNET_B, 2_123_496, 2_099_464),
        (S_CONVNET_C1, 2_210_632, 2_099_464),
        (S_CONVNET_C2, 244_552, 133_384),
        (ALL_CONVNET, 461_064, 1_032),
        (EMBEDDED, 7_464, 136),
    ],
)
def test_counts_for_eight_gestures_of_16_by_8_are_those_of_the_design(design, plain, dense):
    net = GridNet(replace(design, batch_norm=False), gestures=8)
    assert count(net) == plain
    assert sum(count(part) for part in net.modules() if isinstance(part, nn.Linear)) == dense


def test_batch_norm_adds_its_own():
    """462,488 with one after each convolution, the map of classes among them; and two weights at the input."""
    assert count(GridNet(all_convnet_elu(8), gestures=8)) == 462_488 + 2
    assert count(GridNet(ALL_CONVNET, gestures=8)) == 462_488 - 2 * 8 + 2


def test_the_first_three_convolutions_hold_74_496_weights_of_461_064():
    net = GridNet(replace(ALL_CONVNET, batch_norm=False), gestures=8)
    assert count(net.blocks[:3]) == 74_496
    assert count(net) - count(net.blocks[:3]) == 386_568


@pytest.mark.parametrize("design", [ALL_CONVNET, EMBEDDED, all_convnet_elu(5)])
@pytest.mark.parametrize("grid", [(4, 4), (16, 4), (7, 24), (13, 5)])
def test_all_convnet_takes_any_grid_of_4_by_4_or_more(design, grid):
    net = GridNet(design, gestures=5, grid=grid).eval()
    assert net(torch.randn(2, *grid)).shape == (2, 5)
    assert count(net) == count(GridNet(design, gestures=5))


@pytest.mark.parametrize("design", [S_CONVNET_A, S_CONVNET_B, S_CONVNET_C1, S_CONVNET_C2])
def test_s_convnets_take_the_grid_that_they_are_made_for(design):
    net = GridNet(design, gestures=5, grid=(7, 9)).eval()
    assert net.features(torch.randn(2, 7, 9)).shape == (2, 256)


def test_the_last_convolution_and_the_mean_commute():
    """A 1x1 convolution to a map of classes, then the mean, as the paper has it, is the linear head on the features."""
    torch.manual_seed(0)
    net = GridNet(ALL_CONVNET, gestures=8).eval()
    x = torch.randn(3, 1, 16, 8)
    maps = net.blocks[:-1](net.norm(x))
    assert maps.shape == (3, 128, 4, 2)
    classes = nn.functional.conv2d(maps, net.head.weight[:, :, None, None], net.head.bias)
    torch.testing.assert_close(classes.mean(dim=(2, 3)), net(x))
    torch.testing.assert_close(net.features(x), maps.mean(dim=(2, 3)))
    assert net.features(x).shape == (3, 128)


def test_as_printed_no_logit_is_below_minus_one():
    torch.manual_seed(0)
    x = 10 * torch.randn(50, 16, 8)
    printed = GridNet(replace(all_convnet_elu(8), batch_norm=False), gestures=8).eval()
    assert printed(x).min() > -1
    ours = GridNet(replace(ALL_CONVNET, batch_norm=False), gestures=8).eval()
    nn.init.constant_(ours.head.bias, -5.0)
    assert ours(x).min() < -1


@pytest.mark.parametrize(("design", "share"), [(S_CONVNET_A, 0.35), (ALL_CONVNET, 0.25), (EMBEDDED, 0.25)])
def test_every_layer_drops_the_papers_share(design, share):
    net = GridNet(design, gestures=8)
    assert {part.p for part in net.modules() if isinstance(part, nn.Dropout)} == {share}


def test_it_learns_gestures_that_differ_in_where_they_are():
    torch.manual_seed(0)
    net = GridNet(EMBEDDED, gestures=2, grid=(6, 4))
    y = torch.arange(64) % 2
    places = torch.where(y == 0, 1.0, 0.1)[:, None, None] * torch.tensor([1, 1, 1, 0, 0, 0])[None, :, None]
    places = places + torch.where(y == 1, 1.0, 0.1)[:, None, None] * torch.tensor([0, 0, 0, 1, 1, 1])[None, :, None]
    optimiser = torch.optim.Adam(net.parameters(), 1e-2)
    for _ in range(40):
        optimiser.zero_grad()
        nn.functional.cross_entropy(net(places * torch.randn(64, 6, 4)), y).backward()
        optimiser.step()
    fresh = places * torch.randn(64, 6, 4)
    assert (net.eval()(fresh).argmax(dim=1) == y).float().mean() > 0.9
