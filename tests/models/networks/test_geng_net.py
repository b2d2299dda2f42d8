from dataclasses import replace

import torch
from torch import nn

from models.networks.geng_net import GENG_NET
from models.networks.grid_net import GridNet, LocalConv


def test_its_weights_are_the_5_63_millions_that_others_state():
    net = GridNet(replace(GENG_NET, batch_norm=False), gestures=8)
    assert sum(weight.numel() for weight in net.parameters()) == 5_626_696
    local = [part for part in net.modules() if isinstance(part, LocalConv)]
    assert [sum(weight.numel() for weight in part.parameters()) for part in local] == [128 * 65 * 64] * 2


def test_dropout_stands_after_the_fourth_to_the_sixth_layer():
    net = GridNet(GENG_NET, gestures=8)
    assert [part.p for part in net.modules() if isinstance(part, nn.Dropout)] == [0, 0, 0, 0.5, 0.5, 0.5, 0]
    assert sum(isinstance(part, nn.ReLU) for part in net.modules()) == 7


def test_features_are_the_128_before_the_classifier():
    net = GridNet(GENG_NET, gestures=5, grid=(16, 4)).eval()
    assert net.features(torch.randn(2, 16, 4)).shape == (2, 128)
    assert net(torch.randn(2, 1, 16, 4)).shape == (2, 5)
