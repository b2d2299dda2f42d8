"""A network of images moves to another day or user: its statistics without labels, its upper layers with a few trials.

    M. R. Islam, D. Massicotte, P. Massicotte, W. Zhu, "Surface EMG-Based Intersession/Intersubject Gesture Recognition
    by Leveraging Lightweight All-ConvNet and Transfer Learning", arXiv 2305.08014: the first three convolutions are
    frozen, the rest learns. Y. Du et al., Sensors 17(3):458, 2017: AdaBN, statistics of batch normalisation anew.

The paper names no learning rate for fine-tuning; ours is SYSTEMS 2.5's. Both steps change the network that they are
given; what they leave alone stays equal bit for bit.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm

from models.errors import DatasetError
from models.networks.grid_net import FrozenGrid, GridNet
from models.pipeline.images import Pictures

CHUNK: Final = 512
"""Images that are computed together."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to fine-tune."""

    frozen: int = 3
    """The first so many layers stay as they are, the input's normalisation with them; 0 lets everything learn."""
    epochs: int = 20
    batch: int = 64
    rate: float = 1e-4
    """Of Adam."""
    seed: int = 0


@torch.no_grad()
def reestimate(network: GridNet | FrozenGrid, images: Pictures) -> None:
    """Give every batch normalisation the mean and variance of what reaches it for these images, bottom to top (AdaBN).

    No labels, no gradients. Each layer sees what the re-estimated ones below it give, for all images at once, so
    the order and the size of batches change nothing; a layer's outputs are kept meanwhile, 64 kB per image of 16x8.

    Args:
        network: left in evaluation mode.
        images: (image, row, column) of the new day or user, all gestures about equally often.

    Raises:
        DatasetError: there is no image.
    """
    if not len(images):
        raise DatasetError("no images to take statistics from: record some seconds of every gesture")
    network.eval()
    x = torch.from_numpy(images).unsqueeze(1)
    for step in _steps(network):
        if isinstance(step, _BatchNorm):
            _take_statistics(step, x)
        x = _through(step, x)


def fine_tune(network: GridNet, images: Pictures, labels: npt.NDArray[np.int64], plan: Plan = Plan()) -> None:
    """Let the upper layers learn from labelled images; all statistics stay, so re-estimate them before.

    The frozen layers are computed once, without dropout. The same plan on the same images gives the same weights.

    Args:
        network: left in evaluation mode.
        images: (image, row, column).
        labels: (image,) index among the network's gestures.
        plan: how.

    Raises:
        DatasetError: there is no image.
    """
    if not len(images):
        raise DatasetError("no images to learn from: record at least one trial of every gesture")
    network.eval()
    layers = [network.norm, *network.blocks, network.head]
    fixed = plan.frozen + 1 if plan.frozen else 0
    lower, upper = nn.Sequential(*layers[:fixed]), nn.Sequential(*layers[fixed:])
    with torch.no_grad():
        x = _through(lower, torch.from_numpy(images).unsqueeze(1))
    with torch.random.fork_rng():
        torch.manual_seed(plan.seed)
        _learn(upper, x, torch.from_numpy(labels), plan)
    network.eval()


def _steps(network: GridNet | FrozenGrid) -> list[nn.Module]:
    """The modules before the classifier, bottom to top."""
    return [network.norm, *(step for block in network.blocks for step in _parts(block))]


def _parts(block: nn.Module) -> list[nn.Module]:
    return list(block) if isinstance(block, nn.Sequential) else [block]


def _take_statistics(norm: _BatchNorm, x: Tensor) -> None:
    """Of (image, channel, ...), over images and positions, summed in doubles."""
    if norm.running_mean is None or norm.running_var is None:  # a norm that keeps none has nothing to re-estimate
        return
    values = x.transpose(0, 1).flatten(1).double()  # (channel, value)
    norm.running_mean.copy_(values.mean(dim=1))
    norm.running_var.copy_(values.var(dim=1, correction=0))


def _through(step: nn.Module, x: Tensor) -> Tensor:
    return torch.cat([step(part) for part in x.split(CHUNK)])


def _learn(upper: nn.Sequential, x: Tensor, y: Tensor, plan: Plan) -> None:
    optimiser = torch.optim.Adam(upper.parameters(), plan.rate)
    upper.train()
    for norm in upper.modules():
        if isinstance(norm, _BatchNorm):
            norm.eval()
    for _ in range(plan.epochs):
        for part in torch.randperm(len(x)).split(plan.batch):
            optimiser.zero_grad()
            F.cross_entropy(upper(x[part]), y[part]).backward()
            optimiser.step()
