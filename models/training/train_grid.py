"""Train a network of instantaneous images (SYSTEMS 2.4): Adam, batches of 256, a whole trial stops it early."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.datasets.trials import Trial
from models.errors import DatasetError
from models.networks.convnets import ALL_CONVNET, EMBEDDED, S_CONVNET_A, S_CONVNET_B, S_CONVNET_C1, S_CONVNET_C2
from models.networks.geng_net import GENG_NET
from models.networks.grid_net import Design, FrozenGrid, GridNet, Mean
from models.networks.heads import LinearHead
from models.pipeline.electrode_grid import Grid
from models.spec import FilterSpec, ImageSpec, ModelSpec
from models.training.effort import effort_of
from models.training.images import Exposure, LabelledImages, expose
from models.training.loop import Batches, OnProgress, Stage, claim, fit
from models.training.mlp_head import Standardise
from models.training.result import EXAMPLES, TrainedModel, trial_facts
from models.training.splits import by_trial
from models.training.windows import Cut, cut, shape_of

NETWORKS: Final = {
    "all-convnet": ALL_CONVNET,
    "embedded": EMBEDDED,
    "s-convnet-a": S_CONVNET_A,
    "s-convnet-b": S_CONVNET_B,
    "s-convnet-c1": S_CONVNET_C1,
    "s-convnet-c2": S_CONVNET_C2,
    "geng-net": GENG_NET,
}
"""By the names that the command line has for them."""

LIVE_HZ: Final = 250.0
"""Images per second of the live path, about: neighbours at 1 kHz are nearly the same."""
VOTE_S: Final = 0.04
"""Signal whose images are averaged: the papers' 40 samples at 1 kHz."""
HOP_S: Final = 0.02
MAINS_HALF_WIDTH_HZ: Final = 5.0


@dataclass(frozen=True, slots=True)
class GridTraining:
    """How to train; rates and sizes are the papers'."""

    name: str
    labels: tuple[str, ...]
    grid: Grid
    network: str = "all-convnet"
    validation_trial: int | None = None
    """Trials of this number stop the training early; ``None`` trains on everything, for all epochs."""
    seed: int = 0
    epochs: int = 100
    patience: int = 5
    batch: int = 256
    rate: float = 1e-3
    train_step_s: float = 0.01
    """Between the images that it learns from."""
    mains_hz: float = 50.0
    skip_s: float = 0.5
    """The beginning of a trial that makes no images, as the hand is still on its way; 0 for trials cut out later."""
    simulated: bool = False

    @property
    def filters(self) -> FilterSpec:
        """The papers' band-stop round mains, and a cut-off below: raw electrodes drift by more than the EMG."""
        stop = self.mains_hz - MAINS_HALF_WIDTH_HZ, self.mains_hz + MAINS_HALF_WIDTH_HZ
        return FilterSpec(high_hz=None, mains_hz=None, stop_hz=stop)


def train_grid(
    trials: Sequence[Trial], config: GridTraining, out: Path, on_progress: OnProgress = lambda _: None
) -> TrainedModel:
    """Train on the trials, keeping checkpoints in ``out``; a training that was stopped there goes on.

    Raises:
        DatasetError: the trials do not fit together, or no network has that name.
        GridUnusable: the grid does not fit their channels.
        ModelMismatch: the grid is too small, or ``out`` holds a training of other settings or data.
        ModelUnreadable: a checkpoint is damaged.
    """
    network = drawn(config)
    learn, validate = _images(trials, config)
    claim(out, config, learn)
    epoch = fit(_stage(network, validate, config), _batches(learn, config.batch), config.seed, out, on_progress)
    encoder, head = parts_of(network, torch.from_numpy(learn.x))
    spec = spec_of(config, *shape_of(trials))
    how = Cut(spec.window, spec.hop, spec.filters)
    return TrainedModel(
        spec,
        config.labels,
        encoder,
        head,
        learn.x[:: max(1, len(learn) // EXAMPLES)],
        _facts(network, trials, config, (len(learn), epoch)),
        effort_of(config.labels, cut(trials, config.labels, how)),
    )


def network_of(name: str) -> Design:
    """The design of that name. Raises ``DatasetError`` where there is none."""
    if name not in NETWORKS:
        raise DatasetError(f"no network {name!r}; known: {', '.join(NETWORKS)}")
    return NETWORKS[name]


def drawn(config: GridTraining) -> GridNet:
    """The network before its training.

    Raises:
        DatasetError: none has that name.
        ModelMismatch: the grid is too small.
    """
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)
        return GridNet(network_of(config.network), len(config.labels), (len(config.grid), len(config.grid[0])))


def spec_of(config: GridTraining, rate_hz: float, channels: int) -> ModelSpec:
    """What is served: hop and vote in whole steps, about ``HOP_S`` and ``VOTE_S`` long."""
    step = max(1, round(rate_hz / LIVE_HZ))
    hop = step * max(1, round(HOP_S * rate_hz / step))
    return ModelSpec(
        name=config.name,
        kind="frames",
        rate_hz=rate_hz,
        channels=channels,
        window=hop * round(VOTE_S / HOP_S),
        hop=hop,
        filters=config.filters,
        features=width_of(network_of(config.network)),
        simulated=config.simulated,
        images=ImageSpec(grid=tuple(tuple(row) for row in config.grid), step=step, network=config.network),
    )


def width_of(design: Design) -> int:
    """Length of the vector before the classifier."""
    return next(layer.width for layer in reversed(design.layers) if not isinstance(layer, Mean))


def _images(trials: Sequence[Trial], config: GridTraining) -> tuple[LabelledImages, LabelledImages | None]:
    step = max(1, round(config.train_step_s * shape_of(trials)[0]))
    how = Exposure(config.grid, step, config.filters, config.skip_s)
    if config.validation_trial is None:
        return expose(trials, config.labels, how), None
    split = by_trial(trials, {config.validation_trial})
    return expose(split.train, config.labels, how), expose(split.test, config.labels, how)


def _batches(learn: LabelledImages, size: int) -> Callable[[], Batches]:
    """Each image once per epoch, in an order that is drawn; what is left over at the end waits for the next."""
    x, y = torch.from_numpy(learn.x), torch.from_numpy(learn.y)

    def epoch() -> Iterator[tuple[Tensor, Tensor]]:
        whole = max(size, len(x) - len(x) % size)
        for part in torch.randperm(len(x))[:whole].split(size):
            yield x[part], y[part]

    return epoch


def _stage(network: GridNet, validate: LabelledImages | None, config: GridTraining) -> Stage:
    def loss(x: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(network(x), y)

    score = None if validate is None else partial(_mean_loss, network, validate)
    return Stage(config.network, network, loss, score, config.epochs, config.patience, config.rate)


@torch.no_grad()
def _mean_loss(network: GridNet, images: LabelledImages) -> float:
    parts = zip(torch.from_numpy(images.x).split(512), torch.from_numpy(images.y).split(512), strict=True)
    return sum(float(F.cross_entropy(network(x), y, reduction="sum")) for x, y in parts) / len(images)


@torch.no_grad()
def parts_of(network: GridNet, x: Tensor) -> tuple[FrozenGrid, LinearHead]:
    """The frozen part, its features standardised over the images (B, R, W), and the head on these."""
    if not isinstance(network.head, nn.Linear):
        raise DatasetError("this network has no classifier of its own: choose another")
    vectors = FrozenGrid(network, nn.Identity()).eval()
    features = torch.cat([vectors(part) for part in x.split(512)])  # (B, F)
    standardise = Standardise.of(features.numpy())
    weight, bias = network.head.weight, network.head.bias
    head = LinearHead(weight * standardise.deviation, bias + weight @ standardise.mean).eval()
    return FrozenGrid(network, standardise).eval(), head


def _facts(network: GridNet, trials: Sequence[Trial], config: GridTraining, done: tuple[int, int]) -> dict[str, str]:
    (images, epoch), weights = done, sum(parameter.numel() for parameter in network.parameters())
    rows, columns = len(config.grid), len(config.grid[0])
    held_out = config.validation_trial
    return {
        "Network": f"{config.network}, models/networks/grid_net.py: {weights:,} weights; one image per sample, "
        f"{rows} x {columns} electrodes; features standardised",
        **trial_facts(trials),
        "Validation": "none, all epochs" if held_out is None else f"trial {held_out} of each gesture, whole",
        "Training images": f"{images}, every {1000 * config.train_step_s:g} ms, the first {config.skip_s:g} s of a "
        "trial dropped",
        "Epochs": f"{epoch} of at most {config.epochs}; batch {config.batch}; seed {config.seed}",
        "Learning rate": f"Adam, {config.rate:g}, falling to 0 along a cosine",
    }
