"""Teach the last layer of a network that remembers what one user does; all before it stays as it is.

The frozen part hears each recording once; its features are kept, so that an epoch costs one matrix. Text is learned
with CTC, from its keys alone; events from the pulses that ``event_targets.py`` makes of their times. The layer is held
to everybody's by the square of its distance, so that a key that was not typed keeps what it was.

F feature, K class.
"""

from collections.abc import Sequence as Row
from dataclasses import dataclass

import numpy as np
import torch
from scipy.special import expit
from torch import Tensor, nn

from models.errors import ModelMismatch
from models.last_layer import LastLayer
from models.pipeline.ctc import begun
from models.spec import ModelSpec
from models.training.evaluate_sequence import Watched, watched
from models.training.event_targets import pulses
from models.training.pieces import Array, Piece
from models.training.sequence_metrics import TextErrors, text_errors
from models.training.train_sequence import pulse_loss, text_loss


@dataclass(frozen=True, slots=True)
class LayerTraining:
    """How it learns."""

    epochs: int = 20
    rate: float = 3e-3
    """Of Adam at first; it falls to 0 along a cosine."""
    hold: float = 1e-3
    """What the square of the distance from everybody's layer weighs, for each of its numbers."""
    seed: int = 0


def fit_last_layer(pieces: Row[Piece], start: LastLayer, spec: ModelSpec, how: LayerTraining) -> LastLayer:
    """One step per piece and epoch, in a drawn order; the same pieces give the same layer.

    Raises:
        ModelMismatch: the model answers with neither text nor events.
    """
    if spec.kind not in ("sequence", "events"):
        raise ModelMismatch(f"model {spec.name} is of kind {spec.kind}: only text and gesture events are learned here")
    layer, everybodys = _module(start), [torch.from_numpy(values) for values in (start.weight, start.bias)]
    learned = [(torch.from_numpy(piece.features)[None], _target(piece, spec)) for piece in pieces]
    optimiser = torch.optim.Adam(layer.parameters(), how.rate)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, how.epochs * len(learned))
    draw = torch.Generator().manual_seed(how.seed)
    for _ in range(how.epochs):
        for number in torch.randperm(len(learned), generator=draw).tolist():
            x, y = learned[number]
            optimiser.zero_grad()
            moved = sum((now - then).square().sum() for now, then in zip(layer.parameters(), everybodys, strict=True))
            loss = (text_loss if spec.kind == "sequence" else pulse_loss)(layer(x), y) + how.hold * moved
            loss.backward()
            optimiser.step()
            falling.step()
    return LastLayer(layer.weight.detach().numpy(), layer.bias.detach().numpy())


def errors_of(piece: Piece, layer: LastLayer, spec: ModelSpec) -> TextErrors:
    """Of the likeliest symbols, without a language model."""
    return text_errors(piece.truth.text, _text(layer(piece.features), spec.require_sequence().labels))


def watched_of(piece: Piece, layer: LastLayer, spec: ModelSpec) -> Watched:
    """What happened in a piece, and what was noticed of it."""
    return watched(piece.truth, expit(layer(piece.features)).astype(np.float32), spec, piece.first)


def _text(scores: Array, labels: tuple[str, ...]) -> str:
    """(answer, K), of which the last is the blank."""
    blank = len(labels)
    return "".join(labels[number] for number in begun(scores.argmax(axis=1), blank, blank))


def _target(piece: Piece, spec: ModelSpec) -> Tensor:
    """Classes of the keys (1, key), or pulses (1, answer, event)."""
    labels = spec.require_sequence().labels
    if spec.kind == "sequence":
        return torch.tensor([[labels.index(key) for key in piece.truth.keys]], dtype=torch.long)
    return torch.from_numpy(pulses(piece.truth, labels, piece.first, spec.hop, len(piece.features)))[None]


def _module(start: LastLayer) -> nn.Linear:
    classes, features = start.weight.shape
    layer: nn.Linear = nn.utils.skip_init(nn.Linear, features, classes)
    layer.load_state_dict({"weight": torch.from_numpy(start.weight), "bias": torch.from_numpy(start.bias)})
    return layer
