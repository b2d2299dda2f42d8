"""Batches of augmented windows: what may differ between two placements of an electrode, not between two gestures."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from models.pipeline.electrode_grid import Grid
from models.training.loop import Batches, Learned


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Ranges to draw from, one draw per window (SYSTEMS 1.6)."""

    gain: float = 1.25
    """Amplitude of each channel, from 1 / gain to gain, uniform in the logarithm."""
    jitter: int = 50
    """Samples that a window may start earlier or later."""
    noise_db: tuple[float, float] = (20.0, 40.0)
    """Signal to added white noise, decibel."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """Rings of electrodes that sit turned on the arm: one draw per window, all rings by the same."""

    rings: Grid = ()
    """Channel numbers of each ring in their order round the arm; none: nothing is turned."""
    most: int = 0
    """Electrode distances, either way."""

    @classmethod
    def of(cls, rings: Grid) -> "Rotation":
        """By up to an eighth of a turn: 2 electrodes of 16, 1 of 8."""
        return cls(tuple(map(tuple, rings)), min((len(ring) for ring in rings), default=0) // 8)


STILL: Final = Rotation()
"""Nothing is turned."""


def batches(windows: Learned, how: Augmentation, size: int, rotation: Rotation = STILL) -> Callable[[], Batches]:
    """Epochs of shuffled batches (B, T, C); the windows are ``2 * jitter`` samples longer than T.

    Draws come from torch's own generator, which the loop seeds.
    """
    x, y = torch.from_numpy(windows.x), torch.from_numpy(windows.y)

    def epoch() -> Batches:
        # a last batch of one window would have no variance for the batch normalisation
        chosen = [part for part in torch.randperm(len(x)).split(size) if len(part) > 1]
        return ((augment(turned(x[part], rotation), how), y[part]) for part in chosen)

    return epoch


def augment(x: Tensor, how: Augmentation) -> Tensor:
    """(B, T + 2 * jitter, C) -> (B, T, C)."""
    moved = _shift(x, how.jitter)
    gain = how.gain ** (2 * torch.rand(len(x), 1, x.shape[2]) - 1)
    low, high = how.noise_db
    ratio = 10 ** (-(low + (high - low) * torch.rand(len(x), 1, 1)) / 20)
    rms = moved.square().mean(dim=1, keepdim=True).sqrt()
    return gain * (moved + ratio * rms * torch.randn_like(moved))


def turned(x: Tensor, rotation: Rotation) -> Tensor:
    """(B, T, C) -> (B, T, C): every channel of a ring hears what stood some places further, in each window anew."""
    if not rotation.most:
        return x
    turns = torch.randint(-rotation.most, rotation.most + 1, (len(x), 1))
    order = torch.arange(x.shape[2]).repeat(len(x), 1)  # (B, C)
    for ring in map(torch.tensor, rotation.rings):
        order[:, ring] = ring[(torch.arange(len(ring)) + turns) % len(ring)]
    return x.gather(2, order.unsqueeze(1).expand_as(x))


def _shift(x: Tensor, jitter: int) -> Tensor:
    start = torch.randint(0, 2 * jitter + 1, (len(x), 1))
    at = start + torch.arange(x.shape[1] - 2 * jitter)  # (B, T)
    return x.gather(1, at.unsqueeze(-1).expand(-1, -1, x.shape[2]))
