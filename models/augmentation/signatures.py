"""Failure signatures: how a generator goes wrong, by name, so that it is seen before its windows are used.

    collapsed-covariance   windows of a gesture hardly differ: of what varies among real ones, little is left
    condition-ignored      what is asked for does not decide what comes out
    fid-up-cas-down        windows go away from the real ones, and what learns from them answers worse

They are looked for in features of the task encoder, a few times in training and once at its end.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from models.augmentation.diffusion import Diffusion
from models.augmentation.gaussians import Features, Labels
from models.augmentation.judges import Side, cas, fid
from models.augmentation.task_encoder import TaskEncoder
from models.training.train_lda import fit_head
from models.training.windows import Windows

LEFT: Final = 0.25
"""Least share of the variance, and of its dimensions, within a gesture that must be left."""
HEARD: Final = 0.25
"""How far from chance to certainty a condition must decide, at least."""
FURTHER: Final = 1.1
"""Rise of the Fréchet distance over its best so far, as a factor."""
WORSE: Final = 0.05
"""Fall of the classification accuracy score below its best so far."""
STEPS: Final = 20
"""Of DDIM, for a look."""
PER_GESTURE: Final = 12
"""Windows drawn for a look."""
LOOKS: Final = 4
"""In a training."""


class Signature(StrEnum):
    """The names."""

    COLLAPSED = "collapsed-covariance"
    IGNORED = "condition-ignored"
    DIVERGING = "fid-up-cas-down"


@dataclass(frozen=True, slots=True)
class Finding:
    """A signature that was found."""

    signature: Signature
    told: str
    """What was measured, and what to do."""

    def __str__(self) -> str:
        """One line."""
        return f"{self.signature}: {self.told}"


OnFinding = Callable[[Finding], None]


def collapsed(made: Side, real: Side, labels: Sequence[str]) -> Finding | None:
    """Gestures whose made windows have lost most of the variance, or most of its dimensions, of the real ones."""
    lost = [name for k, name in enumerate(labels) if min(_left(made.x[made.y == k], real.x[real.y == k])) < LEFT]
    if not lost:
        return None
    told = f"of {', '.join(lost)} less than {LEFT:.0%} of the variance or of its dimensions is left"
    return Finding(Signature.COLLAPSED, f"{told}: train longer, or give more trials")


def ignored(asked: Labels, said: Labels, labels: Sequence[str]) -> Finding | None:
    """Whether made windows are not taken for what was asked: (n,) labels asked for, and those that an encoder says."""
    right, chance = float((asked == said).mean()) if len(asked) else 0.0, 1 / len(labels)
    if right >= chance + HEARD * (1 - chance):
        return None
    told = f"{right:.0%} of the windows are taken for what was asked for, {chance:.0%} would be by chance"
    return Finding(Signature.IGNORED, f"{told}: train longer, or drop fewer conditions")


@dataclass(frozen=True, slots=True)
class Look:
    """How good windows were at a time."""

    epoch: int
    fid: float
    cas: float
    """Of a linear discriminant on features; its real windows were learned from, so it is no score of a model."""


def diverging(looks: Sequence[Look]) -> Finding | None:
    """Whether the last look is worse than the best before it, in both ways."""
    if len(looks) < 2:
        return None
    *before, last = looks
    nearest, best = min(look.fid for look in before), max(look.cas for look in before)
    if last.fid <= FURTHER * nearest or last.cas >= best - WORSE:
        return None
    return Finding(
        Signature.DIVERGING,
        f"at epoch {last.epoch} FID rose from {nearest:.3g} to {last.fid:.3g} and CAS fell from {best:.2f} to "
        f"{last.cas:.2f}: stop earlier, or learn at a lower rate",
    )


@dataclass
class Watch:
    """Looks at a training, and tells what it finds; of the first half, only whether windows get worse."""

    encoder: TaskEncoder
    windows: Windows
    """That are learned from, as encoder and generator get them."""
    conditions: Features
    """(n, D) theirs."""
    labels: tuple[str, ...]
    on_finding: OnFinding
    every: int
    """Epochs between two looks."""
    looks: list[Look] = field(default_factory=list)
    """What was seen; a training that is resumed is looked at afresh."""

    def __call__(self, epoch: int, so_far: Callable[[], Diffusion]) -> None:
        """After an epoch."""
        if epoch % self.every:
            return
        made, real = self._made(so_far()), Side(self.encoder.features(self.windows.x), self.windows.y)
        self.looks.append(Look(epoch, fid(real.x, made.x), feature_cas(made, real)))
        found = [diverging(self.looks)]
        if len(self.looks) > LOOKS // 2:
            said = self.encoder.probabilities(made.x).argmax(axis=1)
            found += [collapsed(made, real, self.labels), ignored(made.y, said, self.labels)]
        for finding in filter(None, found):
            self.on_finding(finding)

    def _made(self, diffusion: Diffusion) -> Side:
        rng, y = np.random.default_rng(0), self.windows.y
        at = np.concatenate([rng.choice(np.flatnonzero(y == k), PER_GESTURE) for k in np.unique(y)])
        return Side(self.encoder.features(diffusion.sample(self.conditions[at], STEPS)), y[at])


def feature_cas(made: Side, real: Side) -> float:
    """Classification accuracy score of a linear discriminant on features."""
    return cas((made.x, made.y), (real.x, real.y), _discriminant)


def _discriminant(x: Features, y: Labels) -> Callable[[Features], Labels]:
    names, head = np.unique(y), fit_head(x, y)
    return lambda other: names[head(torch.from_numpy(other)).argmax(dim=1).numpy()]


def _left(made: Features, real: Features) -> tuple[float, float]:
    """Share of the variance, and of its effective dimensions, that made windows of a gesture have of real ones."""
    if len(made) < 2:
        return 0.0, 0.0
    inside, outside = _variances(made), _variances(real)
    few = min(len(made), len(real)) - 1  # a covariance of n windows has at most n - 1 dimensions
    return inside.sum() / outside.sum(), min(few, _dimensions(inside)) / min(few, _dimensions(outside))


def _variances(x: Features) -> npt.NDArray[np.float64]:
    """Along the principal directions."""
    centred = x.astype(np.float64) - x.mean(axis=0)
    variances: npt.NDArray[np.float64] = np.square(np.linalg.svd(centred, compute_uv=False)) / (len(x) - 1) + 1e-12
    return variances


def _dimensions(variances: npt.NDArray[np.float64]) -> float:
    """How many directions of equal variance would be as concentrated."""
    return float(variances.sum() ** 2 / np.square(variances).sum())
