"""What does not change when a wristband slips round the wrist by one electrode.

    V. Sivakumar et al., "emg2qwerty", NeurIPS 2024: the frame of a band is rolled by -1, 0 and +1 electrodes, each goes
    through the same layer, and the mean of the three goes on. The outputs of two bands stand side by side.

B batch, T time, C channel, E electrode of one band, F frequency, H output of the layer.
"""

from typing import Final

import torch
from torch import Tensor, nn

ROLLS: Final = (-1, 0, 1)
ELECTRODES: Final = 16
"""Of one wristband."""
WIDTH: Final = 384


class RotationMLP(nn.Module):
    """(..., E, F) of one band -> (..., H)."""

    def __init__(self, inputs: int, width: int = WIDTH) -> None:
        super().__init__()
        self.layer = nn.Linear(inputs, width)

    def forward(self, x: Tensor) -> Tensor:  # (..., E, F)
        """(..., E, F) -> (..., H)."""
        rolled = torch.stack([x.roll(by, dims=-2) for by in ROLLS])  # (3, ..., E, F)
        y: Tensor = torch.relu(self.layer(rolled.flatten(-2))).mean(dim=0)
        return y


class BandMLPs(nn.Module):
    """Each band through a layer of its own, (B, T, C, F) -> (B, T, bands * 384).

    ``batch_norm``: normalise by the statistics of each batch while it learns, and by their mean when it serves, as the
    paper does; otherwise the frames come normalised.
    """

    def __init__(self, bands: int, frequencies: int, batch_norm: bool) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(bands * ELECTRODES) if batch_norm else nn.Identity()
        self.bands = nn.ModuleList(RotationMLP(ELECTRODES * frequencies) for _ in range(bands))

    def forward(self, x: Tensor) -> Tensor:  # (B, T, C, F)
        """(B, T, C, F) -> (B, T, bands * 384)."""
        x = self.norm(x.transpose(1, 2)).transpose(1, 2)  # (B, T, C, F)
        each = x.split(ELECTRODES, dim=2)  # bands of (B, T, E, F)
        return torch.cat([layer(band) for layer, band in zip(self.bands, each, strict=True)], dim=-1)
