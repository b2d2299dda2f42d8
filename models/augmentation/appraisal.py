"""What a generated set is worth: beside real windows, and as the only thing that a classifier learns from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from models.augmentation.gaussians import Labels
from models.augmentation.judges import K_NEAREST, Side, Verdict, cas, judge
from models.augmentation.ladder import Generator
from models.augmentation.levels import Levels
from models.augmentation.signatures import Finding, collapsed, ignored
from models.augmentation.sparse import rarity
from models.augmentation.synthetic import Synthetic
from models.errors import DatasetError
from models.networks.time_domain import TimeDomain
from models.training.train_lda import features_of, fit_head
from models.training.windows import Windows

Signal = npt.NDArray[np.float32]
LEARNER: Final = "time-domain features and LDA"
LEAST: Final = 2 * (K_NEAREST + 1)
"""Windows of a gesture, so that either half has neighbours."""


@dataclass(frozen=True, slots=True)
class Appraisal:
    """Figures of a generated set, and those of real windows in its place."""

    made: Verdict
    """Generated windows among the real ones that the generator learned from."""
    real: Verdict
    """The control: of each gesture the later half of these among the earlier half."""
    cas: float
    """Accuracy on trials that nothing has seen, after learning from generated windows alone."""
    cas_real: float
    """The control: after learning from the real windows."""
    findings: tuple[Finding, ...]
    """Failure signatures."""
    asked: int
    """Windows that should have been made."""

    def table(self) -> list[tuple[str, ...]]:
        """Head, generated, real; numbers as text."""
        rows = (("generated", self.made, self.cas), ("real windows instead", self.real, self.cas_real))
        lines = [(name, *(f"{n:.3f}" for n in (*verdict.figures().values(), score))) for name, verdict, score in rows]
        return [("", *self.made.figures(), "CAS"), *lines]


def require_enough(windows: Windows, labels: Sequence[str]) -> None:
    """Raises ``DatasetError`` if what is generated after these windows could not be judged: ask before training."""
    counts = np.bincount(windows.y, minlength=len(labels))
    if counts.min() < LEAST:
        few = labels[int(counts.argmin())]
        raise DatasetError(f"{counts.min()} windows of {few} are too few to learn and judge by: give {LEAST} or more")


def appraise(generator: Generator, synthetic: Synthetic, test: Windows, asked: int) -> Appraisal:
    """Judge what a generator made after its own windows; ``test`` is of trials that it has not seen.

    Raises:
        DatasetError: it has seen one, or there are too few windows to judge.
    """
    synthetic.provenance.apart_from(test.trials)
    learned, encoder = generator.learned_from, generator.encoder
    levels = Levels.of(learned)
    real = Side(encoder.features(levels.levelled(learned).x), learned.y)
    made = Side(encoder.features(levels.even(synthetic.x, synthetic.subjects)), synthetic.y)
    said, labels = encoder.probabilities(made.x).argmax(axis=1), generator.how.labels
    later = _later_half(learned)
    layer = f"task encoder, {real.x.shape[1]} features"
    return Appraisal(
        judge(made, real, layer, rarity),
        judge(Side(real.x[later], real.y[later]), Side(real.x[~later], real.y[~later]), layer, rarity),
        _cas(synthetic.x, synthetic.y, test),
        _cas(learned.x, learned.y, test),
        tuple(finding for finding in (collapsed(made, real, labels), ignored(made.y, said, labels)) if finding),
        asked,
    )


def _later_half(windows: Windows) -> npt.NDArray[np.bool_]:
    """(n,) whether a window is of the later trials of its gesture; of a single trial, of its later part."""
    numbers = np.array([trial.trial for trial in windows.trials])[windows.source]
    later = np.zeros(len(windows), np.bool_)
    for label in np.unique(windows.y):
        own = np.flatnonzero(windows.y == label)
        later[own[np.argsort(numbers[own], kind="stable")][len(own) // 2 :]] = True
    return later


def _cas(x: Signal, y: Labels, test: Windows) -> float:
    rate_hz = test.trials[0].rate_hz
    return cas((x, y), (test.x, test.y), lambda *learn: _learned(TimeDomain(rate_hz, x.shape[2]).eval(), *learn))


def _learned(encoder: TimeDomain, x: Signal, y: Labels) -> Callable[[Signal], Labels]:
    names, head = np.unique(y), fit_head(features_of(encoder, x), y)
    return lambda other: names[head(torch.from_numpy(features_of(encoder, other))).argmax(dim=1).numpy()]
