"""One training loop for every network: seeded epochs, cosine rate, early stopping, a checkpoint after each epoch."""

import hashlib
import json
import math
import os
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from models.errors import ModelMismatch, ModelUnreadable

Batches = Iterable[tuple[Tensor, Tensor]]


@dataclass(frozen=True, slots=True)
class Progress:
    """One finished epoch."""

    stage: str
    epoch: int
    """From 1."""
    epochs: int
    """At most."""
    loss: float
    """Mean over the training batches."""
    score: float | None
    """On the validation trials, lower is better; ``None`` without validation."""


_DAMAGED: Final = (OSError, EOFError, KeyError, RuntimeError, TypeError, ValueError, UnpicklingError)
OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Stage:
    """What learns, from what, and when it stops."""

    name: str
    learns: nn.Module
    """Its weights and statistics change; whatever else the loss uses does not."""
    loss: Callable[[Tensor, Tensor], Tensor]
    """(batch of x, batch of y) -> scalar."""
    score: Callable[[], float] | None
    """On the validation trials, lower is better; ``None`` trains all epochs and keeps the last."""
    epochs: int
    patience: int
    """Epochs without a better score before it stops."""
    rate: float
    """Highest learning rate of Adam; from there it falls to 0 along a cosine."""
    weight_decay: float = 0.0
    warm_up: int = 0
    """Epochs before, in which it rises along a line."""
    clip: float | None = None
    """Longest gradient; ``None``: as long as it is."""

    def rate_at(self, epoch: int) -> float:
        """Learning rate of an epoch, from 0."""
        if epoch < self.warm_up:
            return self.rate * (epoch + 1) / (self.warm_up + 1)
        return self.rate * (1 + math.cos(math.pi * (epoch - self.warm_up) / (self.epochs - self.warm_up))) / 2


@dataclass
class _State:
    """What a checkpoint holds."""

    weights: dict[str, Any]
    optimiser: dict[str, Any]
    best: dict[str, Any]
    best_epoch: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)


class Learned(Protocol):
    """What is learned from: windows or images, and their labels."""

    @property
    def x(self) -> npt.NDArray[np.float32]:
        """(item, ...)."""
        ...

    @property
    def y(self) -> npt.NDArray[np.int64]:
        """(item,) index of the label."""
        ...

    def __len__(self) -> int: ...


def claim(folder: Path, settings: object, learn: Learned) -> None:
    """Make a folder this training's, so that checkpoints of another never continue in it.

    Raises:
        ModelMismatch: the folder holds a training with other settings or on other windows.
    """
    digest = hashlib.sha256(learn.x.tobytes() + learn.y.tobytes()).hexdigest()
    claim_for(folder, f"{settings}\nwindows {len(learn)} {digest}\n")


def claim_for(folder: Path, identity: str) -> None:
    """As ``claim``, for settings and data that a text tells from all others."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "training.txt"
    if path.exists() and path.read_text() != identity:
        raise ModelMismatch(f"{folder} holds a training with other settings or data: give an empty folder, or the same")
    path.write_text(identity)


def fit(stage: Stage, batches: Callable[[], Batches], seed: int, folder: Path, on_progress: OnProgress) -> int:
    """Train to the end, from the checkpoint in ``folder`` if there is one; returns the number of the epoch kept.

    Every epoch starts from a seed of its own, so a resumed training gives the weights of an uninterrupted one.
    """
    optimiser = torch.optim.Adam(stage.learns.parameters(), stage.rate, weight_decay=stage.weight_decay, fused=True)
    state = _resume(stage, optimiser, folder)
    while not _done(stage, state):
        _epoch(stage, optimiser, batches, state, seed)
        _save(stage, state, folder)
        on_progress(Progress(**state.history[-1]))
    stage.learns.load_state_dict(state.best)
    stage.learns.eval()
    return state.best_epoch


def _done(stage: Stage, state: _State) -> bool:
    epoch = len(state.history)
    return epoch >= stage.epochs or (stage.score is not None and epoch - state.best_epoch >= stage.patience)


def _epoch(stage: Stage, optimiser: torch.optim.Adam, batches: Callable[[], Batches], state: _State, seed: int) -> None:
    epoch = len(state.history)
    for group in optimiser.param_groups:
        group["lr"] = stage.rate_at(epoch)
    with torch.random.fork_rng():
        torch.manual_seed(100_003 * seed + epoch)  # a prime, so that no two trainings share an epoch's seed
        loss = _train(stage, optimiser, batches())
    stage.learns.eval()
    score = None if stage.score is None else stage.score()
    scores = [entry["score"] for entry in state.history]
    state.history.append(asdict(Progress(stage.name, epoch + 1, stage.epochs, loss, score)))
    state.weights, state.optimiser = deepcopy(stage.learns.state_dict()), optimiser.state_dict()
    if score is None or score < min(scores, default=math.inf):
        state.best, state.best_epoch = state.weights, epoch + 1


def _train(stage: Stage, optimiser: torch.optim.Adam, batches: Batches) -> float:
    stage.learns.train()
    losses = []
    for x, y in batches:
        optimiser.zero_grad()
        loss = stage.loss(x, y)
        loss.backward()
        if stage.clip is not None:
            nn.utils.clip_grad_norm_(stage.learns.parameters(), stage.clip)
        optimiser.step()
        losses.append(loss.item())
    return math.fsum(losses) / len(losses)


def _resume(stage: Stage, optimiser: torch.optim.Adam, folder: Path) -> _State:
    path = folder / f"{stage.name}.pt"
    if not path.exists():
        weights = deepcopy(stage.learns.state_dict())
        return _State(weights, optimiser.state_dict(), weights)
    try:
        state = _State(**torch.load(path, weights_only=True))
        stage.learns.load_state_dict(state.weights)
        optimiser.load_state_dict(state.optimiser)
    except _DAMAGED as error:
        raise ModelUnreadable(
            f"{path} is no checkpoint of this training: remove it, or choose another folder"
        ) from error
    return state


def _save(stage: Stage, state: _State, folder: Path) -> None:
    temporary = folder / f"{stage.name}.pt.part"
    torch.save(vars(state), temporary)
    (folder / f"{stage.name}.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in state.history))
    os.replace(temporary, folder / f"{stage.name}.pt")
