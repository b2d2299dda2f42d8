"""What a training hands to the export."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from torch import nn

from models.datasets.trials import Trial
from models.networks.heads import HeadModule
from models.spec import EffortSpec, ModelSpec

EXAMPLES: Final = 64
"""About how many windows to keep for the parity check."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainedModel:
    """Two networks, and what there is to say about them."""

    spec: ModelSpec
    labels: tuple[str, ...]
    encoder: nn.Module
    """(B, T, C) filtered microvolts, or of kind ``frames`` (B, R, W) images, -> (B, F)."""
    head: HeadModule
    """(B, F) -> (B, K) log-probabilities."""
    examples: npt.NDArray[np.float32]
    """Some training windows (window, time, channel), or images, on which the export is checked."""
    facts: dict[str, str]
    """For the model card: how it was trained, in the order to print."""
    effort: EffortSpec | None = None
    """How strong the training windows are, for the intensity."""


def trial_facts(trials: Sequence[Trial]) -> dict[str, str]:
    """Which trials a model learned from, for its card."""
    subjects = sorted({trial.subject for trial in trials})
    numbers = sorted({trial.trial for trial in trials})
    return {
        "Subjects": f"{len(subjects)} ({', '.join(subjects)}), pooled",
        "Training trials": f"{len(trials)}: numbers {', '.join(map(str, numbers))} of each gesture",
    }
