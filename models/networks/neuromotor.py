"""Gesture events and wrist movement from a wristband of 16 electrodes.

    P. Kaifosh, T. R. Reardon et al., "A generic non-invasive neuromotor interface for human-computer interaction",
    Nature 645:702, 2025.

Both hear forward only. The event network is taught to fire 80 to 120 ms after an event, when the muscles have shown
what it was; that delay is its own and comes before any computing.

B batch, T time in samples, t in frames, C channel, H hidden unit, K event, D degree of freedom.
"""

from typing import Final

import torch
from torch import Tensor, nn

from models.networks.rotation_mlp import RotationMLP
from models.networks.sequence_network import SequenceNetwork, recur
from models.pipeline.mpf import APART, BANDS

HIDDEN: Final = 512
KERNEL: Final = 21
"""Samples that an answer of the event network adds."""
STRIDE: Final = 10
"""Samples from one of its answers to the next: 200 a second at 2 kHz."""
EVENT_LAYERS: Final = 3
WRIST_LAYERS: Final = 2
DROPOUT: Final = 0.1
LOUD_UV: Final = 32.0
"""Where samples begin to be compressed, in microvolts."""


class EventLSTM(SequenceNetwork):
    """(B, T, C) filtered microvolts -> scores of events, (B, t, K)."""

    def __init__(self, events: int, channels: int = 16, hidden: int = HIDDEN) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(channels, hidden, KERNEL, STRIDE)
        self.dropout = nn.Dropout(DROPOUT)
        self.norm = nn.LayerNorm(hidden)
        self.recurrent = nn.LSTM(hidden, hidden, EVENT_LAYERS, batch_first=True, dropout=DROPOUT)
        self.last = nn.LayerNorm(hidden)
        self.out = nn.Linear(hidden, events)
        self.answer = nn.Sigmoid()
        self.states = dict.fromkeys(("hidden", "cell"), (EVENT_LAYERS, hidden))

    def features(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:  # (B, T, C), (B, 3, H) twice
        """(B, T, C), (B, 3, H), (B, 3, H) -> (B, t, H), and the states after it."""
        quiet = 2 * LOUD_UV * x / (LOUD_UV + x.abs())  # (B, T, C)
        frames = torch.relu(self.convolution(quiet.transpose(1, 2)))  # (B, H, t)
        y = self.norm(self.dropout(frames).transpose(1, 2))  # (B, t, H)
        y, *after = recur(self.recurrent, y, states)
        return self.last(y), *after


class WristLSTM(SequenceNetwork):
    """(B, t, 6, 4, C) of ``models/pipeline/mpf.py`` -> speeds in degrees per second, (B, t, D)."""

    def __init__(self, freedoms: int = 1, channels: int = 16, hidden: int = HIDDEN) -> None:
        super().__init__()
        self.rotations = RotationMLP(len(BANDS) * APART * channels, hidden)
        self.recurrent = nn.LSTM(hidden, hidden, WRIST_LAYERS, batch_first=True)
        self.out = nn.Linear(hidden, freedoms)
        self.answer = nn.Identity()
        self.states = dict.fromkeys(("hidden", "cell"), (WRIST_LAYERS, hidden))

    def features(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:  # (B, t, 6, 4, C), (B, 2, H) twice
        """(B, t, 6, 4, C), (B, 2, H), (B, 2, H) -> (B, t, H), and the states after it."""
        round_the_wrist = x.flatten(2, 3).transpose(2, 3)  # (B, t, C, 24)
        y, *after = recur(self.recurrent, self.rotations(round_the_wrist), states)
        return y, *after
