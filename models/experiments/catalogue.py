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
    "ring": "models.experiments.ring",
    "augmentation": "models.experiments.augmentation",
    "augmentation-backbones": "models.experiments.augmentation:ON_BACKBONES",
    "augmentation-sweeps": "models.experiments.augmentation_sweeps",
    "augmentation-ninapro-db2": "models.experiments.augmentation_papers:DB2",
    "augmentation-ninapro-db4": "models.experiments.augmentation_papers:DB4",
    "augmentation-ninapro-db7": "models.experiments.augmentation_papers:DB7",
    "grid-same-day": "models.experiments.grid_same_day",
    "grid-new-day": "models.experiments.grid_new_day",
    "grid-shift": "models.experiments.grid_shift",
    "grid-turn": "models.experiments.grid_turn",
    "grid-capgmyo-a": "models.experiments.grid_papers:A",
    "grid-capgmyo-b-sessions": "models.experiments.grid_papers:B_SESSIONS",
    "grid-capgmyo-b-users": "models.experiments.grid_papers:B_USERS",
    "grid-capgmyo-c-users": "models.experiments.grid_papers:C_USERS",
    "grid-csl-sessions": "models.experiments.grid_papers:CSL_SESSIONS",
    "typing": "models.experiments.typing",
}
"""Name -> module, whose ``EXPERIMENT`` it is unless another name follows."""


def experiment(name: str) -> Experiment:
    """The experiment of that name. Raises ``DatasetError`` where there is none."""
    if name not in EXPERIMENTS:
        raise DatasetError(f"no experiment {name!r}; known: {', '.join(EXPERIMENTS)}")
    module, _, attribute = EXPERIMENTS[name].partition(":")
    found: Experiment = getattr(import_module(module), attribute or "EXPERIMENT")
    return found
