import torch

from models.networks.rotation_mlp import BandMLPs, RotationMLP
from models.networks.sequence_network import weights


def test_it_is_the_mean_over_three_rolls():
    layer, x = RotationMLP(16 * 33), torch.randn(2, 5, 16, 33)
    expected = sum(torch.relu(layer.layer(x.roll(by, dims=2).flatten(2))) for by in (-1, 0, 1)) / 3
    torch.testing.assert_close(layer(x), expected)


def test_a_slip_by_one_electrode_changes_less_than_another_frame():
    torch.manual_seed(0)
    layer, x = RotationMLP(16 * 33), torch.randn(1, 1, 16, 33)
    slipped = (layer(x.roll(1, dims=2)) - layer(x)).norm()
    other = (layer(torch.randn(1, 1, 16, 33)) - layer(x)).norm()
    assert slipped < 0.9 * other


def test_bands_have_weights_of_their_own_and_stand_side_by_side():
    bands, x = BandMLPs(2, 33, batch_norm=False), torch.randn(1, 3, 32, 33)
    y = bands(x)
    assert y.shape == (1, 3, 768)
    torch.testing.assert_close(y[..., 384:], bands.bands[1](x[:, :, 16:]))
    assert weights(bands) == 2 * (528 * 384 + 384)


def test_batch_norm_serves_with_the_statistics_of_its_training():
    bands = BandMLPs(1, 33, batch_norm=True)
    for _ in range(200):
        bands(5 + 2 * torch.randn(4, 10, 16, 33))
    served = bands.eval().norm((5 + 2 * torch.randn(1, 50, 16, 33)).transpose(1, 2))
    assert abs(served.mean()) < 0.05
    assert abs(served.std() - 1) < 0.05
