"""Cuts a stream into the samples of frames that overlap: the tail that the next frame needs is kept."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]


class Blocks:
    """Frames of ``size`` samples, one every ``hop``; what comes out depends on the samples, never on their chunks."""

    def __init__(self, size: int, hop: int, channels: int) -> None:
        self._size = size
        self._hop = hop
        self._none = np.zeros((0, channels), np.float32)
        self.reset()

    def reset(self) -> None:
        """Forget the past: the next frame begins with the next sample."""
        self._kept = self._none

    def feed(self, x: npt.NDArray[np.floating]) -> Array:
        """(time, channel) -> all samples of the frames that are now complete, (time, channel); none: (0, channel)."""
        samples = np.concatenate([self._kept, x], dtype=np.float32, casting="same_kind")
        frames = (len(samples) - self._size) // self._hop + 1
        if frames < 1:
            self._kept = samples
            return self._none
        self._kept = samples[frames * self._hop :].copy()  # a view would keep the whole chunk alive
        return samples[: self._size + (frames - 1) * self._hop]
