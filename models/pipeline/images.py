"""Every sample an image: what each electrode of a grid measured at one instant.

Microvolts over 2.5 mV, clipped to -1 to 1. The papers (SYSTEMS 2.3) map the same range to 256 greys; we leave that
step out. Where no electrode stands, or a dead one, an image has the mean of the nearest healthy electrodes around.
"""

from collections.abc import Collection, Iterable
from functools import reduce
from typing import Final

import numpy as np
import numpy.typing as npt

from models.errors import GridUnusable
from models.pipeline.electrode_grid import NONE, Grid, electrode_grid

Pictures = npt.NDArray[np.float32]
Place = tuple[int, int]
"""Row and column."""

FULL_SCALE_UV: Final = 2500.0


class Images:
    """Samples of a grid of electrodes -> images; each depends on its own sample alone.

    Raises:
        GridUnusable: the grid does not fit the channels, or no healthy electrode is left.
    """

    def __init__(self, grid: Grid, channels: int, dead: Collection[int] = ()) -> None:
        self._grid = electrode_grid(grid, channels)
        healthy = (self._grid != NONE) & ~np.isin(self._grid, list(dead))
        if not healthy.any():
            raise GridUnusable(f"all {len(dead)} electrodes are dead: check the cable and the reference electrode")
        self._filled = {place: self._grid[near] for place, near in _neighbours(healthy)}

    @property
    def shape(self) -> Place:
        """Rows and columns of an image."""
        rows, columns = self._grid.shape
        return rows, columns

    @property
    def interpolated(self) -> tuple[Place, ...]:
        """Row and column of each place that its neighbours fill: no electrode, or a dead one."""
        return tuple(self._filled)

    def __call__(self, x: npt.NDArray[np.floating]) -> Pictures:
        """(time, channel) filtered microvolts -> (time, row, column) from -1 to 1."""
        images = x[:, self._grid].astype(np.float32)
        for (row, column), channels in self._filled.items():
            # added one by one: a mean over an axis rounds differently for one sample than for many
            images[:, row, column] = reduce(np.add, x.T[channels]) / len(channels)
        return np.clip(images / np.float32(FULL_SCALE_UV), -1, 1, out=images)


def stretched(images: Pictures) -> Pictures:
    """Each image from 0, its lowest value, to 1, its highest; an even image is 0. Only for networks without batch norm.

    The papers' max-min scaling: it takes away how strong a contraction is.
    """
    low, high = (extreme(images, axis=(1, 2), keepdims=True) for extreme in (np.min, np.max))
    span = np.where(high > low, high - low, 1)
    return np.asarray((images - low) / span, np.float32)


def flat_channels(x: npt.NDArray[np.floating]) -> tuple[int, ...]:
    """Channels of (time, channel) that never change or are not finite: unplugged, or broken."""
    with np.errstate(invalid="ignore"):  # infinities
        return tuple(np.flatnonzero(~(np.ptp(x, axis=0) > 0) | ~np.isfinite(x).all(axis=0)).tolist())


def _neighbours(healthy: npt.NDArray[np.bool_]) -> Iterable[tuple[Place, npt.NDArray[np.bool_]]]:
    """Each place to fill, and the healthy ones in the smallest square around it that has any."""
    rows, columns = np.indices(healthy.shape)
    for row, column in np.argwhere(~healthy).tolist():
        away = np.maximum(abs(rows - row), abs(columns - column))
        yield (row, column), healthy & (away == away[healthy].min())
