import pytest
import torch

from models.networks.tdct import KERNEL, TDCT, ConvAttention, TDCTConfig

SMALL = TDCTConfig(4, channels=3, width=8, heads=2, blocks=2)


def test_weights_are_pinned():
    network = TDCT(TDCTConfig(49)).eval()
    assert sum(parameter.numel() for parameter in network.parameters()) == 100_529
    assert network(torch.randn(2, 400, 12)).shape == (2, 49)


@pytest.mark.parametrize("length", [40, 50, 250])
def test_windows_of_any_length_fit(length):
    assert TDCT(SMALL).eval()(torch.randn(2, length, 3)).shape == (2, 4)


def test_order_matters_although_nothing_encodes_it():
    torch.manual_seed(0)
    network, x = TDCT(SMALL).eval(), torch.randn(1, 64, 3)
    assert not torch.allclose(network(x), network(x.flip(1)), atol=1e-4)


def test_each_feature_makes_its_own_query_key_and_value():
    attention = ConvAttention(8, 2, 0.0)
    for convolve in (attention.asks, attention.tells, attention.gives):
        assert convolve.weight.shape == (8, 1, KERNEL)


def test_windows_of_a_batch_do_not_know_one_another():
    torch.manual_seed(0)
    network, x = TDCT(SMALL).eval(), torch.randn(5, 40, 3)
    torch.testing.assert_close(network(x)[2:3], network(x[2:3]), atol=1e-5, rtol=1e-5)
