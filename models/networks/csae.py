"""CSAE: a convolutional sparse autoencoder for two-channel sEMG, and the classifier on its frozen encoder.

    "CSAE", arXiv 2601.23011; Scientific Reports 2026, doi 10.1038/s41598-026-47492-9.

The paper fixes: raw windows of 1000 samples x 2 channels (250 ms at 4 kHz); two strided convolution blocks, then a
bottleneck convolution under an L1 penalty of 1e-7; a decoder of transposed convolutions; a classifier of LayerNorm,
convolution, self-attention and MLP on the frozen encoder; and that a new user retrains the MLP alone.

Ours, where it is silent (SYSTEMS 1.2 to 1.4): all sizes, ReLU at the bottleneck so that exact zeros can occur, batch
normalisation, four heads without position encoding, the mean over time before the MLP, and that L1 is a sum over the
latent, averaged over the batch: as a mean, 1e-7 would be nothing. Input is filtered microvolts
over a fixed scale per channel from the training trials. At 2 kHz and 1 kHz the window stays 250 ms and the strides
shrink.

B batch, T time, C channel, F feature, K class; t is time after the strides, T / 25 at 4 kHz.
"""

from dataclasses import dataclass
from typing import Final, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.errors import ModelMismatch
from models.networks.heads import MLPHead

STRIDES: Final = {4000: (5, 5), 2000: (5, 3), 1000: (4, 2)}
"""Rate in Hz -> strides of the two blocks, so that t stays near 40 steps."""
WIDTHS: Final = (32, 64)
LATENT: Final = 32
FEATURES: Final = 64
HEADS: Final = 4
KERNELS: Final = (11, 9, 3)


@dataclass(frozen=True, slots=True)
class CSAEConfig:
    """What differs from one CSAE to the next."""

    gestures: int
    channels: int = 2
    window: int = 1000
    """T, samples."""
    strides: tuple[int, int] = (5, 5)
    sparsity: float = 1e-7
    """Weight of sum(abs(z)) over the latent, averaged over the batch."""

    @classmethod
    def at(cls, rate_hz: float, gestures: int, channels: int = 2) -> "CSAEConfig":
        """The variant for 250 ms at a rate. Raises ``ModelMismatch`` for a rate without one."""
        rate = round(rate_hz)
        if rate not in STRIDES:
            known = ", ".join(f"{known} Hz" for known in STRIDES)
            raise ModelMismatch(f"there is no CSAE for {rate_hz:g} Hz: resample the recordings to one of {known}")
        return cls(gestures, channels, rate // 4, STRIDES[rate])

    def lengths(self) -> tuple[int, int, int]:
        """Steps of time before the first block, after it and after the second."""
        first = -(-self.window // self.strides[0])
        return self.window, first, -(-first // self.strides[1])

    @property
    def latent(self) -> int:
        """Numbers in z, of one window."""
        return LATENT * self.lengths()[-1]


class Scale(nn.Module):
    """Microvolts to about unit variance, by constants; channels first, as convolutions want them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.microvolts: Tensor
        self.register_buffer("microvolts", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:  # (B, T, C) microvolts
        """(B, T, C) microvolts -> (B, C, T)."""
        return (x / self.microvolts).transpose(1, 2)


def encoder(config: CSAEConfig) -> nn.Sequential:
    """(B, C, T) -> (B, 32, t), never negative."""
    (w1, w2), (k1, k2, k3), (s1, s2) = WIDTHS, KERNELS, config.strides
    return nn.Sequential(
        nn.Conv1d(config.channels, w1, k1, s1, k1 // 2), nn.BatchNorm1d(w1), nn.ReLU(),  # (B, 32, T / s1)
        nn.Conv1d(w1, w2, k2, s2, k2 // 2), nn.BatchNorm1d(w2), nn.ReLU(),  # (B, 64, t)
        nn.Conv1d(w2, LATENT, k3, 1, k3 // 2), nn.ReLU(),  # (B, 32, t)
    )  # fmt: skip


def decoder(config: CSAEConfig) -> nn.Sequential:
    """(B, 32, t) -> (B, C, T). Only training needs it."""
    (w1, w2), (k1, k2, k3), (s1, s2) = WIDTHS, KERNELS, config.strides
    whole, first, second = config.lengths()
    fill1, fill2 = whole - (first - 1) * s1 - 1, first - (second - 1) * s2 - 1
    return nn.Sequential(
        nn.ConvTranspose1d(LATENT, w2, k3, 1, k3 // 2), nn.BatchNorm1d(w2), nn.ReLU(),  # (B, 64, t)
        nn.ConvTranspose1d(w2, w1, k2, s2, k2 // 2, fill2), nn.BatchNorm1d(w1), nn.ReLU(),  # (B, 32, T / s1)
        nn.ConvTranspose1d(w1, config.channels, k1, s1, k1 // 2, fill1),  # (B, C, T)
    )  # fmt: skip


class SelfAttention(nn.Module):
    """Multi-head attention over time, with residual and LayerNorm."""

    def __init__(self) -> None:
        super().__init__()
        self.project = nn.Linear(FEATURES, 3 * FEATURES)
        self.merge = nn.Linear(FEATURES, FEATURES)
        self.norm = nn.LayerNorm(FEATURES)

    def forward(self, x: Tensor) -> Tensor:  # (B, t, F)
        """(B, t, F) -> (B, t, F)."""
        heads = self.project(x).unflatten(-1, (3, HEADS, FEATURES // HEADS))  # (B, t, 3, H, F / H)
        q, k, v = heads.permute(2, 0, 3, 1, 4).unbind(0)  # each (B, H, t, F / H)
        seen = F.scaled_dot_product_attention(q, k, v)  # (B, H, t, F / H)
        merged: Tensor = self.norm(x + self.merge(seen.transpose(1, 2).flatten(-2)))  # (B, t, F)
        return merged


class Context(nn.Module):
    """The part of the classifier that stays frozen for a new user: LayerNorm, convolution, attention, mean."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(LATENT)
        self.mix = nn.Sequential(
            nn.Conv1d(LATENT, FEATURES, 3, padding=1), nn.BatchNorm1d(FEATURES), nn.ReLU(), nn.Dropout(0.3)
        )
        self.attention = SelfAttention()

    def forward(self, z: Tensor) -> Tensor:  # (B, 32, t)
        """(B, 32, t) -> (B, F)."""
        x = self.norm(z.transpose(1, 2))  # (B, t, 32)
        x = self.mix(x.transpose(1, 2))  # (B, F, t)
        x = self.attention(x.transpose(1, 2))  # (B, t, F)
        features: Tensor = x.mean(dim=1)  # (B, F)
        return features


def mlp(gestures: int) -> nn.Sequential:
    """(B, F) -> (B, K) logits: what a new user retrains."""
    return nn.Sequential(nn.Linear(FEATURES, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, gestures))


class CSAE(nn.Module):
    """Encoder, decoder and classifier."""

    def __init__(self, config: CSAEConfig) -> None:
        super().__init__()
        self.config = config
        self.scale = Scale(config.channels)
        self.encoder = encoder(config)
        self.decoder = decoder(config)
        self.context = Context()
        self.mlp = mlp(config.gestures)

    def reconstruct(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:  # (B, T, C) microvolts
        """(B, T, C) -> scaled input (B, C, T), latent (B, 32, t), reconstruction (B, C, T)."""
        scaled = self.scale(x)  # (B, C, T)
        z = self.encoder(scaled)  # (B, 32, t)
        return scaled, z, self.decoder(z)

    def autoencoder_loss(self, x: Tensor) -> Tensor:  # (B, T, C) microvolts
        """Mean squared error + sparsity * sum(abs(z)) per window."""
        scaled, z, rebuilt = self.reconstruct(x)
        return F.mse_loss(rebuilt, scaled) + self.config.sparsity * z.abs().sum(dim=(1, 2)).mean()

    def classify(self, z: Tensor) -> Tensor:  # (B, 32, t)
        """(B, 32, t) -> (B, K) logits."""
        logits: Tensor = self.mlp(self.context(z))
        return logits

    def frozen(self) -> nn.Sequential:
        """(B, T, C) microvolts -> (B, F): what is exported as the encoder."""
        return nn.Sequential(self.scale, self.encoder, self.context)

    def head(self) -> MLPHead:
        """(B, F) -> (B, K) log-probabilities: what is exported as the head, sharing the weights of ``mlp``."""
        hidden, _, dropout, out = self.mlp
        return MLPHead(cast(nn.Linear, hidden), cast(nn.Linear, out), cast(nn.Dropout, dropout).p).train(self.training)
