"""Features of a grid's images, as many of the newest as have a vote; each image is computed once."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from models.pipeline.dead_electrodes import DeadElectrodes
from models.pipeline.electrode_grid import NONE, Grid
from models.pipeline.images import Images
from models.spec import ModelSpec

Array = npt.NDArray[np.float32]
Encode = Callable[[Array], Array]
"""(image, row, column) -> (image, feature)."""


class FrameStream:
    """Filtered windows of a grid, in their order -> the features of all their images.

    The images of a hop are computed together, always as many, so any chunking of a stream gives the same bits. An
    electrode that is dead at the end of a window has the mean of its neighbours in the images that are new in it.
    """

    def __init__(self, encode: Encode, spec: ModelSpec, grid: Grid | None = None) -> None:
        """``grid``: where the channels of the source stand; ``None``: as in training. Raises ``GridUnusable``."""
        if spec.images is None:
            raise ValueError(f"model {spec.name} is one of windows, it has no images")
        self._encode = encode
        self._hop, self._step = spec.hop, spec.images.step
        self._grid, self._channels = grid or spec.images.grid, spec.channels
        self._images = Images(self._grid, self._channels)
        electrodes = [channel for row in self._grid for channel in row if channel != NONE]
        self._watch = DeadElectrodes(spec.rate_hz, spec.hop, spec.channels, electrodes)
        self._empty = np.zeros((0, spec.features), np.float32)
        self.dead: tuple[int, ...] = ()
        """Channels that had no signal at the end of the last window."""
        self.newest: Array | None = None
        """(row, column) of the last window's newest image."""
        self.reset()

    def reset(self) -> None:
        """Forget the past: the next window comes after a gap."""
        self._kept = self._empty
        self._watch.reset()

    def use(self, encode: Encode) -> None:
        """Encode with other tensors from the next window on: features that were kept are forgotten, the dead stay."""
        self._encode = encode
        self._kept = self._empty

    def watch(self, samples: npt.NDArray[np.floating]) -> None:
        """Take (time, channel) samples as they came, unfiltered, before the windows that end in them."""
        self._watch.feed(samples)

    def __call__(self, window: Array, end: int) -> Array:
        """(window, channel) filtered microvolts -> (image, feature), the newest last."""
        self._fill(self._watch.at(end))
        fresh = window[-self._hop :] if len(self._kept) else window  # all of it only after a gap
        images = self._images(fresh[self._step - 1 :: self._step])
        self.newest = images[-1]
        batches = np.split(images, len(fresh) // self._hop)
        known = self._kept[len(images) :]
        self._kept = np.concatenate([known, *(self._encode(batch) for batch in batches)])
        return self._kept

    def _fill(self, dead: tuple[int, ...]) -> None:
        if dead != self.dead:
            self.dead, self._images = dead, Images(self._grid, self._channels, dead)
