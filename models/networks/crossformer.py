"""Crossformer as a classifier: attention over the time of each channel, then between channels through a few routers.

    Y. Zhang, J. Yan, "Crossformer: Transformer utilizing cross-dimension dependency for multivariate time series
    forecasting", ICLR 2023. As a backbone of SASG-DA (arXiv 2511.08344), whose source names it and no more: that it is
    this one is inferred from the name.

The paper's is a forecaster; ours is its encoder, the mean over channels and segments of its last scale, and one linear
layer. From its public code (Apache-2.0), written anew: segments embedded with a learned place each, two-stage
attention, merging of neighbouring segments between scales. Sizes for EMG are ours (SYSTEMS 4.8): segments of 10 ms at
2 kHz, width 128, 4 heads, 3 scales, dropout 0.2, MLPs of 256; 1.138 million weights for 12 channels of 200 ms, and 129
per gesture. Segments that do not fill up a merge stand alone beside a copy of themselves, as in the code.

B batch, T time, C channel, S segment, N samples of a segment, D width, R router, K class.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.networks.csae import Scale


@dataclass(frozen=True, slots=True)
class CrossformerConfig:
    """What differs from one Crossformer to the next."""

    gestures: int
    channels: int = 12
    window: int = 400
    """T, samples; a rest of it that fills no segment, its beginning, is not heard."""
    segment: int = 20
    """N, samples."""
    width: int = 128
    """D."""
    heads: int = 4
    scales: int = 3
    routers: int = 10
    dropout: float = 0.2

    @property
    def segments(self) -> tuple[int, ...]:
        """S at each scale."""
        counts = [self.window // self.segment]
        for _ in range(self.scales - 1):
            counts.append(-(-counts[-1] // 2))
        return tuple(counts)


class Crossformer(nn.Module):
    """(B, T, C) microvolts -> (B, K) logits."""

    def __init__(self, config: CrossformerConfig) -> None:
        super().__init__()
        self.config = config
        self.scale = Scale(config.channels)
        self.embed = nn.Linear(config.segment, config.width)
        self.place = nn.Parameter(torch.randn(config.channels, config.segments[0], config.width))
        self.norm = nn.LayerNorm(config.width)
        first, *others = (TwoStageAttention(count, config) for count in config.segments)
        merged = (layer for attention in others for layer in (Merge(config.width), attention))
        self.scales = nn.Sequential(first, *merged)
        self.head = nn.Linear(config.width, config.gestures)

    def forward(self, x: Tensor) -> Tensor:  # (B, T, C) microvolts
        """(B, T, C) microvolts -> (B, K)."""
        heard = self.config.segments[0] * self.config.segment
        x = self.scale(x)[:, :, -heard:].unflatten(2, (-1, self.config.segment))  # (B, C, S, N)
        x = self.norm(self.embed(x) + self.place)  # (B, C, S, D)
        logits: Tensor = self.head(self.scales(x).mean(dim=(1, 2)))
        return logits


class TwoStageAttention(nn.Module):
    """(B, C, S, D) -> (B, C, S, D)."""

    def __init__(self, segments: int, config: CrossformerConfig) -> None:
        super().__init__()
        self.routers = nn.Parameter(torch.randn(segments, config.routers, config.width))
        self.over_time = _attention(config)
        self.gather = _attention(config)
        self.hand_out = _attention(config)
        self.time_rest = _Rest(config)
        self.channel_rest = _Rest(config)

    def forward(self, x: Tensor) -> Tensor:  # (B, C, S, D)
        """(B, C, S, D) -> (B, C, S, D)."""
        batch = len(x)
        x = x.flatten(0, 1)  # (B * C, S, D)
        x = self.time_rest(x, _attend(self.over_time, x, x))
        x = x.unflatten(0, (batch, -1)).transpose(1, 2).flatten(0, 1)  # (B * S, C, D)
        routers = self.routers.repeat(batch, 1, 1)  # (B * S, R, D)
        x = self.channel_rest(x, _attend(self.hand_out, x, _attend(self.gather, routers, x)))
        apart: Tensor = x.unflatten(0, (batch, -1)).transpose(1, 2)
        return apart


class Merge(nn.Module):
    """Two neighbouring segments become one: (B, C, S, D) -> (B, C, S / 2, D)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(2 * width)
        self.mix = nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:  # (B, C, S, D)
        """(B, C, S, D) -> (B, C, S / 2, D)."""
        if x.shape[2] % 2:
            x = torch.cat([x, x[:, :, -1:]], dim=2)
        mixed: Tensor = self.mix(self.norm(x.unflatten(2, (-1, 2)).flatten(3)))
        return mixed


class _Rest(nn.Module):
    """What follows an attention: added and normalised, then an MLP, added and normalised."""

    def __init__(self, config: CrossformerConfig) -> None:
        super().__init__()
        width = config.width
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, attended: Tensor) -> Tensor:  # twice (B, L, D)
        """Twice (B, L, D) -> (B, L, D)."""
        first, second = self.norms
        x = first(x + self.dropout(attended))
        normed: Tensor = second(x + self.dropout(self.mlp(x)))
        return normed


def _attention(config: CrossformerConfig) -> nn.MultiheadAttention:
    return nn.MultiheadAttention(config.width, config.heads, config.dropout, batch_first=True)


def _attend(attention: nn.MultiheadAttention, asks: Tensor, tells: Tensor) -> Tensor:
    """(B, L, D) and (B, M, D) -> (B, L, D)."""
    answer, _ = attention(asks, tells, tells, need_weights=False)
    found: Tensor = answer
    return found
