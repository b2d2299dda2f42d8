"""Normalises a stream by its own past, and at its start by the statistics of those it was trained on.

SplashNet (arXiv 2506.12356) normalises each channel and frequency by what was heard since the stream's start, and its
first 125 frames by all of them, which is 1 s ahead of time. Here the statistics of the training stand in for them: they
count as 125 frames, so the first frame is normalised at once, and no frame by a later one. The past never weighs more
than ``RollingSpec.memory`` frames, so that the statistics follow sweat and a strap that is tightened.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from models.spec import RollingSpec

Array = npt.NDArray[np.float32]
Exact = npt.NDArray[np.float64]

SMALLEST = 1e-5
"""Added to a variance: a channel that never changes stays finite."""


@dataclass(frozen=True, slots=True)
class Prior:
    """Mean and variance over the frames of the training."""

    mean: Exact
    """(...), the shape of a frame."""
    variance: Exact

    @classmethod
    def of(cls, parts: Iterable[Array]) -> Self:
        """Of all frames of the parts, (frame, ...) each, every frame counting the same; at least one frame."""
        frames, total, squares = 0, np.float64(0), np.float64(0)
        for x in parts:
            exact = x.astype(np.float64)
            frames, total = frames + len(x), total + exact.sum(axis=0)
            squares = squares + np.square(exact).sum(axis=0)
        mean = np.asarray(total / frames)
        return cls(mean, np.maximum(np.asarray(squares / frames) - np.square(mean), 0.0))


class RollingNorm:
    """(frame, ...) -> (frame, ...), each over what was heard up to it; bit for bit the same for any chunking."""

    def __init__(self, prior: Prior, spec: RollingSpec) -> None:
        self._prior = prior
        self._spec = spec
        self.reset()

    def reset(self) -> None:
        """Forget the past: the prior alone counts."""
        self._weight = self._spec.prior
        self._mean, self._variance = self._prior.mean, self._prior.variance

    def __call__(self, x: Array) -> Array:
        """(frame, ...) -> (frame, ...)."""
        y = np.empty(x.shape, np.float32)
        for now, out in zip(x, y, strict=True):
            self._hear(now)
            out[...] = (now - self._mean) / np.sqrt(self._variance + SMALLEST)
        return y

    def _hear(self, x: Array) -> None:
        self._weight = min(self._weight + 1, self._spec.memory)
        before = x - self._mean
        self._mean = self._mean + before / self._weight
        self._variance = self._variance + (before * (x - self._mean) - self._variance) / self._weight
