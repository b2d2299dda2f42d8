"""A CSAE in parts that learn one after another; what stays frozen is computed once for all epochs.

Augmentation is therefore drawn once: a classifier learns from ``COPIES`` of each window that differ in gain, place and
noise. On trial 4 of all subjects, after learning from trials 1 to 3, this was worth 0.07 of macro-F1 over as many steps
on the plain windows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.datasets.trials import Trial
from models.experiments.autoencoders import shuffled, through
from models.experiments.protocol import HOP_S, WINDOW_S, Labels
from models.networks.csae import CSAE, CSAEConfig
from models.training.augment import Augmentation, augment
from models.training.loop import Batches, Stage, fit
from models.training.train_csae import rebuilding_error, zero_share
from models.training.train_lda import LDATraining, train_lda
from models.training.windows import Cut, Windows, cut, shape_of

CONTROL: Final = "control: LDA, 29 time-domain features"
BATCH: Final = 128
COPIES: Final = 4


@dataclass(frozen=True, slots=True)
class Part:
    """What learns."""

    name: str
    frozen: int
    """How many of scale, encoder, context and MLP need not be computed again in each epoch."""
    learns: Callable[[CSAE], list[nn.Module]]


CLASSIFIER: Final = Part("whole head", 2, lambda network: [network.context, network.mlp])


@dataclass(frozen=True, slots=True)
class Course:
    """How long and how fast something learns."""

    epochs: int
    """All are run."""
    rate: float
    batch: int = BATCH


@dataclass(frozen=True, slots=True)
class Teacher:
    """Lets parts learn; the same seed and windows give the same weights."""

    seed: int
    work: Path
    """Folder of the checkpoints."""

    def network(self, windows: Windows, gestures: int) -> CSAE:
        """A new one, scaled by the standard deviation of the windows that it will learn from."""
        rate_hz, channels = shape_of(windows.trials)
        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            network = CSAE(CSAEConfig.at(rate_hz, gestures, channels))
        network.scale.microvolts.copy_(torch.from_numpy(windows.x.std(axis=(0, 1), dtype=np.float64)))
        return network

    def autoencoder(self, windows: Windows, gestures: int, epochs: int) -> CSAE:
        """One that has learned to rebuild the windows; its classifier is new."""
        network, x = self.network(windows, gestures), torch.from_numpy(windows.x)
        learns = nn.ModuleList([network.encoder, network.decoder])
        stage = Stage(
            f"{gestures}-autoencoder", learns, lambda x, _: network.autoencoder_loss(x), None, epochs, 1, 1e-3
        )
        self._fit(stage, shuffled(x, torch.from_numpy(windows.y), BATCH))
        return network

    def part(self, name: str, network: CSAE, part: Part, learn: Windows, course: Course) -> CSAE:
        """The network itself, a part of which has learned from labelled windows."""
        network.eval()
        before, after = steps(network)[: part.frozen], steps(network)[part.frozen :]
        x = through(nn.Sequential(*before), torch.from_numpy(learn.x))
        self.classifier(name, nn.Sequential(*after), nn.ModuleList(part.learns(network)), (x, learn.y), course)
        return network

    def classifier(
        self, name: str, network: nn.Module, learns: nn.Module, learn: tuple[Tensor, Labels], course: Course
    ) -> None:
        """Let the part ``learns`` of a network learn from inputs of that network and their labels."""

        def loss(x: Tensor, y: Tensor) -> Tensor:
            return F.cross_entropy(network(x), y, label_smoothing=0.05)

        x, y = learn
        batches = shuffled(x, torch.from_numpy(y), course.batch)
        self._fit(Stage(name, learns, loss, None, course.epochs, 1, course.rate, 1e-4), batches)

    def _fit(self, stage: Stage, batches: Callable[[], Batches]) -> None:
        self.work.mkdir(parents=True, exist_ok=True)
        fit(stage, batches, self.seed, self.work, lambda _: None)


def steps(network: CSAE) -> list[nn.Module]:
    """(B, T, C) -> (B, K) log-probabilities, in four steps."""
    return [network.scale, network.encoder, network.context, nn.Sequential(network.mlp, nn.LogSoftmax(dim=-1))]


def quality(network: CSAE, windows: Windows) -> dict[str, float]:
    """R2 of the reconstruction and the share of the latent that is zero, on about a thousand of the windows."""
    x = torch.from_numpy(windows.x[:: max(1, len(windows) // 1024)])
    return {"r2": 1 - rebuilding_error(network, x), "zeros": zero_share(network, x)}


def windows_of(trials: Sequence[Trial], labels: Sequence[str]) -> Windows:
    """Windows of the protocol."""
    rate_hz, _ = shape_of(trials)
    return cut(trials, labels, Cut(round(WINDOW_S * rate_hz), round(HOP_S * rate_hz)))


def copies_of(trials: Sequence[Trial], labels: Sequence[str], seed: int) -> Windows:
    """The same windows, each ``COPIES`` times and augmented."""
    rate_hz, _ = shape_of(trials)
    how = Augmentation()
    windows = cut(trials, labels, Cut(round(WINDOW_S * rate_hz) + 2 * how.jitter, round(HOP_S * rate_hz)))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        x = torch.cat([augment(part, how) for _ in range(COPIES) for part in torch.from_numpy(windows.x).split(256)])
    return Windows(x.numpy(), np.tile(windows.y, COPIES), np.tile(windows.source, COPIES), windows.trials)


def control(learn: Sequence[Trial], labels: tuple[str, ...]) -> nn.Module:
    """(B, T, C) -> (B, K) log-probabilities of the baseline."""
    model = train_lda(learn, LDATraining("control", labels, train_hop_s=HOP_S))
    return nn.Sequential(model.encoder, model.head)
