"""What may differ between two donnings of a wristband, and what a network should not lean on: the papers' options.

    V. Sivakumar et al., "emg2qwerty", NeurIPS 2024: rotation, alignment jitter, and masks after D. Park et al.,
    "SpecAugment", Interspeech 2019, for each channel its own. The UCLA course report adds noise, crop and smoothing.

The public code of the gesture networks rolls the last axis, which is time in its layout: it shifts the signal by a
millisecond and rotates nothing. Here the axis of the channels is named, and a test holds it.

All draws come from torch's generator, which the training loop seeds. B batch, T frame, C channel, F frequency.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from models.networks.rotation_mlp import ELECTRODES


@dataclass(frozen=True, slots=True)
class SequenceAugmentation:
    """Ranges to draw from; 0 leaves a step out."""

    rotation: int = 0
    """Electrodes that a band may slip round the wrist, either way; one draw per example and band."""
    jitter: int = 0
    """Samples that the second band may be earlier or later than the first."""
    time_masks: int = 0
    """Most masks over time; how many is drawn per example, where they lie per channel."""
    time_width: int = 25
    """Most frames in one."""
    frequency_masks: int = 0
    """Most masks over frequency."""
    frequency_width: int = 4
    """Most frequencies in one; where it is more than there are, most masks blank a whole channel."""
    noise: float = 0.0
    """Deviation of white noise added to the logarithms of power."""
    smooth_hz: float = 0.0
    """Deviation of the bell that the spectrum is smoothed with."""
    crop: int = 0
    """Frames of an example that are kept, from a start of their own."""


def augment_frames(x: Tensor, how: SequenceAugmentation, bin_hz: float) -> Tensor:
    """(B, T, C, F) logarithms of power -> the same, all steps but jitter and crop, which act on samples."""
    x = rotate(x, how.rotation, channels=2)
    if how.smooth_hz:
        x = smooth(x, how.smooth_hz / bin_hz)
    if how.noise:
        x = x + how.noise * torch.randn_like(x)
    x = mask(x, how.time_masks, how.time_width, axis=1)
    return mask(x, how.frequency_masks, how.frequency_width, axis=3)


def rotate(x: Tensor, most: int, channels: int) -> Tensor:
    """Roll the electrodes of each band and example by up to ``most``; ``channels`` is their axis."""
    if not most:
        return x
    electrodes = x.movedim(channels, 1)  # (B, C, ...)
    batch, bands = len(x), electrodes.shape[1] // ELECTRODES
    by = torch.randint(-most, most + 1, (batch, bands, 1))
    place = (torch.arange(ELECTRODES) - by) % ELECTRODES  # (B, band, electrode)
    at = (place + ELECTRODES * torch.arange(bands)[:, None]).flatten(1).to(x.device)  # (B, C)
    return electrodes[torch.arange(batch, device=x.device)[:, None], at].movedim(1, channels)


def mask(x: Tensor, most: int, width: int, axis: int) -> Tensor:
    """(B, T, C, F) with up to ``most`` stretches of up to ``width`` set to 0 along time, 1, or frequency, 3."""
    batch, size = len(x), x.shape[axis]
    number = torch.randint(0, most + 1, (batch, 1))
    here = torch.arange(size)
    for mask_number in range(most):
        wide = torch.randint(0, width + 1, (batch, x.shape[2]))  # (B, C)
        start = torch.rand(wide.shape) * (size - wide)  # of one that is wider than all there is, below 0
        hit = (here >= start[..., None]) & (here < (start + wide)[..., None]) & (mask_number < number)[..., None]
        hit = hit.movedim(2, 1)[..., None] if axis == 1 else hit[:, None]  # (B, T, C, 1) or (B, 1, C, F)
        x = x.masked_fill(hit.to(x.device), 0.0)
    return x


def smooth(x: Tensor, bins: float) -> Tensor:
    """(..., F) under a bell whose deviation is so many frequencies; at the edges the outermost stand in."""
    reach = max(1, round(3 * bins))
    bell = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, device=x.device) / bins) ** 2)
    wide = F.pad(x.flatten(0, -2)[:, None], (reach, reach), mode="replicate")  # (N, 1, F + 2 reach)
    return F.conv1d(wide, (bell / bell.sum())[None, None]).reshape(x.shape)
