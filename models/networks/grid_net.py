"""A network over instantaneous images of an electrode grid, from a tuple of layers that reads like a paper's table.

Input is one image per sample, (batch, row, column) or (batch, 1, row, column). After each layer comes, in this order,
batch normalisation, the activation and dropout; the input has a batch normalisation of its own. ``features`` is
everything up to the vector before the classifier, ``head`` the classifier, so that the head can be replaced alone.

B batch, C channel (a layer's maps), R row, W column, F feature, K class.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import torch
from torch import Tensor, nn

from models.errors import ModelMismatch

SMALLEST: Final = 4
"""Rows and columns of the smallest grid that makes an image."""
INPUT_EPS: Final = 1e-8
"""Weak EMG of 10 uV has a variance of 1.6e-5 in an image: torch's 1e-5 would not be small beside it."""


@dataclass(frozen=True, slots=True)
class Conv:
    """A convolution, padded so that stride 1 keeps the image's size."""

    width: int
    kernel: int = 3
    stride: int = 1
    dropout: float = 0.0


@dataclass(frozen=True, slots=True)
class Local:
    """A 1x1 convolution with weights of its own at each electrode."""

    width: int
    dropout: float = 0.0


@dataclass(frozen=True, slots=True)
class Dense:
    """A fully connected layer; the first one flattens the image."""

    width: int
    dropout: float = 0.0


@dataclass(frozen=True, slots=True)
class Mean:
    """The average over all positions: any grid gives as many numbers."""


Layer = Conv | Local | Dense | Mean


@dataclass(frozen=True, slots=True)
class Design:
    """A network without its sizes of input and output."""

    layers: tuple[Layer, ...]
    """Without the classifier."""
    activation: type[nn.Module] = nn.ELU
    batch_norm: bool = True
    linear_head: bool = True
    """Whether a linear layer follows; if not, the features are the logits."""


def dropping(share: float, *layers: Conv | Local | Dense) -> tuple[Conv | Local | Dense, ...]:
    """The layers, each with this dropout."""
    return tuple(replace(layer, dropout=share) for layer in layers)


class GridNet(nn.Module):
    """Images -> logits, (B, K).

    Raises:
        ModelMismatch: the grid is smaller than 4x4.
    """

    def __init__(self, design: Design, gestures: int, grid: tuple[int, int] = (16, 8)) -> None:
        super().__init__()
        if min(grid) < SMALLEST:
            raise ModelMismatch(
                f"a grid of {grid[0]} x {grid[1]} electrodes makes no image: use one of at least "
                f"{SMALLEST} x {SMALLEST}, or a model of windows"
            )
        self.norm = nn.BatchNorm2d(1, eps=INPUT_EPS) if design.batch_norm else nn.Identity()
        size: tuple[int, ...] = (1, *grid)  # (C, R, W), then (F,)
        blocks = []
        for layer in design.layers:
            block, size = _block(layer, size, design)
            blocks.append(block)
        self.blocks = nn.Sequential(*blocks)
        """One per layer of the design, so that ``blocks[:n]`` can be frozen."""
        self.head = nn.Linear(size[0], gestures) if design.linear_head else nn.Identity()
        self.apply(_xavier)

    def features(self, x: Tensor) -> Tensor:  # (B, R, W) or (B, 1, R, W)
        """Images scaled to -1 to 1 -> (B, F)."""
        x = x.unsqueeze(1) if x.ndim == 3 else x
        found: Tensor = self.blocks(self.norm(x))
        return found

    def forward(self, x: Tensor) -> Tensor:  # (B, R, W) or (B, 1, R, W)
        """Images scaled to -1 to 1 -> (B, K)."""
        logits: Tensor = self.head(self.features(x))
        return logits


class FrozenGrid(nn.Module):
    """What everybody shares of such a network: images -> standardised features, (B, F)."""

    def __init__(self, network: GridNet, standardise: nn.Module) -> None:
        super().__init__()
        self.norm = network.norm
        self.blocks = network.blocks
        self.standardise = standardise

    def forward(self, x: Tensor) -> Tensor:  # (B, R, W)
        """Images scaled to -1 to 1 -> (B, F)."""
        features: Tensor = self.standardise(self.blocks(self.norm(x.unsqueeze(1))))
        return features


class LocalConv(nn.Module):
    """(B, C, R, W) -> (B, D, R, W), another D x C matrix at each position."""

    def __init__(self, inputs: int, outputs: int, grid: Sequence[int]) -> None:
        super().__init__()
        bound = math.sqrt(6 / (inputs + outputs))  # Xavier, of one position
        self.weight = nn.Parameter(torch.empty(outputs, inputs, *grid).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(outputs, *grid))

    def forward(self, x: Tensor) -> Tensor:  # (B, C, R, W)
        """(B, C, R, W) -> (B, D, R, W)."""
        return torch.einsum("bcrw,dcrw->bdrw", x, self.weight) + self.bias


class PositionMean(nn.Module):
    """(B, C, R, W) -> (B, C)."""

    def forward(self, x: Tensor) -> Tensor:  # (B, C, R, W)
        """(B, C, R, W) -> (B, C)."""
        return x.mean(dim=(2, 3))


def _block(layer: Layer, size: tuple[int, ...], design: Design) -> tuple[nn.Module, tuple[int, ...]]:
    """The modules of one layer and the size of what they give, for an input of a size."""
    match layer:
        case Conv(width, kernel, stride):
            linear: nn.Module = nn.Conv2d(size[0], width, kernel, stride, kernel // 2)
            size = (width, *((length - 1) // stride + 1 for length in size[1:]))
        case Local(width):
            linear, size = LocalConv(size[0], width, size[1:]), (width, *size[1:])
        case Dense(width):
            linear, size = nn.Linear(math.prod(size), width), (width,)
        case Mean():
            return PositionMean(), size[:1]
    parts: list[nn.Module] = [nn.Flatten()] if isinstance(layer, Dense) else []
    parts += [linear, *([_norm(size)] if design.batch_norm else []), design.activation(), nn.Dropout(layer.dropout)]
    return nn.Sequential(*parts), size


def _norm(size: tuple[int, ...]) -> nn.Module:
    return nn.BatchNorm2d(size[0]) if len(size) == 3 else nn.BatchNorm1d(size[0])


def _xavier(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
