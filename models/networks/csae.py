"""CSAE: a convolutional sparse autoencoder for two-channel sEMG, and the classifier on its frozen encoder.

    "CSAE", arXiv 2601.23011; Scientific Reports 2026, doi 10.1038/s41598-026-47492-9.

The paper fixes: raw windows of 1000 samples x 2 channels (250 ms at 4 kHz); two strided convolution blocks, then a
bottleneck convolution under an L1 penalty of 1e-7; a decoder of transposed convolutions; a classifier of LayerNorm,
convolution, self-attention and MLP on the frozen encoder; and that a new user retrains the MLP alone.

Ours, where it is silent (SYSTEMS 1.2 to 1.4): all sizes, ReLU at the bottleneck so that exact zeros can occur, batch
normalisation, four heads without position encoding, the mean over time before the MLP, and that L1 is a sum over the
latent, averaged over the batch: as a mean, 1e-7 would be nothing. Input is filtered microvolts
over a fixed scale per channel from the training trials. At 2 kHz and 1 kHz the window stays 250 ms and the strides
shrink; any number of channels enters the first convolution.

Where convolutions pad, a step of time near an edge of the window knows that the edge is there. The variant without
padding gives frames that depend on their own samples alone, so overlapping windows can share them; only attention and
mean are each window's own. Its frames are 5 ms apart at every rate, so that they fall on the same samples again for
the usual hops, and its kernels are such that the first frame begins and the last one ends with the window. Frames
10 ms apart would make the served graph a quarter faster and cost 2 points of macro-F1 on the simulated users.
2048 Hz has the frames of 2 kHz, 4.9 ms apart; as many as fit into 250 ms make a window of 249.

B batch, T time, C channel, F feature, K class, W width of a frame; t is time after the strides, T / 25 at 4 kHz.
"""

from dataclasses import dataclass, replace
from typing import Final, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.errors import ModelMismatch
from models.networks.heads import MLPHead
from models.spec import FrameSpec

STRIDES: Final = {4000: (5, 5), 2048: (5, 3), 2000: (5, 3), 1000: (4, 2)}
"""Rate in Hz -> strides of the two blocks, so that t stays near 40 steps."""
SHARED_STRIDES: Final = {4000: (5, 4), 2048: (5, 2), 2000: (5, 2), 1000: (5, 1)}
"""The same without padding: 5 ms at every rate, or nearly."""
WIDTHS: Final = (32, 64)
LATENT: Final = 32
FEATURES: Final = 64
HEADS: Final = 4
WIDTH: Final = 4 * FEATURES
"""Of a shared frame: the frame itself, its query, its key and its value."""
KERNELS: Final = (11, 9, 3)
SHARED_KERNELS: Final = (10, 7, 3)
MIX: Final = 3
"""Kernel of the classifier's convolution."""


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
    kernels: tuple[int, int, int] = KERNELS
    padded: bool = True
    """Whether convolutions see zeros beyond the window; if not, windows share their frames."""

    @classmethod
    def at(cls, rate_hz: float, gestures: int, channels: int = 2) -> "CSAEConfig":
        """The padded variant for 250 ms at a rate. Raises ``ModelMismatch`` for a rate without one."""
        rate = _known(rate_hz)
        return cls(gestures, channels, rate // 4, STRIDES[rate])

    @classmethod
    def shared_at(cls, rate_hz: float, gestures: int, channels: int = 2) -> "CSAEConfig":
        """The variant whose windows share frames: as many as 250 ms hold. Raises ``ModelMismatch`` as ``at`` does."""
        rate = _known(rate_hz)
        config = cls(gestures, channels, rate // 4, SHARED_STRIDES[rate], kernels=SHARED_KERNELS, padded=False)
        return replace(config, window=config._frames.samples(config._frames.count(config.window)))

    def padding(self, kernel: int) -> int:
        """Zeros on each side of a convolution."""
        return kernel // 2 if self.padded else 0

    def lengths(self) -> tuple[int, int, int, int]:
        """Steps of time before the first block, after it, after the second, and in z."""
        steps = [self.window]
        for kernel, stride in zip(self.kernels, (*self.strides, 1), strict=True):
            steps.append((steps[-1] + 2 * self.padding(kernel) - kernel) // stride + 1)
        whole, first, second, latent = steps
        return whole, first, second, latent

    @property
    def frames(self) -> FrameSpec | None:
        """What overlapping windows share."""
        return None if self.padded else self._frames

    @property
    def _frames(self) -> FrameSpec:
        (k1, k2, k3), (s1, s2) = self.kernels, self.strides
        receptive = k1 + (k2 - 1) * s1 + (k3 + MIX - 2) * s1 * s2
        return FrameSpec(stride=s1 * s2, receptive=receptive, width=WIDTH)

    def hop(self, samples: float) -> int:
        """The whole number nearest to ``samples`` after which a window still shares its frames with the last one."""
        step = self.frames.stride if self.frames else 1
        return step * round(samples / step)

    @property
    def latent(self) -> int:
        """Numbers in z, of one window."""
        return LATENT * self.lengths()[-1]


def _known(rate_hz: float) -> int:
    rate = round(rate_hz)
    if rate not in STRIDES:
        known = ", ".join(f"{known} Hz" for known in STRIDES)
        raise ModelMismatch(f"there is no CSAE for {rate_hz:g} Hz: resample the recordings to one of {known}")
    return rate


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
    (w1, w2), (k1, k2, k3), (s1, s2), pad = WIDTHS, config.kernels, config.strides, config.padding
    return nn.Sequential(
        nn.Conv1d(config.channels, w1, k1, s1, pad(k1)), nn.BatchNorm1d(w1), nn.ReLU(),  # (B, 32, T / s1)
        nn.Conv1d(w1, w2, k2, s2, pad(k2)), nn.BatchNorm1d(w2), nn.ReLU(),  # (B, 64, t)
        nn.Conv1d(w2, LATENT, k3, 1, pad(k3)), nn.ReLU(),  # (B, 32, t)
    )  # fmt: skip


def decoder(config: CSAEConfig) -> nn.Sequential:
    """(B, 32, t) -> (B, C, T). Only training needs it."""
    (w1, w2), (k1, k2, k3), (s1, s2), pad = WIDTHS, config.kernels, config.strides, config.padding
    whole, first, second, _ = config.lengths()
    fill1 = whole - (first - 1) * s1 + 2 * pad(k1) - k1  # samples and steps that the strides left over
    fill2 = first - (second - 1) * s2 + 2 * pad(k2) - k2
    return nn.Sequential(
        nn.ConvTranspose1d(LATENT, w2, k3, 1, pad(k3)), nn.BatchNorm1d(w2), nn.ReLU(),  # (B, 64, t)
        nn.ConvTranspose1d(w2, w1, k2, s2, pad(k2), fill2), nn.BatchNorm1d(w1), nn.ReLU(),  # (B, 32, T / s1)
        nn.ConvTranspose1d(w1, config.channels, k1, s1, pad(k1), fill1),  # (B, C, T)
    )  # fmt: skip


class SelfAttention(nn.Module):
    """Multi-head attention over time, with residual and LayerNorm."""

    def __init__(self) -> None:
        super().__init__()
        self.project = nn.Linear(FEATURES, 3 * FEATURES)
        self.merge = nn.Linear(FEATURES, FEATURES)
        self.norm = nn.LayerNorm(FEATURES)

    def forward(self, frames: Tensor) -> Tensor:  # (B, t, W)
        """Frames, each with its query, key and value beside it: (B, t, W) -> (B, t, F)."""
        x, q, k, v = frames.split(FEATURES, dim=-1)  # each (B, t, F)
        q, v = (part.unflatten(-1, (HEADS, -1)).transpose(1, 2) for part in (q, v))  # each (B, H, t, F / H)
        k = k.unflatten(-1, (HEADS, -1)).permute(0, 2, 3, 1)  # (B, H, F / H, t)
        weights = (q @ k * (HEADS / FEATURES) ** 0.5).softmax(dim=-1)  # (B, H, t, t)
        seen = (weights @ v).transpose(1, 2).flatten(-2)  # (B, t, F)
        merged: Tensor = self.norm(x + self.merge(seen))
        return merged


class Context(nn.Module):
    """The part of the classifier that stays frozen for a new user: LayerNorm, convolution, attention, mean."""

    def __init__(self, padded: bool = True) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(LATENT)
        padding = MIX // 2 if padded else 0
        self.mix = nn.Sequential(
            nn.Conv1d(LATENT, FEATURES, MIX, padding=padding), nn.BatchNorm1d(FEATURES), nn.ReLU(), nn.Dropout(0.3)
        )
        self.attention = SelfAttention()

    def forward(self, z: Tensor) -> Tensor:  # (B, 32, t)
        """(B, 32, t) -> (B, F)."""
        return self.features(self.frames(z))

    def frames(self, z: Tensor) -> Tensor:  # (B, 32, t)
        """What depends on a few steps of time only: (B, 32, t) -> (B, t, W)."""
        x = self.norm(z.transpose(1, 2))  # (B, t, 32)
        x = self.mix(x.transpose(1, 2)).transpose(1, 2)  # (B, t, F)
        return torch.cat([x, self.attention.project(x)], dim=-1)  # (B, t, W)

    def features(self, frames: Tensor) -> Tensor:  # (B, t, W)
        """What depends on the whole window: (B, t, W) -> (B, F)."""
        features: Tensor = self.attention(frames).mean(dim=1)  # (B, F)
        return features


class FrozenCSAE(nn.Sequential):
    """Scale, encoder and context: (B, T, C) microvolts -> (B, F); what is exported as the encoder."""

    def follow(self, samples: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:  # (B, n, C) microvolts, (B, m, W)
        """Features (B, F) of frames and of those of the samples that follow; and all these frames.

        If nothing is padded, the features are those of the whole window.
        """
        scale, encoder, context = self
        context = cast(Context, context)
        frames = torch.cat([frames, context.frames(encoder(scale(samples)))], dim=1)  # (B, t, W)
        return context.features(frames), frames


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
        self.context = Context(config.padded)
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

    def frozen(self) -> FrozenCSAE:
        """(B, T, C) microvolts -> (B, F): what is exported as the encoder."""
        return FrozenCSAE(self.scale, self.encoder, self.context)

    def head(self) -> MLPHead:
        """(B, F) -> (B, K) log-probabilities: what is exported as the head, sharing the weights of ``mlp``."""
        hidden, _, dropout, out = self.mlp
        return MLPHead(cast(nn.Linear, hidden), cast(nn.Linear, out), cast(nn.Dropout, dropout).p).train(self.training)
