"""What made windows have to beat: the same windows again, and the same windows changed by classical means.

A gain over the plain windows alone may be longer training, so everything is compared at equal gradient steps
(``models/training/steps.py``); oversampling tells what more windows without news are worth, and classical augmentation
what news without a model is (SYSTEMS 4.6). Classical are gain and noise (``models/training/augment.py``), a warp of
time, a turn of the ring where there is one, and a mix with another window of the same gesture: after Um et al. 2017 and
Zhang et al. 2018, whose mix of different gestures would need soft labels.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from models.training.augment import STILL, Augmentation, Rotation, augment, turned

Windows = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]

IN_PLACE: Final = Augmentation(jitter=0)
"""Gain and noise of the house; windows are already cut, so nothing moves them."""
KNOTS: Final = 4
"""Of the curve along which time runs faster and slower within a window."""
FINER: Final = 4
"""Times as many samples, between which lines are good enough."""


@dataclass(frozen=True, slots=True)
class Classical:
    """How windows are changed, each by draws of its own."""

    gain_and_noise: Augmentation = IN_PLACE
    rotation: Rotation = STILL
    warp: float = 0.1
    """Greatest share by which time runs faster or slower anywhere in a window."""
    mix: float = 0.3
    """Greatest share of another window of the same gesture."""
    mixed: float = 0.5
    """Share of the windows that are mixed."""


def oversampled(x: Windows, y: Labels, times: int) -> tuple[Windows, Labels]:
    """(window, T, C) and (window,), and ``times`` exact copies of all of them."""
    return np.tile(x, (times + 1, 1, 1)), np.tile(y, times + 1)


def classical(x: Windows, y: Labels, times: int, seed: int, how: Classical = Classical()) -> tuple[Windows, Labels]:
    """(window, T, C) microvolts and (window,), and ``times`` changed copies of all of them; real windows come first."""
    real, labels = torch.from_numpy(x), torch.from_numpy(y)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        copies = [_changed(real, labels, how) for _ in range(times)]
    return torch.cat([real, *copies]).numpy(), np.tile(y, times + 1)


def _changed(x: Tensor, y: Tensor, how: Classical) -> Tensor:
    return augment(turned(warped(_mixed(x, y, how), how.warp), how.rotation), how.gain_and_noise)


def _mixed(x: Tensor, y: Tensor, how: Classical) -> Tensor:
    """Some windows with a share of another one of their gesture; power stays, as EMG of two windows does not add up."""
    partners = torch.empty_like(y)
    for label in y.unique():
        at = torch.nonzero(y == label).flatten()
        partners[at] = at[torch.randperm(len(at))]
    share = how.mix * torch.rand(len(x), 1, 1) * (torch.rand(len(x), 1, 1) < how.mixed)
    return (1 - share).sqrt() * x + share.sqrt() * x[partners]


def warped(x: Tensor, most: float) -> Tensor:
    """(B, T, C) -> (B, T, C): time runs unevenly between the ends, which stay where they are."""
    batch, length, _ = x.shape
    knots = 1 + most * (2 * torch.rand(batch, 1, KNOTS) - 1)
    speed = F.interpolate(knots, size=length - 1, mode="linear", align_corners=True).squeeze(1)  # (B, T - 1)
    at = F.pad(speed.cumsum(dim=1), (1, 0))
    return _read(x, at / at[:, -1:] * (length - 1))


def _read(x: Tensor, at: Tensor) -> Tensor:
    """(B, T, C) at times (B, T) between its samples.

    Lines between them would swallow what is fast, so they lie between those of a signal that was made finer before.
    """
    length = x.shape[1]
    spectrum = torch.fft.rfft(x, dim=1)
    if length % 2 == 0:
        spectrum[:, -1] /= 2  # half the rate stands for two frequencies once there is room for both
    fine: Tensor = FINER * torch.fft.irfft(spectrum, n=FINER * length, dim=1)
    low = (FINER * at).floor().long().clamp(max=FINER * (length - 1) - 1)  # (B, T)
    share = (FINER * at - low).unsqueeze(2)
    index = low.unsqueeze(2).expand_as(x)
    return (1 - share) * fine.gather(1, index) + share * fine.gather(1, index + 1)
