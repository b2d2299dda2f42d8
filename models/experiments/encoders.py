"""Frozen hybrid encoders that never heard the new user: each is trained once, whichever experiments ask for it.

They lie beside the folds, in OUT/encoders, by the hash of everything that their weights depend on except the code.
"""

import fcntl
import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np
import torch

from models.datasets.trials import Trial
from models.experiments.protocol import HOP_S, Array
from models.experiments.runner import fingerprint
from models.networks.hybrid import HybridEncoder
from models.training.train_hybrid import HybridTraining, train_hybrid
from models.training.windows import Cut, cut

EPOCHS: Final = 10
DENSE_HOP_S: Final = HOP_S / 2
"""Calibration windows overlap more than scored ones: more of them from the same seconds."""


def encoder_for(others: Sequence[Trial], training: HybridTraining, data: Path, work: Path) -> HybridEncoder:
    """Learned from the trials of ``others``, now or earlier; ``work`` is the folder of the fold that asks.

    A process that needs an encoder while another one trains it waits, then reads it.

    Raises:
        DatasetError: the trials do not fit together.
    """
    folder = work.parent.parent / "encoders" / _key(others, training, data)
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder):
        return train_hybrid(others, training, folder)


@torch.no_grad()
def features_of(encoder: HybridEncoder, trial: Trial, how: Cut) -> Array:
    """(window, F) of one trial."""
    windows = torch.from_numpy(cut([trial], [trial.label], how).x)
    return np.concatenate([encoder(part).numpy() for part in windows.split(128)])


def _key(others: Sequence[Trial], training: HybridTraining, data: Path) -> str:
    identity = [asdict(training), sorted({trial.subject for trial in others}), fingerprint(data)]
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Only one process at a time is in here; the kernel lets the next one in even if this one is killed."""
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
