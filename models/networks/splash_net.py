"""The network to prefer for typed text: causal, small, and one set of weights for both hands.

    N. Hadidi et al., "SplashNet: Split-and-Share Encoders for Accurate and Efficient Typing with Surface
    Electromyography", NeurIPS 2025, arXiv 2506.12356.

Power in 6 bands of about an octave, normalised by the stream's own past. Both hands go through the same encoder, that
of emg2qwerty at half its width, the left one in a mirror; only the last layer sees both. Ours: how wide the layers are
is read from its weight count, a quarter of emg2qwerty's; and the normalisation starts from a prior.

B batch, T time, C channel, E electrode of one hand, F feature, K class.
"""

from typing import Final

import torch
from torch import Tensor, nn

from models.networks.rotation_mlp import ELECTRODES, WIDTH, RotationMLP
from models.networks.sequence_network import SequenceNetwork
from models.networks.tds import TDSEncoder
from models.pipeline.spectrogram import OCTAVES

_ELECTRODES: Final = -2
"""The axis."""


class SplashNet(SequenceNetwork):
    """(B, T, C, 6) of one or two hands, the left one first -> scores of symbols and blank, (B, T, K)."""

    warming = TDSEncoder.warming

    def __init__(self, classes: int, hands: int) -> None:
        super().__init__()
        self.hands = hands
        self.rotations = RotationMLP(ELECTRODES * len(OCTAVES))
        self.encoder = TDSEncoder(WIDTH)
        self.out = nn.Linear(hands * WIDTH, classes)
        self.answer = nn.LogSoftmax(dim=-1)
        self.states = {"convolutions": (hands, *self.encoder.past)}

    def features(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:  # (B, T, C, 6), (B, 2, 4, 31, F)
        """(B, T, C, 6), (B, hands, 4, 31, F) -> (B, T, hands * F), and the state after it."""
        each = torch.stack(self._alike(x), dim=1)  # (B, hands, T, E, 6)
        y, past = self.encoder(self.rotations(each).flatten(0, 1), states[0].flatten(0, 1))  # (B * hands, T, F)
        both = torch.cat(y.unflatten(0, (-1, self.hands)).unbind(dim=1), dim=-1)  # (B, T, hands * F)
        return both, past.unflatten(0, (-1, self.hands))

    def _alike(self, x: Tensor) -> list[Tensor]:
        """Hands of (B, T, E, 6); the left of two as a mirror shows it, so that it looks like a right one."""
        hands = list(x.split(ELECTRODES, dim=_ELECTRODES))
        return [hands[0].flip(_ELECTRODES), *hands[1:]] if self.hands == 2 else hands
