from dataclasses import replace

import pytest
import torch
from torch import nn

from models.errors import ModelMismatch
from models.networks.convnets import ALL_CONVNET
from models.networks.grid_net import Conv, Dense, Design, GridNet, Local, LocalConv, Mean, dropping

IMAGES = torch.randn(5, 8, 6, generator=torch.Generator().manual_seed(0))


def network(*layers, **changes) -> GridNet:
    torch.manual_seed(0)
    return GridNet(replace(Design(layers), **changes), gestures=3, grid=(8, 6)).eval()


@pytest.mark.parametrize(
    "layers", [(Conv(4), Mean()), (Conv(4, stride=2), Dense(7)), (Conv(4, kernel=1), Local(3), Dense(7), Dense(2))]
)
def test_images_come_with_or_without_an_axis_of_channels(layers):
    net = network(*layers)
    assert net(IMAGES).shape == (5, 3)
    assert torch.equal(net(IMAGES), net(IMAGES.unsqueeze(1)))


def test_the_head_follows_the_features():
    net = network(Conv(4), Dense(7))
    assert net.features(IMAGES).shape == (5, 7)
    assert torch.equal(net.head(net.features(IMAGES)), net(IMAGES))


def test_without_a_linear_head_the_features_are_the_logits():
    net = network(Conv(3), Mean(), linear_head=False)
    assert torch.equal(net.features(IMAGES), net(IMAGES))


@pytest.mark.parametrize("grid", [(3, 8), (16, 1)])
def test_a_grid_that_makes_no_image_is_refused(grid):
    with pytest.raises(ModelMismatch, match=r"at least 4 x 4, or a model of windows"):
        GridNet(ALL_CONVNET, 4, grid)


def test_a_mean_over_positions_needs_no_grid_of_its_own():
    net = network(Conv(4, stride=2), Mean())
    assert net(torch.randn(2, 13, 5)).shape == (2, 3)


def test_batch_norm_stands_after_the_input_and_before_each_activation():
    net = network(Conv(4), Local(3), Dense(7), activation=nn.ReLU)
    assert isinstance(net.norm, nn.BatchNorm2d)
    kinds = [[type(part) for part in block] for block in net.blocks]
    assert kinds == [
        [nn.Conv2d, nn.BatchNorm2d, nn.ReLU, nn.Dropout],
        [LocalConv, nn.BatchNorm2d, nn.ReLU, nn.Dropout],
        [nn.Flatten, nn.Linear, nn.BatchNorm1d, nn.ReLU, nn.Dropout],
    ]
    bare = network(Conv(4), Dense(7), batch_norm=False)
    assert not any(isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d) for part in bare.modules())


def test_dropout_is_each_layers_own():
    net = network(*dropping(0.25, Conv(4), Dense(7)), Dense(2))
    assert [part.p for part in net.modules() if isinstance(part, nn.Dropout)] == [0.25, 0.25, 0]


def test_the_input_norm_learns_the_size_of_weak_emg():
    """4 uV, a relaxed arm, in an image of 2.5 mV."""
    norm = network(Conv(4), Mean()).norm.train().requires_grad_(False)
    for _ in range(300):
        norm(torch.randn(20, 1, 8, 6) * 4 / 2500)
    relaxed = norm.eval()(torch.randn(200, 1, 8, 6) * 4 / 2500)
    assert float(relaxed.std()) == pytest.approx(1, abs=0.1)


def test_a_local_convolution_has_a_matrix_at_each_position():
    local = LocalConv(2, 3, (4, 5))
    x = torch.randn(6, 2, 4, 5)
    nn.init.normal_(local.bias)
    y = local(x)
    for row, column in ((0, 0), (3, 4), (2, 1)):
        expected = x[:, :, row, column] @ local.weight[:, :, row, column].T + local.bias[:, row, column]
        torch.testing.assert_close(y[:, :, row, column], expected)


def test_weights_begin_as_xaviers_and_biases_at_zero():
    conv = network(Conv(64), Conv(64)).blocks[1][0]
    bound = (6 / (2 * 64 * 9)) ** 0.5
    assert 0.98 * bound < conv.weight.abs().max() <= bound
    assert not conv.bias.any()
