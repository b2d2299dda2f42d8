"""A conditional 1-D U-Net that tells a window of sEMG from the noise laid over it.

    "SASG-DA: Sparse-Aware Semantic-Guided Diffusion Augmentation for Myoelectric Gesture Recognition".

The source fixes: a 1-D U-Net that predicts the clean signal (x0), with the condition through cross-attention. Ours,
where it is silent (SYSTEMS 4.2): all sizes, two residual blocks per level on both ways, group normalisation, a time
embedding that scales and shifts features (FiLM), and that a condition becomes four tokens, asked on all levels but
the finest. Any length of window goes through: the way up stretches to the length of what it joins. Several samples
may be folded into one step, for high rates. SYSTEMS counts 4.90 and 16.3 million weights for 12 channels and a
condition of 128; these are 4.64 and 15.41, as nothing is convolved between two levels on the way up.

B batch, T time, C channel, D condition, F feature, N token; t is time at a level.
"""

import math
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

GROUPS: Final = 8
TOKENS: Final = 4
TOKEN: Final = 128
"""Width of a token."""
HEADS: Final = 4
MLP: Final = 4
"""Hidden features of the MLP after cross-attention, for each of its own."""
TIME: Final = 256
"""Width of the time embedding."""


@dataclass(frozen=True, slots=True)
class UNetConfig:
    """What differs from one U-Net to the next."""

    channels: int
    condition: int
    """D."""
    widths: tuple[int, ...] = (32, 64, 128, 128)
    """Features of each level, multiples of 8; time is halved between them."""
    fold: int = 1
    """Samples that become one step, side by side as features; the window must be a multiple."""


class DiffusionUNet(nn.Module):
    """(B, C, T) noisy, (B,) times, (B, D) conditions -> (B, C, T) clean."""

    def __init__(self, config: UNetConfig) -> None:
        super().__init__()
        self.config = config
        first, *_, last = config.widths
        self.time = nn.Sequential(TimeWaves(TIME), nn.Linear(TIME, TIME), nn.SiLU(), nn.Linear(TIME, TIME))
        self.condition = Tokens(config.condition)
        self.enter = nn.Conv1d(config.channels * config.fold, first, 3, padding=1)
        self.down = nn.ModuleList(
            Level(above, width, level > 0)
            for level, (above, width) in enumerate(zip((first, *config.widths), config.widths, strict=False))
        )
        self.shrink = nn.ModuleList(nn.Conv1d(width, width, 3, 2, 1) for width in config.widths[:-1])
        self.middle = Level(last, last, attends=True)
        self.up = nn.ModuleList(
            Level(below + width, width, level > 0)
            for level, (width, below) in enumerate(zip(config.widths, (*config.widths[1:], last), strict=True))
        )
        self.leave = nn.Sequential(
            nn.GroupNorm(GROUPS, first), nn.SiLU(), nn.Conv1d(first, self.enter.in_channels, 3, 1, 1)
        )

    def forward(self, x: Tensor, time: Tensor, condition: Tensor) -> Tensor:  # (B, C, T), (B,), (B, D)
        """(B, C, T) noisy, (B,) times, (B, D) conditions -> (B, C, T) clean."""
        time, tokens = self.time(time), self.condition(condition)  # (B, 256), (B, N, F)
        x = self.enter(self._folded(x))  # (B, F, t)
        kept = []
        for level, block in enumerate(self.down):
            x = block(self.shrink[level - 1](x) if level else x, time, tokens)
            kept.append(x)
        x = self.middle(x, time, tokens)
        for block, beside in zip(reversed(self.up), reversed(kept), strict=True):
            x = F.interpolate(x, size=beside.shape[-1])
            x = block(torch.cat([x, beside], dim=1), time, tokens)
        return self._unfolded(self.leave(x))

    def _folded(self, x: Tensor) -> Tensor:
        """(B, C, T) -> (B, C * fold, T / fold)."""
        steps: Tensor = x.unflatten(2, (-1, self.config.fold))  # (B, C, T / fold, fold)
        return steps.transpose(2, 3).flatten(1, 2)

    def _unfolded(self, x: Tensor) -> Tensor:
        """(B, C * fold, T / fold) -> (B, C, T)."""
        steps: Tensor = x.unflatten(1, (-1, self.config.fold))  # (B, C, fold, T / fold)
        return steps.transpose(2, 3).flatten(2)


class TimeWaves(nn.Module):
    """(B,) -> (B, width): cosines and sines of a time, from quick to slow, as positions have them in transformers."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.rates: Tensor
        self.register_buffer("rates", torch.exp(-math.log(10_000) * torch.arange(width // 2) / (width // 2)))

    def forward(self, time: Tensor) -> Tensor:
        """(B,) -> (B, width)."""
        angles = time.unsqueeze(1) * self.rates
        return torch.cat([angles.cos(), angles.sin()], dim=1)


class Tokens(nn.Module):
    """(B, D) -> (B, N, D'): what cross-attention looks at, a quarter of the condition's information each."""

    def __init__(self, condition: int) -> None:
        super().__init__()
        self.project = nn.Linear(condition, TOKENS * TOKEN)

    def forward(self, condition: Tensor) -> Tensor:
        """(B, D) -> (B, N, 128)."""
        tokens: Tensor = self.project(condition).unflatten(1, (TOKENS, TOKEN))
        return tokens


class Level(nn.Module):
    """Two residual blocks, on coarse levels each followed by cross-attention: (B, inputs, t) -> (B, outputs, t)."""

    def __init__(self, inputs: int, outputs: int, attends: bool) -> None:
        super().__init__()
        self.blocks = nn.ModuleList([Residual(inputs, outputs), Residual(outputs, outputs)])
        self.attention = nn.ModuleList(CrossAttention(outputs) for _ in self.blocks if attends)

    def forward(self, x: Tensor, time: Tensor, tokens: Tensor) -> Tensor:
        """(B, inputs, t), (B, 256), (B, N, 128) -> (B, outputs, t)."""
        for block, attention in zip_longest(self.blocks, self.attention):
            x = block(x, time)
            x = x if attention is None else attention(x, tokens)
        return x


class Residual(nn.Module):
    """Two convolutions about a signal, the second told the time by scale and shift (FiLM)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.GroupNorm(GROUPS, inputs), nn.SiLU(), nn.Conv1d(inputs, outputs, 3, padding=1))
        self.film = nn.Sequential(nn.SiLU(), nn.Linear(TIME, 2 * outputs))
        self.norm = nn.GroupNorm(GROUPS, outputs)
        self.second = nn.Conv1d(outputs, outputs, 3, padding=1)
        self.around = nn.Identity() if inputs == outputs else nn.Conv1d(inputs, outputs, 1)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:  # (B, inputs, t), (B, 256)
        """(B, inputs, t), (B, 256) -> (B, outputs, t)."""
        scale, shift = self.film(time).unsqueeze(2).chunk(2, dim=1)  # (B, outputs, 1)
        inside = self.norm(self.first(x)) * (1 + scale) + shift
        return cast(Tensor, self.around(x) + self.second(F.silu(inside)))


class CrossAttention(nn.Module):
    """Every step of time asks the tokens of the condition; then a small MLP."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(GROUPS, width)
        self.attend = nn.MultiheadAttention(width, HEADS, kdim=TOKEN, vdim=TOKEN, batch_first=True)
        self.mlp = nn.Sequential(
            nn.GroupNorm(GROUPS, width), nn.Conv1d(width, MLP * width, 1), nn.GELU(), nn.Conv1d(MLP * width, width, 1)
        )

    def forward(self, x: Tensor, tokens: Tensor) -> Tensor:  # (B, F, t), (B, N, 128)
        """(B, F, t), (B, N, 128) -> (B, F, t)."""
        answers, _ = self.attend(self.norm(x).transpose(1, 2), tokens, tokens, need_weights=False)
        x = x + answers.transpose(1, 2)  # (B, F, t)
        return x + cast(Tensor, self.mlp(x))
