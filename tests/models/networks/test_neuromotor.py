import torch

from models.networks.neuromotor import EventLSTM, WristLSTM
from models.networks.sequence_network import weights


def test_sizes_are_those_of_the_paper_s_code():
    assert weights(EventLSTM(9)) == 6_482_953
    assert weights(WristLSTM()) == 4_400_129


def test_events_are_answered_200_times_a_second():
    network = EventLSTM(9, hidden=16).eval()
    scores, *states = network(torch.randn(1, 2001, 16), *network.start(1))
    assert scores.shape == (1, 199, 9)
    assert [state.shape for state in states] == [(1, 3, 16), (1, 3, 16)]
    answered = network.answer(scores)
    assert 0 <= answered.min() < answered.max() <= 1


def test_loud_samples_are_compressed():
    """64 x / (32 + |x|): nearly twice a small sample, never more than 64."""
    network, seen = EventLSTM(2, hidden=4).eval(), []
    network.convolution.register_forward_pre_hook(lambda _, x: seen.append(x[0]))
    network(torch.tensor([0.1, -32.0, 1e6]).repeat(7)[None, :, None].expand(1, 21, 16), *network.start(1))
    torch.testing.assert_close(seen[0][0, 0, :3], torch.tensor([0.1994, -32.0, 63.998]), atol=1e-3, rtol=0)


def test_the_wrist_hears_a_slip_of_the_band_as_a_slip():
    """The features of every electrode stay together when the band rolls."""
    torch.manual_seed(0)
    network, x = WristLSTM(hidden=16).eval(), torch.randn(1, 5, 6, 4, 16)
    rolled = torch.stack([x.roll(by, dims=-1) for by in (-1, 0, 1)])
    flat = rolled.permute(0, 1, 2, 5, 3, 4).flatten(-3)  # (3, B, t, C * 24)
    expected = torch.relu(network.rotations.layer(flat)).mean(dim=0)
    torch.testing.assert_close(network.rotations(x.flatten(2, 3).transpose(2, 3)), expected)
