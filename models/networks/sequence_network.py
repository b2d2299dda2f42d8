"""What all networks of sequences have in common: a memory that is handed in and out, so that nothing hides in them."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn


class SequenceNetwork(nn.Module, ABC):
    """``forward(x, *states)`` gives the scores of every frame, (B, T, K), and the states after them.

    A call with the frames of a recording, and calls with its pieces that hand the states on, give the same. States
    stand in the order of ``states``; those of ``start`` are zeros: silence after normalisation.
    """

    states: dict[str, tuple[int, ...]]
    """Name -> shape, without the batch; none where it reads a recording to its end before it answers."""
    warming = 0
    """Answers at the start that rest on the zeros of the states."""
    answer: nn.Module
    """From scores to what is served: log-probabilities, probabilities, or the scores themselves."""
    out: nn.Linear
    """The last layer, from features to scores: what a user may have for themselves."""

    def start(self, batch: int) -> tuple[Tensor, ...]:
        """(B, ...) for each state."""
        here = self.out.weight
        return tuple(here.new_zeros(batch, *shape) for shape in self.states.values())

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """(B, T, ...), (B, ...) of each state -> (B, T, K), and the states after it."""
        features, *after = self.features(x, *states)
        return self.out(features), *after

    @abstractmethod
    def features(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """(B, T, ...), (B, ...) of each state -> (B, T, F) that the last layer takes, and the states after it."""


def recur(network: nn.LSTM | nn.GRU, x: Tensor, states: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """(B, T, F), (B, layer, H) of each state -> (B, T, H), and the states after it; torch keeps layers first."""
    first = tuple(state.transpose(0, 1).contiguous() for state in states)
    if isinstance(network, nn.LSTM):
        y, last = network(x, (first[0], first[1]))
        return (y, *(state.transpose(0, 1) for state in last))
    y, hidden = network(x, first[0])
    return y, hidden.transpose(0, 1)


def weights(network: nn.Module) -> int:
    """Numbers that it learned."""
    return sum(parameter.numel() for parameter in network.parameters())


class Residual(nn.Module):
    """Two linear layers beside the way, and a normalisation: (..., F) -> (..., F)."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.first = nn.Linear(features, features)
        self.second = nn.Linear(features, features)
        self.norm = nn.LayerNorm(features)

    def forward(self, x: Tensor) -> Tensor:  # (..., F)
        """(..., F) -> (..., F)."""
        y: Tensor = self.norm(x + self.second(torch.relu(self.first(x))))
        return y
