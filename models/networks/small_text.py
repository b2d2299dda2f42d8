"""A small network for typed text, ours: what one core trains in minutes, to try things out on.

Power in 6 bands as ``splash_net.py`` hears it, one frame every 32 ms; the rotation-invariant layer of emg2qwerty, a
third as wide; two causal convolutions beside the way. It hears half a second and nothing later.

B batch, T time, C channel, F feature, K class.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.networks.rotation_mlp import ELECTRODES, RotationMLP
from models.networks.sequence_network import SequenceNetwork
from models.pipeline.spectrogram import OCTAVES

WIDTH: Final = 128
"""Features of a band."""
KERNEL: Final = 8
"""Frames that a convolution hears."""
PAST: Final = KERNEL - 1
LAYERS: Final = 2


class SmallText(SequenceNetwork):
    """(B, T, C, 6) -> scores of symbols and blank, (B, T, K)."""

    warming = LAYERS * PAST

    def __init__(self, classes: int, bands: int) -> None:
        super().__init__()
        features = bands * WIDTH
        self.bands = nn.ModuleList(RotationMLP(ELECTRODES * len(OCTAVES), WIDTH) for _ in range(bands))
        self.convolutions = nn.ModuleList(nn.Conv1d(features, features, KERNEL) for _ in range(LAYERS))
        self.norms = nn.ModuleList(nn.LayerNorm(features) for _ in range(LAYERS))
        self.out = nn.Linear(features, classes)
        self.answer = nn.LogSoftmax(dim=-1)
        self.states = {"convolutions": (LAYERS, PAST, features)}

    def features(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:  # (B, T, C, 6), (B, 2, 7, F)
        """(B, T, C, 6), (B, 2, 7, F) -> (B, T, F), and the state after it."""
        each = x.split(ELECTRODES, dim=2)  # bands of (B, T, E, 6)
        y = torch.cat([layer(band) for layer, band in zip(self.bands, each, strict=True)], dim=-1)  # (B, T, F)
        after = []
        for convolution, norm, before in zip(self.convolutions, self.norms, states[0].unbind(dim=1), strict=True):
            heard = torch.cat([before, y], dim=1)  # (B, 7 + T, F)
            y = norm(y + functional.relu(convolution(heard.transpose(1, 2))).transpose(1, 2))  # (B, T, F)
            after.append(heard[:, -PAST:])
        return y, torch.stack(after, dim=1)
