"""A frozen encoder for new users: learned features beside classical ones.

Ours, no paper's. The learned part hears each channel at about 1 kHz (the band ends at 450 Hz) over its own root mean
square, so that how strong a person is does not matter to it; three convolutions, then mean and deviation over time, as
the EMG's variance carries the gesture. The classical part keeps the strength: ``TimeDomain`` and ``WindowShape``.
For training every person has a linear head of their own: what differs between people is left to the heads, and the
encoder learns what serves all of them. A new person gets a new head, and nothing else changes.

B batch, T time, C channel, F feature, P person, K class; t is time after the strides, T / 16 at 4 kHz.
"""

from typing import Final

import torch
from torch import Tensor, nn

from models.networks.time_domain import NOISE_UV, TimeDomain
from models.networks.window_shape import WindowShape

LEARNED_HZ: Final = 1000.0
WIDTHS: Final = (48, 64, 64)
KERNELS: Final = (15, 9, 5)
STRIDES: Final = (1, 2, 2)


class LearnedFeatures(nn.Module):
    """(B, T, C) microvolts -> (B, 128 + C)."""

    def __init__(self, rate_hz: float, channels: int) -> None:
        super().__init__()
        self.slow = nn.AvgPool1d(max(1, round(rate_hz / LEARNED_HZ)))
        sizes = (channels, *WIDTHS)
        self.blocks = nn.Sequential(
            *(_block(*shape) for shape in zip(sizes[:-1], sizes[1:], KERNELS, STRIDES, strict=True))
        )
        self.features = 2 * WIDTHS[-1] + channels

    def forward(self, x: Tensor) -> Tensor:  # (B, T, C)
        """(B, T, C) -> (B, F)."""
        x = self.slow(x.transpose(1, 2))  # (B, C, T / 4)
        size = (x.square().mean(dim=2, keepdim=True) + NOISE_UV**2).sqrt()  # (B, C, 1)
        x = self.blocks(x / size)  # (B, 64, t)
        mean = x.mean(dim=2, keepdim=True)
        deviation = ((x - mean).square().mean(dim=2) + 1e-6).sqrt()  # (B, 64)
        return torch.cat([mean.squeeze(2), torch.log(deviation + 1e-2), size.squeeze(2).log()], dim=1)


class Classical(nn.Module):
    """(B, T, C) filtered microvolts -> (B, F): the features that nobody taught, 55 of two channels."""

    def __init__(self, rate_hz: float, channels: int) -> None:
        super().__init__()
        self.time_domain = TimeDomain(rate_hz, channels)
        self.shape = WindowShape(rate_hz, channels)

    def forward(self, x: Tensor) -> Tensor:  # (B, T, C)
        """(B, T, C) -> (B, F)."""
        return torch.cat([self.time_domain(x), self.shape(x)], dim=1)


class HybridEncoder(Classical):
    """(B, T, C) filtered microvolts -> (B, F): 130 learned and 55 classical features of two channels."""

    def __init__(self, rate_hz: float, channels: int, learned: LearnedFeatures | None = None) -> None:
        super().__init__(rate_hz, channels)
        self.learned = learned or LearnedFeatures(rate_hz, channels)
        self.features = self.learned.features + self.time_domain.features + self.shape.features

    def forward(self, x: Tensor) -> Tensor:  # (B, T, C)
        """(B, T, C) -> (B, F), the learned features first."""
        return torch.cat([self.learned(x), super().forward(x)], dim=1)


class ManyPeople(nn.Module):
    """The learned features under one linear head per person; only training needs it."""

    def __init__(self, learned: LearnedFeatures, people: int, gestures: int) -> None:
        super().__init__()
        self.learned = learned
        self.prepare = nn.Sequential(nn.BatchNorm1d(learned.features), nn.Dropout(0.2))
        self.weights = nn.Parameter(0.05 * torch.randn(people, learned.features, gestures))
        self.biases = nn.Parameter(torch.zeros(people, gestures))

    def forward(self, x: Tensor, person: Tensor) -> Tensor:  # (B, T, C), (B,)
        """(B, T, C) and who each window is of, (B,) -> (B, K) logits."""
        features = self.prepare(self.learned(x))  # (B, F)
        return torch.einsum("bf,bfk->bk", features, self.weights[person]) + self.biases[person]


def _block(inputs: int, outputs: int, kernel: int, stride: int) -> nn.Sequential:
    """(B, inputs, t) -> (B, outputs, t / stride)."""
    return nn.Sequential(nn.Conv1d(inputs, outputs, kernel, stride, kernel // 2), nn.BatchNorm1d(outputs), nn.GELU())
