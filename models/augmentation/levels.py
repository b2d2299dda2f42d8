"""Every subject's channels at the same level: a generator learns what gestures look like, not how strong a person is.

SYSTEMS 4.2 asks for a z-score per subject and channel. Filtered EMG has no mean, and all that follows expects
microvolts, so each channel is brought to a deviation of 100 uV instead of 1, and what is generated back to that of
its subject.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from models.training.windows import Windows

Subjects = npt.NDArray[np.str_]
LEVEL_UV: Final = 100.0
LEAST_UV: Final = 1.0
"""Deviation that a dead channel is taken to have."""


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """How strong each subject's channels are."""

    deviations: Mapping[str, npt.NDArray[np.float32]]
    """Subject -> (channel,) microvolts."""

    @classmethod
    def of(cls, windows: Windows) -> "Levels":
        """Those of windows that may be learned from."""
        whose = subjects_of(windows)
        spread = {str(name): windows.x[whose == name].astype(np.float64).std(axis=(0, 1)) for name in np.unique(whose)}
        return cls({name: np.maximum(found, LEAST_UV).astype(np.float32) for name, found in spread.items()})

    def levelled(self, windows: Windows) -> Windows:
        """The same windows as if everybody were equally strong."""
        return replace(windows, x=self.even(windows.x, subjects_of(windows)))

    def even(self, x: npt.NDArray[np.float32], subjects: Subjects) -> npt.NDArray[np.float32]:
        """(n, time, channel) of these n subjects as if everybody were equally strong."""
        even: npt.NDArray[np.float32] = x * (np.float32(LEVEL_UV) / self._each(subjects))
        return even

    def restored(self, x: npt.NDArray[np.float32], subjects: Subjects) -> npt.NDArray[np.float32]:
        """Even (n, time, channel) at the strength of these n subjects."""
        strong: npt.NDArray[np.float32] = x * (self._each(subjects) / np.float32(LEVEL_UV))
        return strong

    def _each(self, subjects: Subjects) -> npt.NDArray[np.float32]:
        """(n, 1, channel) deviations."""
        channels = len(next(iter(self.deviations.values())))
        return np.array([self.deviations[name] for name in subjects.tolist()], np.float32).reshape(-1, 1, channels)


def subjects_of(windows: Windows) -> Subjects:
    """(n,) whose each window is."""
    return np.array([trial.subject for trial in windows.trials])[windows.source]
