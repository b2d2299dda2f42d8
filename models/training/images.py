"""Images of trials, made by the live path's own filter and grid."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.datasets.trials import Trial
from models.errors import DatasetError
from models.pipeline.electrode_grid import Grid
from models.pipeline.filters import StreamFilter, design
from models.pipeline.images import Images, flat_channels
from models.spec import FilterSpec
from models.training.windows import shape_of


@dataclass(frozen=True, slots=True)
class Exposure:
    """How trials become images."""

    grid: Grid
    """Where each channel stands: rows of channel numbers."""
    step: int
    """Samples from one image to the next."""
    filters: FilterSpec
    skip_s: float = 0.5
    """Samples at the beginning of a trial that make none: the hand is still on its way (SYSTEMS 1.5)."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledImages:
    """Images and what the hand did."""

    x: npt.NDArray[np.float32]
    """(image, row, column) from -1 to 1."""
    y: npt.NDArray[np.int64]
    """(image,) index of the label."""

    def __len__(self) -> int:
        """Number of images."""
        return len(self.x)


def expose(trials: Sequence[Trial], labels: Sequence[str], how: Exposure) -> LabelledImages:
    """All images of the trials; electrodes that never move within a trial are filled by their neighbours.

    Raises:
        DatasetError: not one image is made, or rates or channels differ.
        GridUnusable: the grid does not fit the channels.
    """
    shape_of(trials)
    parts = [_images(trial, how) for trial in trials]
    if not any(len(part) for part in parts):
        raise DatasetError(f"no trial is longer than {how.skip_s} s: record longer ones")
    y = np.repeat([labels.index(trial.label) for trial in trials], [len(part) for part in parts])
    return LabelledImages(np.concatenate(parts), y)


def _images(trial: Trial, how: Exposure) -> npt.NDArray[np.float32]:
    """(image, row, column); the filter starts afresh, as it does after a gap."""
    filtered = StreamFilter(design(how.filters, trial.rate_hz))(trial.samples).astype(np.float32)
    images = Images(how.grid, trial.samples.shape[1], flat_channels(trial.samples))
    return images(filtered[round(how.skip_s * trial.rate_hz) :: how.step])
