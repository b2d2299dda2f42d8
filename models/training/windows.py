"""Windows of trials, cut by the live path's own filter and windower."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from models.datasets.trials import Trial
from models.errors import DatasetError
from models.pipeline.filters import StreamFilter, design
from models.pipeline.ring import Windower
from models.spec import FilterSpec, ModelSpec


@dataclass(frozen=True, slots=True)
class Cut:
    """How trials become windows."""

    window: int
    """Samples."""
    hop: int
    """Samples."""
    filters: FilterSpec = field(default_factory=FilterSpec)
    skip_s: float = 0.5
    """Windows that start earlier in their trial are dropped: the hand is still on its way (SYSTEMS 1.5)."""

    @classmethod
    def of(cls, spec: ModelSpec, hop_s: float, skip_s: float = 0.5) -> "Cut":
        """The windows that a model sees, at another hop."""
        return cls(spec.window, round(hop_s * spec.rate_hz), spec.filters, skip_s)


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Windows and where each came from."""

    x: npt.NDArray[np.float32]
    """(window, time, channel) filtered microvolts."""
    y: npt.NDArray[np.int64]
    """(window,) index of the label."""
    source: npt.NDArray[np.int64]
    """(window,) index of the trial in ``trials``."""
    trials: tuple[Trial, ...]

    def __len__(self) -> int:
        """Number of windows."""
        return len(self.x)


def cut(trials: Sequence[Trial], labels: Sequence[str], how: Cut) -> Windows:
    """All windows of the trials. Raises ``DatasetError`` if not one fits, or if rates or channels differ."""
    shape_of(trials)
    parts = [_windows(trial, how) for trial in trials]
    if not any(len(part) for part in parts):
        raise DatasetError(f"no trial holds a window of {how.window} samples after {how.skip_s} s: record longer ones")
    sizes = [len(part) for part in parts]
    y = np.repeat([labels.index(trial.label) for trial in trials], sizes)
    return Windows(np.concatenate(parts), y, np.repeat(np.arange(len(trials)), sizes), tuple(trials))


def _windows(trial: Trial, how: Cut) -> npt.NDArray[np.float32]:
    """(window, time, channel); the filter starts afresh, as it does after a gap."""
    stream = StreamFilter(design(how.filters, trial.rate_hz))
    windower = Windower(how.window, how.hop, trial.samples.shape[1])
    first = how.window + round(how.skip_s * trial.rate_hz)
    kept = [window.copy() for end, window in windower.feed(stream(trial.samples)) if end >= first]
    return np.array(kept, np.float32).reshape(-1, how.window, trial.samples.shape[1])


def shape_of(trials: Sequence[Trial]) -> tuple[float, int]:
    """Rate in Hz and number of channels. Raises ``DatasetError`` if the trials differ in them, or there are none."""
    shapes = {(trial.rate_hz, trial.samples.shape[1]) for trial in trials}
    if not shapes:
        raise DatasetError("no trials are left: choose trial numbers and gestures that the data set has")
    if len(shapes) > 1:
        found = ", ".join(f"{channels} channels at {rate:g} Hz" for rate, channels in sorted(shapes))
        raise DatasetError(
            f"a model has one rate and one number of channels, the trials have {found}: choose alike ones"
        )
    return shapes.pop()
