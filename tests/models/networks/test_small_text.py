import torch

from models.networks.sequence_network import weights
from models.networks.small_text import SmallText


def test_its_size():
    assert weights(SmallText(99, 1)) == 288_099
    assert weights(SmallText(99, 2)) == 1_100_387


def test_pieces_give_what_the_whole_gives():
    torch.manual_seed(0)
    network, x = SmallText(7, 2).eval(), torch.randn(2, 30, 32, 6)
    with torch.no_grad():
        whole, last = network(x, *network.start(2))
        states, parts = network.start(2), []
        for piece in x.split(4, dim=1):
            scores, *states = network(piece, *states)
            parts.append(scores)
    torch.testing.assert_close(torch.cat(parts, dim=1), whole, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(states[0], last, atol=1e-5, rtol=1e-5)
