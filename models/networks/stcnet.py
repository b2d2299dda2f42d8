"""STCNet: short steps of signal through a branch over time and one round the arm, then an LSTM over the steps.

    J. Yang, D. Cha, D.-G. Lee, S. Ahn, "STCNet: Spatio-temporal cross network with subject-aware contrastive learning
    for hand gesture recognition in surface EMG", Computers in Biology and Medicine 185:109525, 2025.

Sizes are those of the authors' published code (MIT), which has 6,712,897 weights for NinaPro DB2; written anew. There
25 steps of 20 samples are the beginning of a TRIAL, and amplitudes are scaled by the whole recording, test repetitions
included, so its published accuracies are not comparable with ours: here the steps cut a window, and the scale is a
constant per channel from the training windows. For 200 ms at 2 kHz that is 20 steps. Its contrastive training of the
encoder before this one is left out: here it is one of three classifiers that learn from the same windows in the same
way. The LSTM runs both ways, but within a window that is over: nothing is heard before its time.

B batch, T time, C channel, S step, N samples of a step, F feature, K class.
"""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from models.networks.csae import Scale

WRAPPED: Final = 2
"""Channels of the ring's beginning that follow its end once more."""
TEMPORAL: Final = ((16, 1), (32, 2), (64, 2))
"""Width and stride of each block over time."""
SPATIAL: Final = ((16, 1), (32, 2))
"""The same, over the channels."""
ENDS: Final = (64, 32)
"""Features of a step from each branch."""
HIDDEN: Final = 200
LAYERS: Final = 2
DENSE: Final = 512


@dataclass(frozen=True, slots=True)
class STCNetConfig:
    """What differs from one STCNet to the next."""

    gestures: int
    channels: int = 12
    steps: int = 20
    samples: int = 20
    """Of one step."""


class STCNet(nn.Module):
    """(B, T, C) microvolts -> (B, K) logits; T is steps times samples."""

    def __init__(self, config: STCNetConfig) -> None:
        super().__init__()
        self.config = config
        self.scale = Scale(config.channels)
        self.temporal = _branch(config.channels, config.samples, TEMPORAL, ENDS[0])
        self.spatial = _branch(config.samples, config.channels + WRAPPED, SPATIAL, ENDS[1])
        self.steps = nn.LSTM(sum(ENDS), HIDDEN, LAYERS, batch_first=True, dropout=0.2, bidirectional=True)
        self.classify = nn.Sequential(
            nn.Flatten(),
            nn.Linear(config.steps * 2 * HIDDEN, DENSE),
            nn.BatchNorm1d(DENSE),
            nn.ReLU(),
            nn.Linear(DENSE, config.gestures),
        )

    def forward(self, x: Tensor) -> Tensor:  # (B, T, C) microvolts
        """(B, T, C) microvolts -> (B, K)."""
        x = self.scale(x).unflatten(2, (self.config.steps, self.config.samples))  # (B, C, S, N)
        x = x.permute(0, 2, 1, 3).flatten(0, 1)  # (B * S, C, N)
        ring = torch.cat([x, x[:, :WRAPPED]], dim=1).transpose(1, 2)  # (B * S, N, C + 2)
        heard = torch.cat([self.temporal(x), self.spatial(ring)], dim=1)  # (B * S, 96)
        over_time, _ = self.steps(heard.unflatten(0, (-1, self.config.steps)))  # (B, S, 400)
        logits: Tensor = self.classify(over_time)
        return logits


class Residual(nn.Module):
    """Two convolutions beside a shortcut: (B, inputs, t) -> (B, outputs, t / stride)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.long = nn.Sequential(
            nn.Conv1d(inputs, outputs, 3, stride, 1),
            nn.BatchNorm1d(outputs),
            nn.ReLU(),
            nn.Dropout(0.3),
            nn.Conv1d(outputs, outputs, 3, 1, 1),
            nn.BatchNorm1d(outputs),
        )
        self.short = nn.Sequential(nn.Conv1d(inputs, outputs, 1, stride), nn.BatchNorm1d(outputs))

    def forward(self, x: Tensor) -> Tensor:  # (B, inputs, t)
        """(B, inputs, t) -> (B, outputs, t / stride)."""
        summed: Tensor = self.long(x) + self.short(x)
        return summed


def _branch(inputs: int, length: int, blocks: tuple[tuple[int, int], ...], end: int) -> nn.Sequential:
    """(B, inputs, length) -> (B, end): residual blocks, then two layers that halve."""
    parts: list[nn.Module] = []
    for width, stride in blocks:
        parts.append(Residual(inputs, width, stride))
        inputs, length = width, (length - 1) // stride + 1
    flat = inputs * length
    return nn.Sequential(*parts, nn.Flatten(), nn.Linear(flat, flat // 2), nn.ReLU(), nn.Linear(flat // 2, end))
