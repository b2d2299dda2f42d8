"""What a model of images has of a user besides the head: the statistics of its batch norms (AdaBN, no labels).

Before a head is fitted, the norms take their statistics from the user's own images, so that the head learns from
features as they will be served. Y. Li et al., "Revisiting Batch Normalization For Practical Domain Adaptation", arXiv
1603.04779; the one implementation is ``models/training/transfer.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import torch

from calibration.fitting import FitOrder, LabelledTrial
from calibration.material import Array, thinned
from models.grid_graph import grid_tensors
from models.head_graph import own_tensors
from models.networks.grid_net import FrozenGrid
from models.own_tensors import Tensors
from models.training.rebuilt import rebuilt
from models.training.transfer import reestimate

CHUNK = 512
"""Images that are computed together."""
Trials = Sequence[LabelledTrial]


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """The same trials, with the features that each head has of them; for models of windows all are the same."""

    new: Trials
    """As the head that is to be fitted will see them."""
    population: Trials
    previous: Trials
    own: Tensors
    """What the frozen part of the model needs for the new head; nothing for models of windows."""


def views(trials: Trials, order: FitOrder) -> Views:
    """See the trials with the statistics of their own images.

    Where every gesture was made today, what was recorded earlier has statistics of its own: the electrodes sat
    elsewhere. The statistics know the images of trials that are left out later, for a score, but not their gestures.

    Raises:
        ModelUnreadable: the frozen graph, or the head before, is not what it should be.
    """
    if order.network is None or any(trial.images is None for trial in trials):
        return Views(trials, trials, trials, {})
    trials = sorted(trials, key=lambda trial: (trial.gesture, trial.old, trial.repetition))  # sums in one order
    trials = [thinned(trial, order.rate_hz) for trial in trials]
    network = rebuilt(order.network)
    population = _seen(network, trials)
    own: Tensors = {}
    new: list[LabelledTrial] = []
    for group in reversed(_days(trials, order.labels)):  # today's statistics last: they are served
        reestimate(network, _images(group))
        new = [*_seen(network, group), *new]
        own = statistics_of(network)
    before = own_tensors(order.previous) if order.previous else {}
    return Views(new, population, _seen(rebuilt(order.network, before), trials) if before else population, own)


def reestimated(network: bytes, own: Tensors, images: Array) -> Tensors:
    """A user's tensors in this frozen graph, with the statistics of these images (image, row, column).

    Raises:
        ModelUnreadable: the graph cannot be rebuilt.
        DatasetError: there is no image.
    """
    user = rebuilt(network, own)
    reestimate(user, images)
    return {**own, **statistics_of(user)}


def statistics_of(network: FrozenGrid) -> Tensors:
    """Mean and variance of every batch norm."""
    tensors = grid_tensors(network).items()
    return {name: values for name, values in tensors if name.endswith((".running_mean", ".running_var"))}


def _days(trials: Trials, labels: tuple[str, ...]) -> list[Trials]:
    """Today's trials and those of before, or all together where some gesture was not made today."""
    today = [trial for trial in trials if not trial.old]
    if {trial.gesture for trial in today} != set(labels) or len(today) == len(trials):
        return [trials]
    return [today, [trial for trial in trials if trial.old]]


def _images(trials: Trials) -> Array:
    return np.concatenate([cast(Array, trial.images) for trial in trials])


@torch.no_grad()
def _seen(network: FrozenGrid, trials: Trials) -> list[LabelledTrial]:
    parts = torch.from_numpy(_images(trials)).split(CHUNK)
    features = np.concatenate([network(part).numpy() for part in parts])
    ends = np.cumsum([len(trial.features) for trial in trials])[:-1]
    return [replace(trial, features=seen) for trial, seen in zip(trials, np.split(features, ends), strict=True)]
