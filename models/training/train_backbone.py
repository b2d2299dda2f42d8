"""Train a backbone of SASG-DA as a classifier of windows: Crossformer, TDCT or STCNet, all three alike (SYSTEMS 4.8).

Cross-entropy with a little smoothing under Adam whose rate falls along a cosine, ours for all: the papers' own recipes
differ from one another (STCNet's has a contrastive stage before), and a comparison of training data needs one. Widths
are the papers' or SYSTEMS'; segments and steps follow the window, so that there are about twenty of them at any rate.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional as F

from models.errors import DatasetError
from models.networks.crossformer import Crossformer, CrossformerConfig
from models.networks.stcnet import STCNet, STCNetConfig
from models.networks.tdct import TDCT, TDCTConfig
from models.training.loop import Learned, OnProgress, Stage, claim, fit
from models.training.metrics import score
from models.training.steps import counted

PIECES: Final = 20
"""Segments of a window, and most samples of a step."""
CHUNK: Final = 256
"""Windows that are computed together."""

Backbone = Crossformer | TDCT | STCNet


class Sizes(NamedTuple):
    """What a network is built for."""

    gestures: int
    channels: int
    window: int
    """Samples."""


def _crossformer(sizes: Sizes) -> Backbone:
    segment = max(1, sizes.window // PIECES)
    return Crossformer(CrossformerConfig(sizes.gestures, sizes.channels, sizes.window, segment))


def _tdct(sizes: Sizes) -> Backbone:
    return TDCT(TDCTConfig(sizes.gestures, sizes.channels))


def _stcnet(sizes: Sizes) -> Backbone:
    samples = max(length for length in range(1, PIECES + 1) if sizes.window % length == 0)
    return STCNet(STCNetConfig(sizes.gestures, sizes.channels, sizes.window // samples, samples))


BACKBONES: Final[dict[str, Callable[[Sizes], Backbone]]] = {
    "crossformer": _crossformer,
    "tdct": _tdct,
    "stcnet": _stcnet,
}


@dataclass(frozen=True, slots=True)
class BackboneTraining:
    """How to train."""

    network: str
    """One of ``BACKBONES``."""
    gestures: int
    seed: int = 0
    epochs: int = 60
    patience: int = 15
    """Epochs without a better macro-F1 before it stops, if there is something to validate on."""
    batch: int = 64
    rate: float = 1e-3
    """Highest learning rate of Adam."""
    steps: int | None = None
    """Gradient steps of an epoch; ``None``: as many as show every window once."""


def train_backbone(
    learn: Learned,
    validate: Learned | None,
    config: BackboneTraining,
    out: Path,
    on_progress: OnProgress = lambda _: None,
) -> Backbone:
    """Train on windows (window, time, channel), keeping checkpoints in ``out``; a training stopped there goes on.

    Without anything to validate on, all epochs are run.

    Raises:
        DatasetError: no backbone of that name, or fewer than two windows.
        ModelMismatch: ``out`` holds a training of other settings or data.
        ModelUnreadable: a checkpoint is damaged.
    """
    network = drawn(config, learn.x)
    claim(out, config, learn)
    steps = config.steps or ceil(len(learn) / config.batch)
    batches = counted(torch.from_numpy(learn.x), torch.from_numpy(learn.y), config.batch, steps)
    wrong = None if validate is None else _wrong(network, validate, config.gestures)

    def loss(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(network(x), y, label_smoothing=0.05)

    stage = Stage(
        config.network, network, loss, wrong, config.epochs, config.patience, config.rate, 1e-4, warm_up=1, clip=1.0
    )
    fit(stage, batches, config.seed, out, on_progress)
    return network.eval()


def drawn(config: BackboneTraining, x: npt.NDArray[np.float32]) -> Backbone:
    """A new network for windows like (window, time, channel), scaled by the deviation of each of their channels.

    Raises:
        DatasetError: no backbone of that name.
    """
    if config.network not in BACKBONES:
        raise DatasetError(f"no backbone {config.network!r}; known: {', '.join(BACKBONES)}")
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)
        network = BACKBONES[config.network](Sizes(config.gestures, x.shape[2], x.shape[1]))
    network.scale.microvolts.copy_(torch.from_numpy(x.std(axis=(0, 1), dtype=np.float64) + 1e-6))
    return network


@torch.no_grad()
def answers(network: nn.Module, x: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(window, time, channel) -> (window, K) log-probabilities."""
    parts = [network(part).log_softmax(dim=1) for part in torch.from_numpy(x).split(CHUNK)]
    said: npt.NDArray[np.float32] = torch.cat(parts).numpy()
    return said


def _wrong(network: nn.Module, windows: Learned, gestures: int) -> Callable[[], float]:
    """1 - macro-F1 on these windows."""
    return lambda: 1 - score(windows.y, answers(network, windows.x).argmax(axis=1), gestures).macro_f1
