"""2SRNN: two stacked LSTMs over the envelope of every electrode, and a linear layer before them for another session.

    I. Ketyko, F. Kovacs, K. Z. Varga, "Domain Adaptation for sEMG-based Gesture Recognition with Recurrent Neural
    Networks", IJCNN 2019, arXiv 1901.06958; the sizes are those of the authors' public code (ketyi/2SRNN).

Samples over their standard deviation, rectified and averaged over 11; 150 steps. First stage: everything but the
linear layer learns on the source session, with that layer an identity. Second stage: that layer alone learns on the
target. Ours: dropout of 0.5 between the LSTMs, where theirs is on the recurrence, which torch does not offer; torch's
LSTM has a second bias, 4,096 numbers more.

B batch, T time, C channel, F feature, K class.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SMOOTH: Final = 11
"""Samples in the moving average of the envelope."""
STEPS: Final = 150
WIDTH: Final = 512
DROPOUT: Final = 0.5


class TwoStageRNN(nn.Module):
    """(B, T, C) filtered microvolts -> logits, (B, K); T is 160 samples for the paper's 150 steps."""

    def __init__(self, channels: int, gestures: int, deviation_uv: float) -> None:
        super().__init__()
        self.deviation: Tensor
        self.register_buffer("deviation", torch.tensor(deviation_uv))
        self.adapt = nn.Linear(channels, channels)
        self.recurrent = nn.LSTM(channels, WIDTH, num_layers=2, dropout=DROPOUT, batch_first=True)
        self.mix = nn.Linear(WIDTH, WIDTH)
        self.dropout = nn.Dropout(DROPOUT)
        self.head = nn.Linear(WIDTH, gestures)
        nn.init.eye_(self.adapt.weight)
        nn.init.zeros_(self.adapt.bias)
        self.learn_source()

    def learn_source(self) -> None:
        """First stage: all but the adapting layer learns."""
        self.requires_grad_(True)
        self.adapt.requires_grad_(False)

    def learn_target(self) -> None:
        """Second stage: the adapting layer alone learns."""
        self.requires_grad_(False)
        self.adapt.requires_grad_(True)

    def features(self, x: Tensor) -> Tensor:  # (B, T, C)
        """(B, T, C) filtered microvolts -> (B, F)."""
        x = (x / self.deviation).abs().transpose(1, 2)  # (B, C, T)
        x = F.avg_pool1d(x, SMOOTH, stride=1).transpose(1, 2)  # (B, T - 10, C)
        _, (last, _) = self.recurrent(self.adapt(x))
        mixed: Tensor = self.dropout(self.mix(last[-1]))
        return mixed

    def forward(self, x: Tensor) -> Tensor:  # (B, T, C)
        """(B, T, C) filtered microvolts -> (B, K)."""
        logits: Tensor = self.head(self.features(x))
        return logits
