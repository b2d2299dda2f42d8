"""The experiments by name; one is imported only when asked for."""

from importlib import import_module
from typing import Final

from models.errors import DatasetError
from models.experiments.experiment import Experiment

EXPERIMENTS: Final = {
    "pooled": "models.experiments.pooled",
    "sparsity": "models.experiments.sparsity",
    "leave-one-subject-out": "models.experiments.leave_one_subject_out",
    "incremental": "models.experiments.incremental",
    "user-heads": "models.experiments.user_heads",
    "delay": "models.experiments.delay",
    "disturbances": "models.experiments.disturbances",
    "cross-dataset": "models.experiments.cross_dataset",
}
"""Name -> module, whose ``EXPERIMENT`` it is."""


def experiment(name: str) -> Experiment:
    """The experiment of that name. Raises ``DatasetError`` where there is none."""
    if name not in EXPERIMENTS:
        raise DatasetError(f"no experiment {name!r}; known: {', '.join(EXPERIMENTS)}")
    found: Experiment = import_module(EXPERIMENTS[name]).EXPERIMENT
    return found
