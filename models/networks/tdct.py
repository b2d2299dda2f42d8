"""TDCT: a transformer for few electrodes whose queries, keys and values come from depthwise convolutions over time.

    "Transformer-based network with temporal depthwise convolutions for sEMG recognition", Pattern Recognition 2024. As
    a backbone of SASG-DA (arXiv 2511.08344).

Known of it: raw signals of sparse electrodes, and convolutions in the place of the linear maps to Q, K and V. No code
of theirs was found, and depth and widths are unknown: ours (SYSTEMS 4.8) are a stem of one strided convolution, four
blocks of width 64 with 4 heads and kernels of 7, MLPs of twice the width, and the mean over time before one linear
layer. Order is known to the convolutions, so nothing else encodes it.

B batch, T time, C channel, D width, H head, K class; t is time after the stride, T / 4.
"""

from dataclasses import dataclass
from typing import Final

from torch import Tensor, nn
from torch.nn import functional as F

from models.networks.csae import Scale

STEM: Final = 9
STRIDE: Final = 4
KERNEL: Final = 7


@dataclass(frozen=True, slots=True)
class TDCTConfig:
    """What differs from one TDCT to the next; a window of any length fits."""

    gestures: int
    channels: int = 12
    width: int = 64
    """D."""
    heads: int = 4
    blocks: int = 4
    dropout: float = 0.2


class TDCT(nn.Module):
    """(B, T, C) microvolts -> (B, K) logits."""

    def __init__(self, config: TDCTConfig) -> None:
        super().__init__()
        self.config = config
        self.scale = Scale(config.channels)
        self.stem = nn.Sequential(
            nn.Conv1d(config.channels, config.width, STEM, STRIDE, STEM // 2), nn.BatchNorm1d(config.width), nn.GELU()
        )
        self.blocks = nn.Sequential(*(_Block(config) for _ in range(config.blocks)))
        self.norm = nn.LayerNorm(config.width)
        self.head = nn.Linear(config.width, config.gestures)

    def forward(self, x: Tensor) -> Tensor:  # (B, T, C) microvolts
        """(B, T, C) microvolts -> (B, K)."""
        x = self.blocks(self.stem(self.scale(x)).transpose(1, 2))  # (B, t, D)
        logits: Tensor = self.head(self.norm(x).mean(dim=1))
        return logits


class _Block(nn.Module):
    """(B, t, D) -> (B, t, D)."""

    def __init__(self, config: TDCTConfig) -> None:
        super().__init__()
        width = config.width
        self.norm = nn.LayerNorm(width)
        self.attention = ConvAttention(width, config.heads, config.dropout)
        self.mlp = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor) -> Tensor:  # (B, t, D)
        """(B, t, D) -> (B, t, D)."""
        x = x + self.dropout(self.attention(self.norm(x)))
        mixed: Tensor = x + self.dropout(self.mlp(x))
        return mixed


class ConvAttention(nn.Module):
    """Self-attention over (B, t, D), each feature convolved on its own into its query, key and value."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.dropout = dropout
        self.asks, self.tells, self.gives = (
            nn.Conv1d(width, width, KERNEL, 1, KERNEL // 2, groups=width) for _ in range(3)
        )
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:  # (B, t, D)
        """(B, t, D) -> (B, t, D)."""
        x = x.transpose(1, 2)  # (B, D, t)
        query, key, value = (
            convolve(x).unflatten(1, (self.heads, -1)).transpose(2, 3)  # (B, H, t, D / H)
            for convolve in (self.asks, self.tells, self.gives)
        )
        heard = F.scaled_dot_product_attention(query, key, value, dropout_p=self.dropout if self.training else 0.0)
        mixed: Tensor = self.out(heard.transpose(1, 2).flatten(2))
        return mixed
