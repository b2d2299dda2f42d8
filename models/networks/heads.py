"""The replaceable end of a model: features in, log-probabilities out. What is per user is one of these.

The names of their tensors are the names in the ONNX graph that serves them (``models/head_graph.py``).

B batch, F feature, K class, D direction.
"""

from typing import ClassVar

import torch
from torch import Tensor, nn

from models.spec import HeadKind


class HeadModule(nn.Module):
    """(B, F) -> (B, K) log-probabilities."""

    kind: ClassVar[HeadKind]


class LinearHead(HeadModule):
    """One linear layer, as linear discriminant analysis has it."""

    kind = "linear"

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.weight: Tensor
        self.bias: Tensor
        self.register_buffer("weight", weight)  # (K, F)
        self.register_buffer("bias", bias)  # (K,)

    def forward(self, x: Tensor) -> Tensor:  # (B, F)
        """(B, F) -> (B, K)."""
        return torch.log_softmax(x @ self.weight.T + self.bias, dim=1)


class MLPHead(HeadModule):
    """One hidden layer: the MLP that a new user's calibration tunes (arXiv 2601.23011)."""

    kind = "mlp"

    def __init__(self, hidden: nn.Linear, out: nn.Linear, dropout: float) -> None:
        super().__init__()
        self.hidden = hidden
        self.out = out
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:  # (B, F)
        """(B, F) -> (B, K)."""
        return torch.log_softmax(self.out(self.dropout(torch.relu(self.hidden(x)))), dim=1)


class GaussianHead(HeadModule):
    """One Gaussian per class in a plane of D directions."""

    kind = "gaussians"

    def __init__(self, project: Tensor, offset: Tensor, centres: Tensor, roots: Tensor) -> None:
        super().__init__()
        self.project: Tensor
        self.offset: Tensor
        self.centres: Tensor
        self.roots: Tensor
        self.bias: Tensor
        self.register_buffer("project", project)  # (F, D)
        self.register_buffer("offset", offset)  # (D,)
        self.register_buffer("centres", centres)  # (K, D)
        self.register_buffer("roots", roots)  # (K, D, D), whose square with its transpose is a precision
        self.register_buffer("bias", torch.linalg.slogdet(roots).logabsdet)  # (K,)

    def forward(self, x: Tensor) -> Tensor:  # (B, F)
        """(B, F) -> (B, K)."""
        away = (x @ self.project - self.offset).unsqueeze(1) - self.centres  # (B, K, D)
        turned = (away.unsqueeze(2) @ self.roots).squeeze(2)  # (B, K, D)
        return torch.log_softmax(self.bias - turned.square().sum(dim=2) / 2, dim=1)
