import torch

from models.networks.sequence_network import weights
from models.networks.splash_net import SplashNet


def test_it_has_a_quarter_of_the_weights_of_emg2qwerty():
    assert weights(SplashNet(99, 2)) == 1_376_067
    assert weights(SplashNet(99, 1)) == 1_338_051


def test_a_left_hand_is_heard_as_a_right_one_in_a_mirror():
    """Hands that mirror each other swap their places before the last layer, and nothing else."""
    torch.manual_seed(0)
    network = SplashNet(7, 2).eval()
    left, right = torch.randn(2, 1, 10, 16, 6)
    mirrored = torch.cat([right.flip(2), left.flip(2)], dim=2)
    swapped = torch.cat([network.out.weight[:, 384:], network.out.weight[:, :384]], dim=1)
    with torch.no_grad():
        as_it_is, _ = network(torch.cat([left, right], dim=2), *network.start(1))
        network.out.weight.copy_(swapped)
        in_a_mirror, _ = network(mirrored, *network.start(1))
    torch.testing.assert_close(in_a_mirror, as_it_is, atol=1e-5, rtol=1e-5)


def test_one_hand_is_heard_as_it_is():
    network, x = SplashNet(7, 1).eval(), torch.randn(1, 10, 16, 6)
    with torch.no_grad():
        frames = network.rotations(x)
        expected = network.out(network.encoder(frames, network.start(1)[0][:, 0])[0])
        torch.testing.assert_close(network(x, *network.start(1))[0], expected)
