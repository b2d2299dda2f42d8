import pytest
import torch

from models.networks.two_stage_rnn import SMOOTH, STEPS, TwoStageRNN


def learning(net: TwoStageRNN) -> int:
    return sum(weight.numel() for weight in net.parameters() if weight.requires_grad)


@pytest.fixture
def net():
    torch.manual_seed(0)
    return TwoStageRNN(channels=6, gestures=4, deviation_uv=20.0).eval()


def test_weights_for_128_channels_and_eight_gestures():
    big = TwoStageRNN(128, 8, 20.0)
    theirs = 128 * 129 + 4 * 512 * (128 + 512 + 1) + 4 * 512 * (512 + 512 + 1) + 512 * 513 + 8 * 513
    assert sum(weight.numel() for weight in big.parameters()) == theirs + 2 * 4 * 512 == 3_699_336


def test_the_first_stage_leaves_the_adapting_layer_alone_and_the_second_nothing_else(net):
    whole = sum(weight.numel() for weight in net.parameters())
    assert learning(net) == whole - 6 * 7
    net.learn_target()
    assert learning(net) == 6 * 7
    net.learn_source()
    assert learning(net) == whole - 6 * 7


def test_at_first_the_adapting_layer_changes_nothing(net):
    x = torch.randn(2, 20, 6)
    assert torch.equal(net.adapt(x), x)


def test_it_sees_150_steps_of_the_envelope_in_units_of_the_deviation(net):
    seen = []
    net.adapt.register_forward_hook(lambda _module, inputs, _output: seen.append(inputs[0]))
    x = 20 * torch.randn(2, STEPS + SMOOTH - 1, 6)
    assert net(x).shape == (2, 4)
    assert net.features(x).shape == (2, 512)
    assert seen[0].shape == (2, 150, 6)
    torch.testing.assert_close(seen[0][:, 7], (x[:, 7:18] / 20).abs().mean(dim=1))


def test_sign_does_not_matter_and_the_head_follows_the_features(net):
    x = torch.randn(2, 60, 6)
    assert torch.equal(net(x), net(-x))
    assert torch.equal(net(x), net.head(net.features(x)))
