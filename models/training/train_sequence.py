"""Train a network of text or gesture events by a recipe: CTC for text, pulses for events; resumes where it stopped."""

import hashlib
import math
from collections.abc import Callable
from collections.abc import Sequence as Row
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from models.datasets.sequences import Sequence
from models.errors import ModelUnreadable
from models.networks.sequence_network import SequenceNetwork
from models.pipeline.ctc import Classes, begun
from models.pipeline.rolling_norm import Prior
from models.spec import ModelSpec
from models.training.loop import Batches, OnProgress, Stage, claim_for, fit
from models.training.sequence_examples import Examples
from models.training.sequence_metrics import TextErrors, text_errors
from models.training.sequence_recipes import Recipe, bands

Loss = Callable[[Tensor, Tensor], Tensor]

CHECKPOINT: Final = "{kind}.pt"
"""The file in the folder of a training from which another one can begin; ``kind`` is that of its recipe."""
_TIE: Final = 1e-6
"""What the loss weighs beside an error rate."""


@dataclass(frozen=True, slots=True)
class SequenceTraining:
    """What to train."""

    name: str
    """Of the model."""
    recipe: Recipe
    labels: tuple[str, ...]
    """Symbols or events, in the order of the outputs."""
    seed: int = 0
    epochs: int | None = None
    """``None``: as many as the recipe has."""
    simulated: bool = False
    start: Path | None = None
    """Checkpoint of another training to begin from, as of many users for one of them."""


@dataclass(frozen=True, slots=True)
class TrainedSequence:
    """A trained network and what its export needs."""

    spec: ModelSpec
    network: SequenceNetwork
    prior: Prior | None
    epoch: int
    """The one that was kept, from 1."""


def train_sequence(
    learn: Row[Sequence],
    validate: Row[Sequence],
    config: SequenceTraining,
    folder: Path,
    on_progress: OnProgress = lambda _: None,
) -> TrainedSequence:
    """Train on whole recordings and keep the epoch that is best on those of ``validate``, or the last without any.

    Raises:
        DatasetError: the recordings do not fit the recipe.
        ModelMismatch: the folder holds another training.
        ModelUnreadable: a checkpoint is damaged, or ``config.start`` is of another network.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network, spec = _network(config, learn[0].signal.shape[1])
    network.to(device)
    examples = Examples(learn, config.recipe, spec)
    prior = examples.prior() if config.recipe.rolling is not None else None
    checks = Examples(validate, config.recipe, spec) if validate else None
    claim_for(folder, _identity(config, [*learn, *validate]))
    score = None if checks is None else lambda: _score(network, config.recipe, _on(device, checks.judge(prior)))
    epoch = fit(
        _stage(network, config, score), lambda: _on(device, examples.learn(prior)), config.seed, folder, on_progress
    )
    return TrainedSequence(spec, network.cpu(), prior, epoch)


def _network(config: SequenceTraining, channels: int) -> tuple[SequenceNetwork, ModelSpec]:
    """The network before its first epoch, and what it says of itself."""
    recipe = config.recipe
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)
        network = recipe.build(len(config.labels) + (recipe.kind == "sequence"), bands(channels))
    if config.start is not None:
        _begin_from(config.start, network)
    spec = recipe.spec(config.name, network, channels, config.labels)
    return network, spec.model_copy(update={"simulated": config.simulated})


def _stage(network: SequenceNetwork, config: SequenceTraining, score: Callable[[], float] | None) -> Stage:
    recipe, epochs = config.recipe, config.epochs or config.recipe.epochs
    return Stage(
        recipe.kind,
        network,
        loss_of(network, recipe),
        score,
        epochs,
        patience=epochs,
        rate=recipe.rate,
        warm_up=min(recipe.warm_up, epochs // 4),
        clip=recipe.clip,
    )


def loss_of(network: SequenceNetwork, recipe: Recipe) -> Loss:
    """(B, T, ...) and the targets of ``Examples`` -> scalar; answers that nobody asks for do not count."""
    judge = {"events": pulse_loss, "control": _speed_loss}.get(recipe.kind, text_loss)
    return lambda x, y: judge(_asked(network, recipe, x), y)


def _asked(network: SequenceNetwork, recipe: Recipe, x: Tensor) -> Tensor:
    """Scores of the answers that the targets are about."""
    unasked = 0 if recipe.kind == "events" else max(network.warming, recipe.past // recipe.hop)
    scores: Tensor = network(x, *network.start(len(x)))[0]
    return scores[:, unasked:]


def text_loss(scores: Tensor, y: Tensor) -> Tensor:
    """Scores (B, T, K) of symbols and, last, the blank; classes (B, key)."""
    answers = torch.log_softmax(scores, dim=-1).transpose(0, 1)  # (T, B, K)
    heard = torch.full((len(y),), len(answers), dtype=torch.long, device=y.device)
    return F.ctc_loss(
        answers, y.clamp(min=0), heard, (y >= 0).sum(dim=1), blank=scores.shape[-1] - 1, zero_infinity=True
    )


def pulse_loss(scores: Tensor, y: Tensor) -> Tensor:
    """Scores and pulses, (B, T, K)."""
    counted = y >= 0
    return F.binary_cross_entropy_with_logits(scores[counted], y[counted].float())


def _speed_loss(scores: Tensor, y: Tensor) -> Tensor:
    """Speeds (B, T, D), both."""
    return F.l1_loss(scores, y)


def _score(network: SequenceNetwork, recipe: Recipe, batches: Batches) -> float:
    """Character error rate of text, else the loss. Networks that say nothing yet differ by their loss alone."""
    loss, losses, errors = loss_of(network, recipe), [], TextErrors()
    with torch.no_grad():
        for x, y in batches:
            losses.append((loss(x, y).item(), len(x)))
            if recipe.kind == "sequence":
                errors += _errors(_asked(network, recipe, x), y)
    mean = math.fsum(value * count for value, count in losses) / sum(count for _, count in losses)
    return errors.cer + _TIE * mean if errors.symbols else mean


def _errors(scores: Tensor, y: Tensor) -> TextErrors:
    """Of the likeliest class per answer; a class is written as a sign of its number."""
    blank, errors = scores.shape[-1] - 1, TextErrors()
    for path, target in zip(scores.argmax(dim=-1).numpy(force=True), y.numpy(force=True), strict=True):
        errors += text_errors(_written(target[target >= 0]), _written(begun(path, blank, blank)))
    return errors


def _written(classes: Classes) -> str:
    return "".join(map(chr, classes.tolist()))


def _on(device: torch.device, batches: Batches) -> Batches:
    return ((x.to(device), y.to(device)) for x, y in batches)


def _identity(config: SequenceTraining, recordings: Row[Sequence]) -> str:
    """Tells this training from all others: the network of a recipe by its words, recordings by their content."""
    digest = hashlib.sha256()
    for recording in recordings:
        digest.update(recording.signal.tobytes() + recording.times.tobytes() + "\n".join(recording.keys).encode())
    return f"{config}\n{len(recordings)} recordings {digest.hexdigest()}\n"


def _begin_from(path: Path, network: SequenceNetwork) -> None:
    try:
        network.load_state_dict(torch.load(path, weights_only=True, map_location="cpu")["best"])
    except (OSError, EOFError, KeyError, RuntimeError, TypeError, ValueError, UnpicklingError) as error:
        raise ModelUnreadable(
            f"{path} is no checkpoint of such a network: give the .pt file of a training by the same recipe"
        ) from error
