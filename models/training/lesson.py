"""What a model learns from: recorded windows, and others if somebody brings them.

Whoever brings them says so through ``More``: this package knows nothing of where they come from. They teach, no more:
scales, statistics, efforts and examples are of recorded windows, and recorded trials alone stop and score.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from models.datasets.trials import Trial
from models.training.windows import Windows


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """It has no trials, so it judges nothing."""

    x: npt.NDArray[np.float32]
    """(window, time, channel) filtered microvolts, the recorded ones first."""
    y: npt.NDArray[np.int64]
    """(window,) index of the label."""
    facts: dict[str, str] = field(default_factory=dict)
    """What a model card says of those that were not recorded."""

    def __len__(self) -> int:
        """Number of windows."""
        return len(self.x)


class More(Protocol):
    """Brings other windows to recorded ones."""

    def __call__(self, real: Windows, labels: tuple[str, ...], margin: int, stops: Sequence[Trial]) -> Lesson:
        """Both together.

        Args:
            real: of the trials to learn from.
            labels: the gestures, in the order of their indices.
            margin: samples at both ends of ``real`` that are not seen at once, but after a shift in time.
            stops: trials that will stop the training.

        Raises:
            DatasetError: the others do not fit, or come from what will judge the model.
        """
        ...


def lesson_of(
    real: Windows, labels: tuple[str, ...], more: More | None, margin: int = 0, stops: Sequence[Trial] = ()
) -> Lesson:
    """The recorded windows, with others where there are any; raises as ``More`` does."""
    return Lesson(real.x, real.y) if more is None else more(real, labels, margin, stops)
