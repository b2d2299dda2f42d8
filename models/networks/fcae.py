"""FCAE: the fully connected autoencoder that the CSAE is compared with, and the classifier on its frozen encoder.

    A rival within "CSAE", arXiv 2601.23011; Scientific Reports 2026, doi 10.1038/s41598-026-47492-9.

The paper fixes: the window is flattened; with six gestures it reports F1 49.7, 44.6 points below the CSAE.

Ours, where it is silent, so that the comparison is fair (SYSTEMS 1.8): one dense layer to a latent as large as the
CSAE's, batch normalisation and ReLU; one dense layer back; no L1. The latent has no time, so the classifier that fits
it has a dense layer where the CSAE's has a convolution, no attention, and the same MLP. The paper names one
classifier, that of the CSAE; ``folded`` gives a latent that it accepts, though neighbours in it mean nothing.

B batch, T time, C channel, L latent, F feature, K class; t is the CSAE's time after the strides.
"""

from torch import Tensor, nn
from torch.nn import functional as F

from models.networks.csae import FEATURES, LATENT, CSAEConfig, Scale, mlp


def encoder(config: CSAEConfig) -> nn.Sequential:
    """(B, C, T) -> (B, L), never negative."""
    inputs = config.channels * config.window
    return nn.Sequential(
        nn.Flatten(),  # (B, C * T)
        nn.Linear(inputs, config.latent), nn.BatchNorm1d(config.latent), nn.ReLU(),  # (B, L)
    )  # fmt: skip


def decoder(config: CSAEConfig) -> nn.Sequential:
    """(B, L) -> (B, C, T). Only training needs it."""
    return nn.Sequential(
        nn.Linear(config.latent, config.channels * config.window),  # (B, C * T)
        nn.Unflatten(1, (config.channels, config.window)),  # (B, C, T)
    )


def context(config: CSAEConfig) -> nn.Sequential:
    """(B, L) -> (B, F)."""
    return nn.Sequential(
        nn.LayerNorm(config.latent),
        nn.Linear(config.latent, FEATURES), nn.BatchNorm1d(FEATURES), nn.ReLU(), nn.Dropout(0.3),  # (B, F)
    )  # fmt: skip


def folded(config: CSAEConfig) -> nn.Unflatten:
    """(B, L) -> (B, 32, t), the shape of the CSAE's latent."""
    return nn.Unflatten(1, (LATENT, config.lengths()[-1]))


class FCAE(nn.Module):
    """Encoder, decoder and classifier; the config's strides give the size of the latent, its sparsity is not used."""

    def __init__(self, config: CSAEConfig) -> None:
        super().__init__()
        self.config = config
        self.scale = Scale(config.channels)
        self.encoder = encoder(config)
        self.decoder = decoder(config)
        self.context = context(config)
        self.mlp = mlp(config.gestures)

    def reconstruct(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:  # (B, T, C) microvolts
        """(B, T, C) -> scaled input (B, C, T), latent (B, L), reconstruction (B, C, T)."""
        scaled = self.scale(x)  # (B, C, T)
        z = self.encoder(scaled)  # (B, L)
        return scaled, z, self.decoder(z)

    def autoencoder_loss(self, x: Tensor) -> Tensor:  # (B, T, C) microvolts
        """Mean squared error."""
        scaled, _, rebuilt = self.reconstruct(x)
        return F.mse_loss(rebuilt, scaled)
