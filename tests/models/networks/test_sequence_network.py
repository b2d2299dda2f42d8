"""What every network of sequences keeps: pieces that hand their states on give what the whole gives."""

import pytest
import torch

from models.networks.neuromotor import EventLSTM, WristLSTM
from models.networks.recurrent_text import RecurrentText
from models.networks.sequence_network import Residual, recur
from models.networks.splash_net import SplashNet
from models.networks.tds import TDSText

SPECTRA = (1, 40, 32, 33)
NETWORKS = {
    "tds": (lambda: TDSText(7, 2), SPECTRA),
    "tds, batch norm": (lambda: TDSText(7, 2, batch_norm=True), SPECTRA),
    "lstm": (lambda: RecurrentText("lstm", 7, 2), SPECTRA),
    "gru": (lambda: RecurrentText("gru", 7, 2), SPECTRA),
    "cnn-lstm": (lambda: RecurrentText("lstm", 7, 2, convolutions=True), SPECTRA),
    "cnn-gru": (lambda: RecurrentText("gru", 7, 2, convolutions=True), SPECTRA),
    "splashnet": (lambda: SplashNet(7, 2), (1, 40, 32, 6)),
    "splashnet, one hand": (lambda: SplashNet(7, 1), (1, 40, 16, 6)),
    "wrist": (lambda: WristLSTM(2, hidden=16), (1, 40, 6, 4, 16)),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_pieces_give_what_the_whole_gives(name):
    make, shape = NETWORKS[name]
    torch.manual_seed(0)
    network, x = make().eval(), torch.randn(2, *shape[1:])
    with torch.no_grad():
        whole, *last = network(x, *network.start(2))
        states, parts = network.start(2), []
        for piece in x.split([1, 3, 30, 6], dim=1):
            part, *states = network(piece, *states)
            parts.append(part)
    torch.testing.assert_close(torch.cat(parts, dim=1), whole, atol=1e-5, rtol=1e-5)
    for state, theirs, wanted in zip(states, last, network.states.values(), strict=True):
        torch.testing.assert_close(state, theirs, atol=1e-5, rtol=1e-5)
        assert state.shape == (2, *wanted)


def test_samples_in_pieces_give_what_the_whole_gives():
    torch.manual_seed(0)
    network, x = EventLSTM(3, hidden=16).eval(), 50 * torch.randn(1, 21 + 10 * 39, 16)
    with torch.no_grad():
        whole, *_ = network(x, *network.start(1))
        first, *states = network(x[:, : 21 + 10 * 14], *network.start(1))
        second, *_ = network(x[:, 10 * 15 :], *states)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_no_score_hears_a_later_frame(name):
    make, shape = NETWORKS[name]
    network, x = make().eval(), torch.randn(1, *shape[1:])
    later = x.clone()
    later[:, 20:] += 10
    with torch.no_grad():
        now, then = (network(frames, *network.start(1))[0] for frames in (x, later))
    torch.testing.assert_close(now[:, :20], then[:, :20], atol=1e-5, rtol=1e-5)
    assert not torch.allclose(now[:, 20:], then[:, 20:], atol=1e-3)


def test_recurrent_layers_keep_the_batch_first():
    network, x = torch.nn.LSTM(4, 8, num_layers=2, batch_first=True), torch.randn(3, 5, 4)
    y, hidden, cell = recur(network, x, (torch.zeros(3, 2, 8), torch.zeros(3, 2, 8)))
    assert (y.shape, hidden.shape, cell.shape) == ((3, 5, 8), (3, 2, 8), (3, 2, 8))
    torch.testing.assert_close(hidden[:, -1], y[:, -1])


def test_a_dense_block_is_normalised():
    y = Residual(16)(3 + 5 * torch.randn(4, 16))
    torch.testing.assert_close(y.mean(dim=-1), torch.zeros(4), atol=1e-5, rtol=0)
