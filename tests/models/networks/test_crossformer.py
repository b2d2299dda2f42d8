import pytest
import torch

from models.networks.crossformer import Crossformer, CrossformerConfig, Merge, TwoStageAttention

SMALL = CrossformerConfig(4, channels=3, window=40, segment=5, width=8, heads=2, routers=2)


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def small():
    torch.manual_seed(0)
    return Crossformer(SMALL).eval()


def test_weights_are_pinned():
    network = Crossformer(CrossformerConfig(49))
    assert count(network.head) == 6_321
    assert count(network) - count(network.head) == 1_138_304
    narrow = Crossformer(CrossformerConfig(49, width=64))
    assert count(narrow) - count(narrow.head) == 307_008
    assert network.eval()(torch.randn(2, 400, 12)).shape == (2, 49)


def test_segments_halve_and_a_lone_one_is_kept():
    assert CrossformerConfig(4).segments == (20, 10, 5)
    assert CrossformerConfig(4, window=50, segment=2).segments == (25, 13, 7)
    assert Merge(8)(torch.randn(2, 3, 7, 8)).shape == (2, 3, 4, 8)


def test_a_beginning_that_fills_no_segment_is_not_heard():
    network = Crossformer(CrossformerConfig(4, channels=3, window=42, segment=5, width=8, heads=2)).eval()
    x = torch.randn(1, 42, 3)
    changed = x.clone()
    changed[:, :2] += 100
    assert torch.equal(network(x), network(changed))
    changed[:, 2] += 100
    assert not torch.equal(network(x), network(changed))


def test_channels_hear_one_another_through_the_routers_alone():
    torch.manual_seed(0)
    attention = TwoStageAttention(8, SMALL).eval()
    x = torch.randn(1, 3, 8, 8)
    changed = x.clone()
    changed[:, 2] += torch.randn(8, 8)
    first, second = attention(x), attention(changed)
    assert not torch.allclose(first[:, 0], second[:, 0])
    with torch.no_grad():
        attention.hand_out.out_proj.weight.zero_()
    torch.testing.assert_close(attention(x)[:, 0], attention(changed)[:, 0])


def test_windows_of_a_batch_do_not_know_one_another():
    network, x = small(), torch.randn(5, 40, 3)
    torch.testing.assert_close(network(x)[2:3], network(x[2:3]), atol=1e-5, rtol=1e-5)


def test_loudness_is_taken_out_by_its_scale():
    network, x = small(), torch.randn(2, 40, 3)
    before = network(x)
    network.scale.microvolts.fill_(50.0)
    torch.testing.assert_close(network(50 * x), before, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("length", [39, 41])
def test_a_window_of_another_length_is_no_input(length):
    with pytest.raises(RuntimeError):
        small()(torch.randn(2, length - length % 5 - 5, 3))
