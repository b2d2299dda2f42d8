"""The task encoder: a classifier of gestures, whose last features are the meaning of a window (SYSTEMS 4.1)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from models.augmentation.gaussians import Features
from models.networks.task_network import TaskNetwork
from models.training.augment import Augmentation, batches
from models.training.loop import OnProgress, Stage, claim, fit
from models.training.mlp_head import Standardise
from models.training.windows import Windows, shape_of

AUGMENTATION = Augmentation(jitter=0)


@dataclass(frozen=True, slots=True)
class TaskTraining:
    """How to train; all epochs are run, nothing is validated."""

    features: int = 128
    """d, of the semantic features."""
    epochs: int = 30
    batch: int = 64
    rate: float = 3e-3
    """Learning rate of Adam at the start."""
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class TaskEncoder:
    """Windows to features, features to gestures."""

    network: TaskNetwork
    standardise: Standardise
    """By the windows that it learned from."""

    def features(self, x: npt.NDArray[np.float32]) -> Features:
        """(n, T, C) filtered microvolts -> (n, d), with mean 0 and deviation 1 over the training windows."""
        return _through(lambda part: self.standardise(self.network.semantic(part)), x)

    def probabilities(self, features: Features) -> npt.NDArray[np.float32]:
        """(n, d) standardised features -> (n, K)."""
        mean, deviation = self.standardise.mean, self.standardise.deviation
        return _through(lambda part: self.network.head(part * deviation + mean).softmax(dim=1), features)


def train_task_encoder(
    windows: Windows, gestures: int, how: TaskTraining, work: Path, on_progress: OnProgress = lambda _: None
) -> TaskEncoder:
    """Train on the windows, keeping checkpoints in ``work``; a training that was stopped there goes on.

    Raises:
        ModelMismatch: ``work`` holds a training of other settings or data.
        ModelUnreadable: a checkpoint is damaged.
    """
    folder = work / "encoder"
    claim(folder, how, windows)
    with torch.random.fork_rng():
        torch.manual_seed(how.seed)
        network = TaskNetwork(*shape_of(windows.trials), how.features, gestures)
    loss = partial(_loss, network)
    stage = Stage("encoder", network, loss, None, how.epochs, how.epochs, how.rate, weight_decay=1e-4)
    fit(stage, batches(windows, AUGMENTATION, how.batch), how.seed, folder, on_progress)
    standardise = Standardise.of(_through(network.semantic, windows.x))
    return TaskEncoder(network, standardise)


def _loss(network: TaskNetwork, x: Tensor, y: Tensor) -> Tensor:
    return F.cross_entropy(network(x), y, label_smoothing=0.05)


@torch.no_grad()
def _through(network: Callable[[Tensor], Tensor], x: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """In parts that fit into the cache."""
    parts = [network(part) for part in torch.from_numpy(x).split(256)]
    answers: npt.NDArray[np.float32] = torch.cat(parts).numpy()
    return answers
