import pytest
import torch
from torch.nn import functional as F

from models.networks.sequence_network import weights
from models.networks.tds import TDSBlock, TDSText


@pytest.mark.parametrize(
    ("bands", "batch_norm", "count"), [(2, True, 5_293_315), (2, False, 5_293_251), (1, True, 1_503_971)]
)
def test_sizes_are_those_of_the_paper(bands, batch_norm, count):
    """5.3 million with batch normalisation; one band alone has 1.5 million."""
    assert weights(TDSText(99, bands, batch_norm)) == count


def test_a_block_is_the_paper_s_unpadded_one():
    """Without the frames before: 31 frames fewer, each added to the last frames of the input."""
    torch.manual_seed(0)
    block, x = TDSBlock(768).eval(), torch.randn(1, 50, 768)
    grid = x.transpose(1, 2).unflatten(1, (24, 32))  # (B, 24, 32, T)
    convolved = torch.relu(F.conv2d(grid, block.convolution.weight.transpose(2, 3), block.convolution.bias))
    added = convolved.flatten(1, 2).transpose(1, 2) + x[:, 31:]
    y = block.norm(added)
    y = block.dense.norm(y + block.dense.second(torch.relu(block.dense.first(y))))
    ours, past = block(x[:, 31:], x[:, :31])
    torch.testing.assert_close(ours, y, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(past, x[:, -31:])


def test_after_124_frames_what_stood_in_for_the_past_is_forgotten():
    network, x = TDSText(7, 1).eval(), torch.randn(1, 130, 16, 33)
    assert network.warming == 124
    with torch.no_grad():
        silent = network(x, *network.start(1))[0]
        other = network(x, torch.randn(1, 4, 31, 384))[0]
    torch.testing.assert_close(silent[:, 124:], other[:, 124:], atol=1e-5, rtol=1e-5)
    assert not torch.allclose(silent[:, 123], other[:, 123], atol=1e-5)
