"""A task encoder that knows what its features mean in a new user, whose gestures it would mostly mistake for others.

Ours: the source learns and generates within one person. Features of people who trained the encoder still tell a new
user's gestures apart, but its classifier does not: across people it is right hardly more often than half the time, and
whatever it does not recognise, SASS throws away. So its features stay, and a linear discriminant on the user's own
calibration windows takes the place of its head.
"""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from torch import nn

from models.augmentation.levels import Levels
from models.augmentation.task_encoder import TaskEncoder
from models.errors import DatasetError
from models.training.train_lda import fit_head
from models.training.windows import Windows


def personal(encoder: TaskEncoder, windows: Windows, gestures: int) -> TaskEncoder:
    """The same features, and probabilities that are learned from these windows of one user.

    Raises:
        DatasetError: a gesture has fewer than two windows.
    """
    if np.bincount(windows.y, minlength=gestures).min() < 2:
        raise DatasetError("a gesture has fewer than two windows to be known by: give at least one trial of each")
    head = fit_head(levelled_features(encoder, windows), windows.y)
    network = deepcopy(encoder.network)
    network.head = nn.Sequential(encoder.standardise, head)
    return replace(encoder, network=network)


def levelled_features(encoder: TaskEncoder, windows: Windows, levels: Levels | None = None) -> npt.NDArray[np.float32]:
    """(n, d) of windows brought to the level that the encoder knows, by their own strength unless levels are given."""
    return encoder.features((levels or Levels.of(windows)).levelled(windows).x)
