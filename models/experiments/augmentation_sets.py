"""The recordings of the experiments on made windows, as they are heard there: 1 kHz at most, one session a person."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from models.datasets import load_trials
from models.datasets.khushaba import SIX
from models.datasets.myo_readings import SEVEN
from models.datasets.trials import Trial, select
from models.experiments.protocol import HOP_S, WINDOW_S
from models.pipeline.filters import StreamFilter, design
from models.spec import FilterSpec
from models.training.windows import Cut, Windows, cut, shape_of


@dataclass(frozen=True, slots=True)
class Recorded:
    """A data set, and how it is heard here."""

    table: str
    folder: str
    dataset: str
    labels: tuple[str, ...]
    filters: FilterSpec
    slower: int = 1
    """Of so many samples one is kept."""
    fold: int = 1
    """Samples that become one step of the U-Net."""

    def load(self, data: Path) -> list[Trial]:
        """Trials of the first session."""
        trials = select(load_trials(self.dataset, data / self.folder), self.labels)
        return [slowed(trial, self.slower, self.filters) for trial in trials if trial.session == "1"]

    def windows(self, trials: Sequence[Trial]) -> Windows:
        """250 ms every 125 ms."""
        rate_hz, _ = shape_of(trials)
        return cut(trials, self.labels, Cut(round(WINDOW_S * rate_hz), round(HOP_S * rate_hz), self.filters))


FLEXEMG_FOUR: Final = ("fist", "raise", "lower", "open")
SETS: Final = {
    "khushaba": Recorded(
        "Khushaba", "khushaba2012-2ch", "khushaba-6", SIX, FilterSpec(high_hz=400.0), slower=4, fold=5
    ),
    "flexemg": Recorded(
        "flexemg ring", "flexemg-64ch", "flexemg-ring", FLEXEMG_FOUR, FilterSpec(mains_hz=60.0), fold=5
    ),
    "myo": Recorded("Myo", "myo-readings-8ch", "myo-7", SEVEN, FilterSpec(high_hz=90.0)),
}


def slowed(trial: Trial, slower: int, filters: FilterSpec) -> Trial:
    """Every so-many-th sample, behind a causal low-pass at the upper cut-off of the windows' filter."""
    if slower == 1:
        return trial
    low_pass = StreamFilter(
        design(FilterSpec(low_hz=None, high_hz=filters.high_hz, order=8, mains_hz=None), trial.rate_hz)
    )
    samples = np.ascontiguousarray(low_pass(trial.samples)[::slower], np.float32)
    return replace(trial, samples=samples, rate_hz=trial.rate_hz / slower)


def thinned(windows: Windows, every: int) -> Windows:
    """Every so-many-th of them."""
    return replace(windows, x=windows.x[::every], y=windows.y[::every], source=windows.source[::every])
