import pytest
import torch
from torch import nn

from models.errors import ModelMismatch
from models.networks.csae import CSAE, SHARED_STRIDES, STRIDES, CSAEConfig


def count(*parts: nn.Module) -> int:
    return sum(weight.numel() for part in parts for weight in part.parameters())


@pytest.fixture
def network():
    torch.manual_seed(0)
    return CSAE(CSAEConfig(gestures=6)).eval()


@pytest.mark.parametrize(("gestures", "head", "mlp"), [(6, 32_262, 9_094), (10, 32_778, 9_610)])
def test_counts_are_those_of_the_design(gestures, head, mlp):
    network = CSAE(CSAEConfig(gestures))
    assert count(network.encoder) == 25_600
    assert count(network.decoder) == 25_570
    assert count(network.context, network.mlp) == head
    assert count(network.mlp) == mlp


def test_shapes_at_4_khz(network):
    scaled, z, rebuilt = network.reconstruct(torch.randn(3, 1000, 2))
    assert scaled.shape == rebuilt.shape == (3, 2, 1000)
    assert z.shape == (3, 32, 40)
    assert network.config.latent == z[0].numel() == 1280
    assert network.frozen()(torch.randn(3, 1000, 2)).shape == (3, 64)
    assert network.head()(torch.randn(3, 64)).shape == (3, 6)


@pytest.mark.parametrize("rate_hz", STRIDES)
def test_every_rate_sees_250_ms_and_rebuilds_its_input(rate_hz):
    config = CSAEConfig.at(rate_hz, gestures=4, channels=3)
    assert config.window == rate_hz / 4
    network = CSAE(config).eval()
    scaled, z, rebuilt = network.reconstruct(torch.randn(2, config.window, 3))
    assert rebuilt.shape == scaled.shape == (2, 3, config.window)
    assert 30 <= z.shape[2] <= 40
    assert count(network.encoder) == 25_600 + 32 * 11  # a third channel in the first convolution


def test_a_rate_without_a_variant_says_which_there_are():
    with pytest.raises(ModelMismatch, match="4000 Hz, 2048 Hz, 2000 Hz, 1000 Hz"):
        CSAEConfig.at(512, gestures=6)


def test_the_scale_turns_microvolts_into_unit_variance(network):
    network.scale.microvolts.copy_(torch.tensor([100.0, 20.0]))
    x = torch.randn(4, 1000, 2) * torch.tensor([100.0, 20.0])
    assert network.scale(x).std(dim=(0, 2)) == pytest.approx([1, 1], abs=0.05)


def test_without_sparsity_the_loss_is_the_plain_autoencoders():
    torch.manual_seed(0)
    network = CSAE(CSAEConfig(6, sparsity=0.0)).eval()
    x = torch.randn(5, 1000, 2)
    scaled, _, rebuilt = network.reconstruct(x)
    assert torch.equal(network.autoencoder_loss(x), nn.functional.mse_loss(rebuilt, scaled))


def test_sparsity_is_a_sum_over_the_latent_and_a_mean_over_the_batch():
    torch.manual_seed(0)
    plain, sparse = CSAE(CSAEConfig(6, sparsity=0.0)).eval(), CSAE(CSAEConfig(6, sparsity=1e-3)).eval()
    sparse.load_state_dict(plain.state_dict())
    x = torch.randn(5, 1000, 2)
    penalty = 1e-3 * plain.reconstruct(x)[1].abs().sum() / 5
    torch.testing.assert_close(sparse.autoencoder_loss(x) - plain.autoencoder_loss(x), penalty, rtol=1e-3, atol=1e-6)


def test_more_sparsity_leaves_more_of_the_latent_zero():
    shares = [trained_zero_share(sparsity) for sparsity in (0.0, 1e-5, 1e-3)]
    assert shares[0] < shares[1] < shares[2]


def trained_zero_share(sparsity: float) -> float:
    torch.manual_seed(0)
    network = CSAE(CSAEConfig.at(1000, 2)).train()
    network.config = CSAEConfig(2, window=250, strides=(4, 2), sparsity=sparsity)
    optimiser = torch.optim.Adam(network.parameters(), 3e-3)
    x = torch.cumsum(torch.randn(32, 250, 2), dim=1) / 10
    for _ in range(30):
        optimiser.zero_grad()
        network.autoencoder_loss(x).backward()
        optimiser.step()
    return float((network.eval().reconstruct(x)[1] == 0).float().mean())


def test_the_head_gives_log_probabilities(network):
    torch.testing.assert_close(network.head()(torch.randn(7, 64)).exp().sum(dim=1), torch.ones(7))


def test_frozen_part_and_head_make_the_whole(network):
    x = torch.randn(3, 1000, 2)
    whole = network.classify(network.encoder(network.scale(x))).log_softmax(dim=-1)
    torch.testing.assert_close(network.head()(network.frozen()(x)), whole)


@pytest.fixture(params=SHARED_STRIDES)
def shared(request):
    torch.manual_seed(0)
    network = CSAE(CSAEConfig.shared_at(request.param, gestures=4, channels=3))
    network.train()
    for _ in range(3):
        network.classify(network.reconstruct(torch.randn(16, network.config.window, 3))[1])  # batch statistics
    return network.eval()


def test_without_padding_it_sees_almost_250_ms_and_rebuilds_all_of_them(shared):
    assert shared.config.window in (1000, 510, 500, 250)  # 249 ms at 2048 Hz
    x = torch.randn(2, shared.config.window, 3)
    scaled, z, rebuilt = shared.reconstruct(x)
    assert rebuilt.shape == scaled.shape == (2, 3, shared.config.window)
    assert z[0].numel() == shared.config.latent
    assert shared.frozen()(x).shape == (2, 64)


def test_without_padding_frames_are_5_ms_apart_and_fill_the_window(shared):
    frames, window = shared.config.frames, shared.config.window
    assert frames.stride == 5 * (window // 250)
    frames.require(window)
    x = torch.randn(2, window, 3)
    assert shared.context.frames(shared.encoder(shared.scale(x))).shape == (2, frames.count(window), frames.width)


def test_live_hops_are_whole_frames():
    """So that the next window shares its frames: 51 samples, 25 ms at 2048 Hz, would be one off."""
    assert CSAEConfig.shared_at(2048, 4).hop(0.025 * 2048) == 50
    assert [CSAEConfig.shared_at(rate, 4).hop(0.025 * rate) for rate in (4000, 2000, 1000)] == [100, 50, 25]
    assert CSAEConfig.at(2048, 4).hop(0.025 * 2048) == 51


def test_a_frame_depends_on_its_own_samples_alone(shared):
    frames, window = shared.config.frames, shared.config.window
    x = torch.randn(1, window, 3)
    whole = shared.context.frames(shared.encoder(shared.scale(x)))
    for n in (0, 1, frames.count(window) - 1):
        own = x[:, n * frames.stride :][:, : frames.receptive]
        torch.testing.assert_close(shared.context.frames(shared.encoder(shared.scale(own))), whole[:, n : n + 1])


def test_frames_and_what_follows_make_the_window(shared):
    frozen, frames = shared.frozen(), shared.config.frames
    x = torch.randn(2, shared.config.window, 3)
    for known in (0, 1, 30):
        before = x[:, : frames.samples(known)] if known else x[:, :0]
        kept = shared.context.frames(shared.encoder(shared.scale(before))) if known else torch.zeros(2, 0, frames.width)
        features, extended = frozen.follow(x[:, known * frames.stride :], kept)
        torch.testing.assert_close(features, frozen(x))
        assert extended.shape == (2, frames.count(shared.config.window), frames.width)


def test_a_padded_network_shares_nothing():
    assert CSAEConfig(6).frames is None


def test_a_rate_without_a_shared_variant_says_which_there_are():
    with pytest.raises(ModelMismatch, match="4000 Hz, 2048 Hz, 2000 Hz, 1000 Hz"):
        CSAEConfig.shared_at(512, gestures=6)
