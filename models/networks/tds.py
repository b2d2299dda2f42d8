"""The convolutional encoder of emg2qwerty: time-depth separable blocks that hear one second and nothing later.

    V. Sivakumar et al., "emg2qwerty", NeurIPS 2024, after A. Hannun et al., "Sequence-to-Sequence Speech Recognition
    with Time-Depth Separable Convolutions", Interspeech 2019.

Four blocks, each 32 frames deep in time; 125 frames in all. The paper's blocks do not pad and so lose 31 frames each;
here each is handed the 31 frames before, which is the same after the first 124 frames, and answers at once before.

B batch, T time, C channel, F feature (24 groups of 32, or of 16 for one band), K class.
"""

from typing import Final

import torch
from torch import Tensor, nn

from models.networks.rotation_mlp import WIDTH, BandMLPs
from models.networks.sequence_network import Residual, SequenceNetwork
from models.pipeline.spectrogram import BINS

GROUPS: Final = 24
KERNEL: Final = 32
"""Frames that a convolution hears."""
PAST: Final = KERNEL - 1
BLOCKS: Final = 4


class TDSBlock(nn.Module):
    """(B, T, F) and the 31 frames before -> (B, T, F) and the 31 frames before what comes next."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(GROUPS, GROUPS, (KERNEL, 1))
        self.norm = nn.LayerNorm(features)
        self.dense = Residual(features)

    def forward(self, x: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:  # (B, T, F), (B, 31, F)
        """(B, T, F), (B, 31, F) -> the same."""
        heard = torch.cat([past, x], dim=1)  # (B, 31 + T, F)
        grid = heard.unflatten(2, (GROUPS, -1)).transpose(1, 2)  # (B, 24, 31 + T, F / 24)
        y = torch.relu(self.convolution(grid)).transpose(1, 2).flatten(2)  # (B, T, F)
        return self.dense(self.norm(y + x)), heard[:, -PAST:]


class TDSEncoder(nn.Module):
    """(B, T, F), (B, 4, 31, F) -> (B, T, F), (B, 4, 31, F)."""

    warming = BLOCKS * PAST

    def __init__(self, features: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(TDSBlock(features) for _ in range(BLOCKS))
        self.past = (BLOCKS, PAST, features)

    def forward(self, x: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:  # (B, T, F), (B, 4, 31, F)
        """(B, T, F), (B, 4, 31, F) -> the same."""
        after = []
        for block, before in zip(self.blocks, past.unbind(dim=1), strict=True):
            x, last = block(x, before)
            after.append(last)
        return x, torch.stack(after, dim=1)


class TDSText(SequenceNetwork):
    """(B, T, C, 33) -> scores of symbols and blank, (B, T, K)."""

    warming = TDSEncoder.warming

    def __init__(self, classes: int, bands: int, batch_norm: bool = False) -> None:
        super().__init__()
        features = bands * WIDTH
        self.bands = BandMLPs(bands, BINS, batch_norm)
        self.encoder = TDSEncoder(features)
        self.out = nn.Linear(features, classes)
        self.answer = nn.LogSoftmax(dim=-1)
        self.states = {"convolutions": self.encoder.past}

    def features(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:  # (B, T, C, 33), (B, 4, 31, F)
        """(B, T, C, 33), (B, 4, 31, F) -> (B, T, F), (B, 4, 31, F)."""
        y, past = self.encoder(self.bands(x), *states)
        return y, past
