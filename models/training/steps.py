"""Epochs of a number of gradient steps, however many windows there are: who learns from more learns no longer."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from models.errors import DatasetError
from models.training.loop import Batches


def counted(x: Tensor, y: Tensor, size: int, steps: int) -> Callable[[], Batches]:
    """Epochs of exactly ``steps`` batches of ``size``, or of all there is; all items come before one comes again.

    Order is drawn from torch's own generator, which the loop seeds.

    Raises:
        DatasetError: fewer than two items, which have no variance for a batch normalisation.
    """
    if len(x) < 2:
        raise DatasetError(
            f"{len(x)} windows are too few to learn from: record at least one whole trial of each gesture"
        )

    def epoch() -> Batches:
        return ((x[part], y[part]) for part in _parts(len(x), min(size, len(x)), steps))

    return epoch


def _parts(count: int, size: int, steps: int) -> Iterator[Tensor]:
    order = torch.empty(0, dtype=torch.long)
    for _ in range(steps):
        while len(order) < size:
            order = torch.cat([order, torch.randperm(count)])
        yield order[:size]
        order = order[size:]
