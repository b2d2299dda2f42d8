"""From samples to what a network of sequences hears: filter, frames, normalisation, each with its own memory."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from models.pipeline.blocks import Blocks
from models.pipeline.filters import StreamFilter, design
from models.pipeline.mpf import APART, BANDS, SUPPORT, log_mpf
from models.pipeline.rolling_norm import Prior, RollingNorm
from models.pipeline.spectrogram import BINS, OCTAVES, SIZE, log_octaves, log_spectrogram
from models.spec import FrontKind, ModelSpec

Array = npt.NDArray[np.float32]

_FRAMES: Final[Mapping[FrontKind, Callable[[Array, int], Array]]] = {
    "spectrogram": log_spectrogram,
    "octaves": log_octaves,
    "mpf": log_mpf,
}
SUPPORTS: Final[Mapping[FrontKind, int]] = {"spectrogram": SIZE, "octaves": SIZE, "mpf": SUPPORT}
"""Samples that a frame hears; of ``samples`` the network's first layer decides."""


def frames_of(x: Array, spec: ModelSpec) -> Array:
    """Filtered (time, channel) -> (frame, ...), not normalised, or the samples themselves where they are heard."""
    front = spec.require_sequence().front
    return x if front == "samples" else _FRAMES[front](x, spec.hop)


def frame_shape(spec: ModelSpec) -> tuple[int, ...]:
    """Of one frame, or of one sample."""
    channels = spec.channels
    shapes: dict[FrontKind, tuple[int, ...]] = {
        "spectrogram": (channels, BINS),
        "octaves": (channels, len(OCTAVES)),
        "samples": (channels,),
        "mpf": (len(BANDS), APART, channels),
    }
    return shapes[spec.require_sequence().front]


def heard(answers: int, spec: ModelSpec) -> tuple[int, ...]:
    """The shape of what the network takes for so many answers."""
    if spec.require_sequence().front == "samples":
        return spec.window + (answers - 1) * spec.hop, *frame_shape(spec)
    return answers, *frame_shape(spec)


class FrontEnd:
    """Any chunking of a stream gives the same frames.

    ``prior``: the statistics of the training, where the spec asks for a rolling normalisation.
    """

    def __init__(self, spec: ModelSpec, prior: Prior | None) -> None:
        rolling = spec.require_sequence().rolling
        self._spec = spec
        self._filter = StreamFilter(design(spec.filters, spec.rate_hz))
        self._blocks = Blocks(spec.window, spec.hop, spec.channels)
        self._none = np.zeros((0, *frame_shape(spec)), np.float32)
        self._norm = RollingNorm(prior, rolling) if prior is not None and rolling is not None else None

    def reset(self) -> None:
        """Forget the past: the next sample starts a new stream."""
        self._filter.reset()
        self._blocks.reset()
        if self._norm is not None:
            self._norm.reset()

    def feed(self, samples: npt.NDArray[np.floating]) -> Array:
        """(time, channel) microvolts -> what the network hears for the answers that are now due; none: no length."""
        block = self._blocks.feed(self._filter(samples))
        if not len(block):
            return self._none
        frames = frames_of(block, self._spec)
        return frames if self._norm is None else self._norm(frames)
