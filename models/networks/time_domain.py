"""Classical features of a window: amplitude, shape and spectrum of each channel, and how channels go together.

Time-domain features after Hudgins, Parker and Scott 1993 (mean absolute value, waveform length, zero crossings, slope
sign changes) and Hjorth 1970 (mobility, complexity). Ours: amplitudes as logarithms, so that gain is an offset; six
band powers as logarithms of their shares, from half-overlapping Hann segments and a fixed Fourier matrix, so that
everything is a plain ONNX operation; the correlation of each pair of channels.

B batch, T time, C channel, F feature, S segment.
"""

import math
from itertools import combinations, pairwise
from typing import Final

import torch
from torch import Tensor, nn

BANDS_HZ: Final = (20.0, 60.0, 100.0, 150.0, 200.0, 300.0, 450.0)
SEGMENT_S: Final = 0.0625
NOISE_UV: Final = 1.0
"""Crossings smaller than this are noise; also the floor under logarithms and divisions, in microvolts."""
PER_CHANNEL: Final = 8 + len(BANDS_HZ) - 1


class TimeDomain(nn.Module):
    """14 features per channel and one per pair of channels."""

    def __init__(self, rate_hz: float, channels: int) -> None:
        super().__init__()
        self.bands = BandPowers(rate_hz)
        pairs = [channels * i + j for i, j in combinations(range(channels), 2)]
        self.pairs: Tensor
        self.register_buffer("pairs", torch.tensor(pairs, dtype=torch.int64), persistent=False)
        self.features = PER_CHANNEL * channels + len(pairs)

    def forward(self, x: Tensor) -> Tensor:  # (B, T, C) filtered microvolts
        """(B, T, C) -> (B, F)."""
        x = x.transpose(1, 2)  # (B, C, T)
        each = torch.cat([_amplitude(x), _shape(x), self.bands(x)], dim=-1)  # (B, C, 14)
        return torch.cat([each.flatten(1), self._correlations(x)], dim=1)

    def _correlations(self, x: Tensor) -> Tensor:
        """(B, C, T) -> (B, pair), by one product of matrices: 64 channels have 2016 pairs."""
        size = (x.square().mean(dim=-1, keepdim=True) + NOISE_UV**2).sqrt()  # (B, C, 1)
        unit = x / size
        return (unit @ unit.transpose(1, 2) / x.shape[-1]).flatten(1)[:, self.pairs]


def _amplitude(x: Tensor) -> Tensor:
    """(B, C, T) -> (B, C, 4): logarithms of mean absolute value, root mean square, waveform length and peak."""
    step = x[..., 1:] - x[..., :-1]
    sizes = [x.abs().mean(-1), x.square().mean(-1).sqrt(), step.abs().mean(-1), x.abs().amax(-1)]
    return torch.stack([torch.log(size + NOISE_UV) for size in sizes], dim=-1)


def _shape(x: Tensor) -> Tensor:
    """(B, C, T) -> (B, C, 4): zero crossings and slope sign changes per sample, Hjorth mobility and complexity."""
    step = x[..., 1:] - x[..., :-1]
    bend = step[..., 1:] - step[..., :-1]
    zero = (x[..., 1:] * x[..., :-1] < 0) & (step.abs() > NOISE_UV)
    slope = (step[..., 1:] * step[..., :-1] < 0) & (bend.abs() > NOISE_UV)
    power, speed, turn = (part.square().mean(-1) + NOISE_UV**2 for part in (x, step, bend))
    mobility = (speed / power).sqrt()
    complexity = (turn / speed).sqrt() / mobility
    return torch.stack([zero.float().mean(-1), slope.float().mean(-1), mobility, complexity.log()], dim=-1)


class BandPowers(nn.Module):
    """Logarithm of each band's share of the power."""

    def __init__(self, rate_hz: float) -> None:
        super().__init__()
        self.size = round(SEGMENT_S * rate_hz)
        frequency = torch.fft.rfftfreq(self.size, 1 / rate_hz, dtype=torch.float64)
        kept = frequency[(frequency >= BANDS_HZ[0]) & (frequency < BANDS_HZ[-1])]
        angle = 2 * math.pi / rate_hz * torch.outer(torch.arange(self.size, dtype=torch.float64), kept)
        window = torch.hann_window(self.size, dtype=torch.float64).unsqueeze(1)
        self.wave: Tensor
        self.sort: Tensor
        self.register_buffer("wave", torch.cat([window * angle.cos(), window * angle.sin()], dim=1).float())
        members = [(kept >= low) & (kept < high) for low, high in pairwise(BANDS_HZ)]
        self.register_buffer("sort", torch.stack(members, dim=1).float().repeat(2, 1))

    def forward(self, x: Tensor) -> Tensor:  # (B, C, T)
        """(B, C, T) -> (B, C, 6)."""
        segments = x.unfold(-1, self.size, self.size // 2)  # (B, C, S, segment)
        power = (segments @ self.wave).square().mean(dim=2) @ self.sort  # (B, C, 6)
        power = power + NOISE_UV**2
        return torch.log(power / power.sum(dim=-1, keepdim=True))
