import pytest
import torch

from models.networks.recurrent_text import RecurrentText
from models.networks.sequence_network import weights


@pytest.mark.parametrize(
    ("cell", "convolutions", "count"),
    [
        ("lstm", False, 2_917_283),
        ("gru", False, 2_390_947),
        ("lstm", True, 7_728_131),
        ("gru", True, 7_201_795),
    ],
)
def test_sizes_are_those_of_the_report_and_answer_offline_only(cell, convolutions, count):
    """2.9, 2.4, 7.7 and 7.2 million: only both directions give the printed counts."""
    network = RecurrentText(cell, 99, 2, convolutions=convolutions, both_ways=True, batch_norm=True)
    assert weights(network) == count
    assert network.states == {}
    assert network.start(2) == ()


@pytest.mark.parametrize(
    ("cell", "convolutions", "count"),
    [
        ("lstm", False, 1_470_883),
        ("gru", False, 1_256_867),
        ("lstm", True, 6_281_731),
        ("gru", True, 6_067_715),
    ],
)
def test_sizes_of_the_twins_of_one_direction(cell, convolutions, count):
    assert weights(RecurrentText(cell, 99, 2, convolutions=convolutions, batch_norm=True)) == count


@pytest.mark.parametrize("convolutions", [False, True])
def test_both_ways_hear_the_future(convolutions):
    network = RecurrentText("gru", 7, 1, convolutions=convolutions, both_ways=True).eval()
    x = torch.randn(1, 20, 16, 33)
    later = x.clone()
    later[:, 15:] += 10
    with torch.no_grad():
        (now,), (then,) = network(x), network(later)
    assert now.shape == (1, 20, 7)
    assert not torch.allclose(now[:, 0], then[:, 0], atol=1e-6)
