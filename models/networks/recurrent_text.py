"""Recurrent encoders for typed text, alone or after the convolutions of emg2qwerty.

    "Comparing Encoder Architectures for EMG Classification", course report, UCLA: four layers of LSTM or GRU, a dense
    block and a layer back to the encoder's width. Its weight counts are those of layers of 128 units in each of two
    directions: a network that reads the recording to its end before it answers. Those answer offline only; their twins
    of one direction are what a live stream gets.

B batch, T time, C channel, F feature, H hidden unit, K class.
"""

from typing import Final, Literal

from torch import Tensor, nn

from models.networks.rotation_mlp import WIDTH, BandMLPs
from models.networks.sequence_network import Residual, SequenceNetwork, recur
from models.networks.tds import TDSEncoder
from models.pipeline.spectrogram import BINS

Cell = Literal["lstm", "gru"]

LAYERS: Final = 4
HIDDEN: Final = 128


class RecurrentText(SequenceNetwork):
    """(B, T, C, 33) -> scores of symbols and blank, (B, T, K).

    ``convolutions``: the encoder of emg2qwerty comes before. ``both_ways``: as in the report, offline only.
    """

    def __init__(
        self,
        cell: Cell,
        classes: int,
        bands: int,
        *,
        convolutions: bool = False,
        both_ways: bool = False,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        features, hidden = bands * WIDTH, (1 + both_ways) * HIDDEN
        self.bands = BandMLPs(bands, BINS, batch_norm)
        self.encoder = TDSEncoder(features) if convolutions else None
        kind = nn.LSTM if cell == "lstm" else nn.GRU
        self.recurrent = kind(features, HIDDEN, LAYERS, batch_first=True, bidirectional=both_ways)
        self.dense = Residual(hidden)
        self.widen = nn.Linear(hidden, features)
        self.out = nn.Linear(features, classes)
        self.answer = nn.LogSoftmax(dim=-1)
        self.warming = TDSEncoder.warming if convolutions else 0
        self.states = {} if both_ways else self._memory(cell)

    def _memory(self, cell: Cell) -> dict[str, tuple[int, ...]]:
        names = ("hidden", "cell") if cell == "lstm" else ("hidden",)
        past = {} if self.encoder is None else {"convolutions": self.encoder.past}
        return past | dict.fromkeys(names, (LAYERS, HIDDEN))

    def features(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:  # (B, T, C, 33)
        """(B, T, C, 33), the states -> (B, T, F), the states."""
        x = self.bands(x)  # (B, T, F)
        past: tuple[Tensor, ...] = ()
        if self.encoder is not None:
            before = states[0] if states else x.new_zeros(len(x), *self.encoder.past)
            x, last = self.encoder(x, before)
            past, states = (last,) if states else (), states[1:]
        x, *after = recur(self.recurrent, x, states) if states else self.recurrent(x)[:1]  # (B, T, H)
        return self.widen(self.dense(x)), *past, *after
