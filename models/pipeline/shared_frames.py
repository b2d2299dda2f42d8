"""Overlapping windows share the encoder's convolutions: a window computes the frames that no window before it had.

A frame is a step of time after the network's strides; ``FrameSpec`` says how far frames are apart, and how many
samples each depends on. Two windows of a stream have frames in common where their ends are a whole number of strides
apart. With a hop of 12.5 ms and frames every 5 ms that is so for every second window, so two sets of frames are kept.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from models.spec import FrameSpec

Array = npt.NDArray[np.float32]
Extend = Callable[[Array, Array], tuple[Array, Array]]
"""(time, channel) samples, and the (frame, width) frames before them -> (feature,) of both, and all their frames."""


class FeatureStream(Protocol):
    """Features of the windows of one stream, in their order."""

    def __call__(self, window: Array, end: int) -> Array:
        """(window, channel) -> (feature,), or (image, feature).

        ``end`` counts the samples since the last reset up to the window's last.
        """
        ...

    def reset(self) -> None:
        """Forget the past: the next window comes after a gap."""
        ...


def no_frames(spec: FrameSpec) -> Array:
    """(0, width)."""
    return np.zeros((0, spec.width), np.float32)


class EachAlone:
    """Every window is computed whole."""

    def __init__(self, encode: Callable[[Array], Array]) -> None:
        self._encode = encode

    def __call__(self, window: Array, end: int) -> Array:
        """See ``FeatureStream``."""
        return self._encode(window)

    def reset(self) -> None:
        """Nothing was kept."""


class SharedFrames:
    """Keeps the frames of the last windows; what follows from them equals the whole computation to rounding.

    The answer depends on the windows since the last reset and their ends, so any chunking gives the same bits.
    """

    def __init__(self, extend: Extend, spec: FrameSpec) -> None:
        self._extend = extend
        self._spec = spec
        self.reset()

    def reset(self) -> None:
        """See ``FeatureStream``."""
        self._kept: dict[int, tuple[int, Array]] = {}  # phase -> end and frames of the last window there

    def __call__(self, window: Array, end: int) -> Array:
        """See ``FeatureStream``."""
        phase = end % self._spec.stride
        samples, frames = self._missing(window, end, *self._kept.get(phase, (end, no_frames(self._spec))))
        features, frames = self._extend(samples, frames)
        self._kept[phase] = end, frames
        return features

    def _missing(self, window: Array, end: int, before: int, frames: Array) -> tuple[Array, Array]:
        """The samples of the frames that are new since the window that ended ``before``, and the frames that are not.

        Without any in common, all samples and no frames.
        """
        new = (end - before) // self._spec.stride
        known = frames[new:]
        return (window[-self._spec.samples(new) :], known) if len(known) else (window, known)
