"""The classifier whose last features mean something: what a generator of windows is conditioned on (SYSTEMS 4.1).

The source says that it is a classifier of the task. Ours: the learned part of the hybrid encoder, which hears an
armband or two electrodes at any rate, and a linear layer to as many features as are asked for.

B batch, T time, C channel, F feature, K gesture.
"""

from torch import Tensor, nn

from models.networks.hybrid import LearnedFeatures


class TaskNetwork(nn.Module):
    """(B, T, C) filtered microvolts -> (B, K) logits."""

    def __init__(self, rate_hz: float, channels: int, features: int, gestures: int) -> None:
        super().__init__()
        learned = LearnedFeatures(rate_hz, channels)
        self.semantic = nn.Sequential(
            learned, nn.BatchNorm1d(learned.features), nn.Dropout(0.2), nn.Linear(learned.features, features)
        )  # (B, T, C) -> (B, F)
        self.head = nn.Sequential(nn.GELU(), nn.Dropout(0.3), nn.Linear(features, gestures))  # (B, F) -> (B, K)

    def forward(self, x: Tensor) -> Tensor:  # (B, T, C)
        """(B, T, C) -> (B, K)."""
        logits: Tensor = self.head(self.semantic(x))
        return logits
