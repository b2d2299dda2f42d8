"""What a ring of electrodes that sits turned on the arm costs a model, for its card."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from models.datasets.trials import Trial
from models.pipeline.electrode_grid import Grid
from models.training.baseline import score_windows
from models.training.disturb import with_rotation
from models.training.result import TrainedModel

ANGLES: Final = {"as worn": (0,), "turned by 1": (1, -1), "turned by 2": (2, -2)}
"""Electrode distances, each way."""


def when_turned(model: TrainedModel, control: TrainedModel, test: Sequence[Trial], rings: Grid) -> dict[str, str]:
    """A line per angle: macro-F1 on the trials, their channels turned, and that of a control; without rings none."""
    if not rings:
        return {}
    lines = {}
    for name, angles in ANGLES.items():
        ways = [turned(test, rings, by) for by in angles]
        f1 = [float(np.mean([score_windows(one, way).macro_f1 for way in ways])) for one in (model, control)]
        lines[f"Test trials as one set, rings {name}"] = "macro-F1 {:.3f}, LDA {:.3f}".format(*f1)
    return lines


def turned(trials: Sequence[Trial], rings: Grid, electrodes: float) -> list[Trial]:
    """The same trials under rings that sit turned."""
    return [replace(trial, samples=with_rotation(trial.samples, rings, electrodes)) for trial in trials]
