"""Where each channel stands, as a source tells it: rows of channel numbers."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from models.errors import GridUnusable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Grid = Sequence[Sequence[int]]
"""Rows of channel numbers, -1 where no electrode is, as ``SourceInfo.grid``."""

NONE: Final = -1
"""No electrode stands here."""


def electrode_grid(grid: Grid, channels: int) -> "npt.NDArray[np.int64]":
    """(row, column) channel numbers, -1 where no electrode is.

    Raises:
        GridUnusable: rows differ in length, no electrode is in it, a channel is in it twice, or is not there.
    """
    import numpy as np  # here, because a controller reads specs and has no use for it

    if len({len(row) for row in grid}) != 1:
        lengths = ", ".join(str(len(row)) for row in grid) or "none"
        raise GridUnusable(f"the rows of a grid must be equally long, not {lengths}: put -1 where no electrode is")
    placed = Counter(channel for row in grid for channel in row if channel != NONE)
    if not placed:
        raise GridUnusable("no electrode is in the grid: give at least one channel number")
    if twice := [channel for channel, count in placed.items() if count > 1]:
        raise GridUnusable(f"channel {twice[0]} stands at two places of the grid: give each channel one place")
    if outside := [channel for channel in placed if not 0 <= channel < channels]:
        raise GridUnusable(
            f"the grid names channel {outside[0]}, the source has channels 0 to {channels - 1}: count from 0, "
            "or take the map of this source"
        )
    return np.array(grid, np.int64)
