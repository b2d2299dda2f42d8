"""Batches of augmented windows: what may differ between two placements of an electrode, not between two gestures."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from models.training.loop import Batches
from models.training.windows import Windows


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Ranges to draw from, one draw per window (SYSTEMS 1.6)."""

    gain: float = 1.25
    """Amplitude of each channel, from 1 / gain to gain, uniform in the logarithm."""
    jitter: int = 50
    """Samples that a window may start earlier or later."""
    noise_db: tuple[float, float] = (20.0, 40.0)
    """Signal to added white noise, decibel."""


def batches(windows: Windows, how: Augmentation, size: int) -> Callable[[], Batches]:
    """Epochs of shuffled batches (B, T, C); the windows are ``2 * jitter`` samples longer than T.

    Draws come from torch's own generator, which the loop seeds.
    """
    x, y = torch.from_numpy(windows.x), torch.from_numpy(windows.y)

    def epoch() -> Batches:
        # a last batch of one window would have no variance for the batch normalisation
        chosen = [part for part in torch.randperm(len(x)).split(size) if len(part) > 1]
        return ((augment(x[part], how), y[part]) for part in chosen)

    return epoch


def augment(x: Tensor, how: Augmentation) -> Tensor:
    """(B, T + 2 * jitter, C) -> (B, T, C)."""
    moved = _shift(x, how.jitter)
    gain = how.gain ** (2 * torch.rand(len(x), 1, x.shape[2]) - 1)
    low, high = how.noise_db
    ratio = 10 ** (-(low + (high - low) * torch.rand(len(x), 1, 1)) / 20)
    rms = moved.square().mean(dim=1, keepdim=True).sqrt()
    return gain * (moved + ratio * rms * torch.randn_like(moved))


def _shift(x: Tensor, jitter: int) -> Tensor:
    start = torch.randint(0, 2 * jitter + 1, (len(x), 1))
    at = start + torch.arange(x.shape[1] - 2 * jitter)  # (B, T)
    return x.gather(1, at.unsqueeze(-1).expand(-1, -1, x.shape[2]))
