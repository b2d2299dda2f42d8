"""Train a CSAE: first the autoencoder, without labels; then the classifier on its frozen encoder (SYSTEMS 1.6).

Windows that were not recorded teach the classifier alone. What is worth something in them is their label, of which the
autoencoder makes no use; it would learn to rebuild what a generator gets wrong (power at high frequencies is missing)
and mirrored ends, and every user's head stands on its encoder. SYSTEMS 4.1 has the classifier learn from both, too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.datasets.trials import Trial
from models.networks.csae import CSAE, FEATURES, CSAEConfig
from models.spec import FrameSpec, ModelSpec
from models.training.augment import STILL, Augmentation, Rotation, batches
from models.training.effort import effort_of
from models.training.lesson import Lesson, More, lesson_of
from models.training.loop import OnProgress, Stage, claim, fit
from models.training.metrics import score
from models.training.result import EXAMPLES, TrainedModel, trial_facts
from models.training.splits import by_trial
from models.training.windows import Cut, Windows, cut, shape_of


@dataclass(frozen=True, slots=True)
class CSAETraining:
    """How to train.

    The defaults were chosen on trial 4 of Khushaba after training on trials 1 to 3. There (six gestures, one seed) the
    network without padding is as good, macro-F1 0.826, as the padded one that made the models of Khushaba, 0.827.
    """

    name: str
    labels: tuple[str, ...]
    validation_trial: int | None = 4
    """Trials of this number stop the training early; ``None`` trains on everything, for all epochs."""
    seed: int = 0
    sparsity: float = 1e-7
    autoencoder_epochs: int = 15
    head_epochs: int = 100
    patience: int = 15
    batch: int = 128
    rates: tuple[float, float] = (1e-3, 3e-3)
    """Learning rates at the start, of autoencoder and classifier."""
    train_hop_s: float = 0.0625
    live_hop_s: float = 0.025
    augmentation: Augmentation = field(default_factory=Augmentation)
    rotation: Rotation = STILL
    """Of rings of electrodes, on top of the augmentation."""
    simulated: bool = False
    shared: bool = True
    """Without padding, so that overlapping windows share their frames."""


def train_csae(
    trials: Sequence[Trial],
    config: CSAETraining,
    out: Path,
    on_progress: OnProgress = lambda _: None,
    more: More | None = None,
) -> TrainedModel:
    """Train on the trials, keeping checkpoints and logs in ``out``; a training that was stopped there goes on.

    Where there are ``more``, the classifier learns from other windows too.

    Raises:
        DatasetError: the trials do not fit together, the validation trial leaves none, or others do not fit.
        ModelMismatch: no CSAE for their rate, or ``out`` holds a training of other settings or data.
        ModelUnreadable: a checkpoint is damaged.
    """
    rate_hz, channels = shape_of(trials)
    variant = CSAEConfig.shared_at if config.shared else CSAEConfig.at
    shape = replace(variant(rate_hz, len(config.labels), channels), sparsity=config.sparsity)
    learn, validate = _windows(trials, shape, config)
    jitter = config.augmentation.jitter
    lesson = lesson_of(learn, config.labels, more, jitter, () if validate is None else validate.trials)
    claim(out, config, lesson)
    network = _network(shape, learn, config)
    steps = [batches(part, config.augmentation, config.batch, config.rotation) for part in (learn, lesson)]
    stages = zip(_stages(network, validate, config), steps, strict=True)
    epochs = [fit(stage, taught, config.seed, out, on_progress) for stage, taught in stages]
    return TrainedModel(
        _spec(config, shape, rate_hz),
        config.labels,
        network.frozen().eval(),
        network.head().eval(),
        learn.x[:: max(1, len(learn) // EXAMPLES), jitter : jitter + shape.window],
        _facts(network, learn, lesson, config, epochs),
        effort_of(config.labels, learn),
    )


def _windows(trials: Sequence[Trial], shape: CSAEConfig, config: CSAETraining) -> tuple[Windows, Windows | None]:
    """Training windows with a margin for the jitter, and validation windows without."""
    hop = round(config.train_hop_s * trials[0].rate_hz)
    wide = Cut(shape.window + 2 * config.augmentation.jitter, hop)
    if config.validation_trial is None:
        return cut(trials, config.labels, wide), None
    split = by_trial(trials, {config.validation_trial})
    return cut(split.train, config.labels, wide), cut(split.test, config.labels, Cut(shape.window, hop))


def _network(shape: CSAEConfig, learn: Windows, config: CSAETraining) -> CSAE:
    """A new network whose scale is the standard deviation of the training windows."""
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)
        network = CSAE(shape)
    network.scale.microvolts.copy_(torch.from_numpy(learn.x.std(axis=(0, 1), dtype=np.float64)))
    return network


def _stages(network: CSAE, validate: Windows | None, config: CSAETraining) -> list[Stage]:
    autoencoder = nn.ModuleList([network.encoder, network.decoder])
    classifier = nn.ModuleList([network.context, network.mlp])

    def rebuild(x: Tensor, _: Tensor) -> Tensor:
        return network.autoencoder_loss(x)

    def classify(x: Tensor, y: Tensor) -> Tensor:
        with torch.no_grad():  # frozen, its batch statistics too: the encoder stays in eval mode
            z = network.encoder(network.scale(x))
        return F.cross_entropy(network.classify(z), y, label_smoothing=0.05)

    lost, wrong = (None, None) if validate is None else _scores(network, validate)
    return [
        Stage("autoencoder", autoencoder, rebuild, lost, config.autoencoder_epochs, config.patience, config.rates[0]),
        Stage("head", classifier, classify, wrong, config.head_epochs, config.patience, config.rates[1], 1e-4),
    ]


def _scores(network: CSAE, windows: Windows) -> tuple[Callable[[], float], Callable[[], float]]:
    """On these windows: the share of the variance that is not rebuilt, and 1 - macro-F1."""
    x = torch.from_numpy(windows.x)

    def wrong() -> float:
        return 1 - score(windows.y, _answers(network, x), network.config.gestures).macro_f1

    return lambda: rebuilding_error(network, x), wrong


@torch.no_grad()
def rebuilding_error(network: CSAE, x: Tensor) -> float:
    """Share of the variance of (B, T, C) that the autoencoder does not rebuild: 1 - R^2."""
    lost = kept = 0.0
    for part in x.split(512):
        scaled, _, rebuilt = network.reconstruct(part)
        lost += float((rebuilt - scaled).square().sum())
        kept += float(scaled.square().sum())
    return lost / kept


@torch.no_grad()
def zero_share(network: CSAE, x: Tensor) -> float:
    """Share of the latent of (B, T, C) that is exactly zero."""
    zeros = [(network.encoder(network.scale(part)) == 0).float().mean(dim=(1, 2)) for part in x.split(512)]
    return float(torch.cat(zeros).mean())


@torch.no_grad()
def _answers(network: CSAE, x: Tensor) -> npt.NDArray[np.int64]:
    logits = [network.classify(network.encoder(network.scale(part))) for part in x.split(512)]
    answers: npt.NDArray[np.int64] = torch.cat(logits).argmax(dim=1).numpy()
    return answers


def _spec(config: CSAETraining, shape: CSAEConfig, rate_hz: float) -> ModelSpec:
    return ModelSpec(
        name=config.name,
        rate_hz=rate_hz,
        channels=shape.channels,
        window=shape.window,
        hop=shape.hop(config.live_hop_s * rate_hz),
        features=FEATURES,
        simulated=config.simulated,
        frames=shape.frames,
    )


def _facts(
    network: CSAE, learn: Windows, lesson: Lesson, config: CSAETraining, epochs: Sequence[int]
) -> dict[str, str]:
    jitter, frames = config.augmentation.jitter, network.config.frames
    x = torch.from_numpy(learn.x[:: max(1, len(learn) // 1024), jitter : jitter + network.config.window])
    parts: dict[str, nn.Module] = {
        "encoder": network.encoder,
        "decoder (not shipped)": network.decoder,
        "classifier": nn.ModuleList([network.context, network.mlp]),
        "of which retrained for a user": network.mlp,
    }
    validation = (
        "none, all epochs" if config.validation_trial is None else f"trial {config.validation_trial} of each gesture"
    )
    return {
        "Network": "models/networks/csae.py; " + ", ".join(f"{name} {_count(part)}" for name, part in parts.items()),
        **trial_facts(learn.trials),
        "Validation": validation,
        "Shared by overlapping windows": "nothing, convolutions pad" if frames is None else _shared(frames, learn),
        "Training windows": f"{len(learn)}, every {1000 * config.train_hop_s:g} ms, the first 0.5 s of a trial dropped",
        **lesson.facts,
        **({"Learned from them": "the classifier; the autoencoder from recorded ones alone"} if lesson.facts else {}),
        **_rotation(config.rotation),
        "Epochs": f"autoencoder {epochs[0]}, classifier {epochs[1]}; batch {config.batch}; seed {config.seed}",
        "Learning rates": "Adam, autoencoder {:g}, classifier {:g}, falling to 0 along a cosine".format(*config.rates),
        "Sparsity": f"lambda {config.sparsity:g} x sum of abs(z) over the latent, mean over the batch; "
        f"times the size of the latent: {config.sparsity * network.config.latent:.3g}",
        "Latent exactly zero": f"{zero_share(network, x):.1%} (training windows)",
        "Reconstruction R^2": f"{1 - rebuilding_error(network, x):.3f} (training windows)",
    }


def _rotation(rotation: Rotation) -> dict[str, str]:
    """A line for rings that were turned in training, none for others."""
    if not rotation.most:
        return {}
    sizes = " and ".join(str(len(ring)) for ring in rotation.rings)
    return {"Rotation": f"rings of {sizes} electrodes, each training window turned by up to {rotation.most} either way"}


def _shared(frames: FrameSpec, learn: Windows) -> str:
    rate_hz, _ = shape_of(learn.trials)
    return f"frames of {1000 * frames.receptive / rate_hz:g} ms, one every {1000 * frames.stride / rate_hz:g} ms"


def _count(part: nn.Module) -> str:
    return f"{sum(parameter.numel() for parameter in part.parameters()):,}"
