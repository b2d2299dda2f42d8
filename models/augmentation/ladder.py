"""From windows to generated windows, by the rungs of the ablation: each adds one part of the method (SYSTEMS 4.6).

``label-only``: the generator is told the gesture. ``SRG``: it is told the features of a real window. ``SRG+GMSS``:
features drawn from the gesture's Gaussian. ``SRG+GMSS+SASS``: drawn where real windows are few, and what comes out
must be recognised as the gesture, or is drawn again (a second check, ours).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np

from models.augmentation.diffusion import Diffusion, DiffusionTraining, one_hot, train_diffusion
from models.augmentation.gaussians import ClassGaussians, Features, Labels, fit_class_gaussians
from models.augmentation.levels import Levels, Subjects, subjects_of
from models.augmentation.signatures import LOOKS, OnFinding, Watch
from models.augmentation.sparse import Gesture, SASSOptions, sparse_aware
from models.augmentation.synthetic import Provenance, Synthetic
from models.augmentation.task_encoder import TaskEncoder, TaskTraining, train_task_encoder
from models.checkout import commit
from models.errors import DatasetError
from models.training.loop import OnProgress
from models.training.splits import identity
from models.training.windows import Windows, shape_of

CHECKS: Final = 3
"""Times that windows are drawn until all are recognised."""


class Rung(StrEnum):
    """How much of the method is used."""

    LABEL_ONLY = "label-only"
    SRG = "SRG"
    GMSS = "SRG+GMSS"
    SASS = "SRG+GMSS+SASS"


def rung_of(name: str) -> Rung:
    """The rung of that name. Raises ``DatasetError`` where there is none."""
    if name not in list(Rung):
        raise DatasetError(f"no rung {name!r}; known: {', '.join(Rung)}")
    return Rung(name)


@dataclass(frozen=True, slots=True)
class GeneratorTraining:
    """How a generator is trained."""

    labels: tuple[str, ...]
    """The gestures, in the order of the windows' label indices."""
    encoder: TaskTraining = field(default_factory=TaskTraining)
    diffusion: DiffusionTraining = field(default_factory=DiffusionTraining)
    simulated: bool = False
    """The trials are of simulated users."""


@dataclass(frozen=True, slots=True, eq=False)
class Generator:
    """What has learned to draw windows, and what they mean."""

    encoder: TaskEncoder
    diffusion: Diffusion
    how: GeneratorTraining
    learned_from: Windows

    @property
    def digest(self) -> str:
        """SHA-256 of the weights that draw."""
        digest = hashlib.sha256()
        for name, weights in self.diffusion.network.state_dict().items():
            digest.update(name.encode() + weights.numpy().tobytes())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Synthesis:
    """How windows are drawn."""

    rung: Rung = Rung.SASS
    sparse: SASSOptions = field(default_factory=SASSOptions)
    steps: int = 50
    """Of DDIM."""
    guidance: float = 1.0
    """Above 1, conditions are followed further than they were learned."""
    seed: int = 0


def train_generator(
    windows: Windows,
    how: GeneratorTraining,
    work: Path,
    on_progress: OnProgress = lambda _: None,
    on_finding: OnFinding | None = None,
) -> Generator:
    """Train task encoder and diffusion on windows of trials to learn from; ``work`` holds checkpoints, as they say.

    Where findings are asked for, windows are drawn a few times in training and failure signatures looked for in them.

    Raises:
        DatasetError: windows do not fit the network.
        ModelMismatch: ``work`` holds a training of other settings or data, or the extra ``augment`` is not installed.
        ModelUnreadable: a checkpoint is damaged.
    """
    even, gestures = Levels.of(windows).levelled(windows), len(how.labels)
    encoder = train_task_encoder(even, gestures, how.encoder, work, on_progress)
    semantic = how.diffusion.condition == "semantic"
    conditions = encoder.features(even.x) if semantic else one_hot(even.y, gestures)
    watch = None
    if on_finding is not None:
        watch = Watch(encoder, even, conditions, how.labels, on_finding, max(1, how.diffusion.epochs // LOOKS))
    diffusion = train_diffusion(even, conditions, how.diffusion, work, on_progress, watch)
    return Generator(encoder, diffusion, how, windows)


def synthesise(generator: Generator, real: Windows, count: int, how: Synthesis = Synthesis()) -> Synthetic:
    """``count`` windows of each gesture, in the likeness of ``real``; fewer where SASS or its check find too few.

    Args:
        generator: may have learned from other people.
        real: windows to take conditions and strength from: those that it learned from, or a new user's calibration.
        count: of each gesture.
        how: drawn.

    Raises:
        DatasetError: the rung does not fit the generator, or a gesture has too few real windows.
    """
    if (how.rung == Rung.LABEL_ONLY) != (generator.how.diffusion.condition == "label"):
        raise DatasetError(f"rung {how.rung} needs a generator of the other kind: train it with that condition")
    likeness = _Likeness.of(generator, real)
    parts = [_gesture(likeness, label, count, how) for label in range(len(generator.how.labels))]
    x, subjects = (np.concatenate(side) for side in zip(*parts, strict=True))
    y = np.repeat(np.arange(len(parts)), [len(made) for made, _ in parts])
    return Synthetic(x, y, np.arange(len(y)), subjects, _provenance(generator, real, how))


@dataclass(frozen=True, slots=True, eq=False)
class _Likeness:
    """Real windows as a generator knows them."""

    generator: Generator
    levels: Levels
    subjects: Subjects
    """(n,) whose."""
    features: Features
    y: Labels

    @classmethod
    def of(cls, generator: Generator, real: Windows) -> "_Likeness":
        levels = Levels.of(real)
        features = generator.encoder.features(levels.levelled(real).x)
        return cls(generator, levels, subjects_of(real), features, real.y)

    @property
    def gaussians(self) -> ClassGaussians:
        return fit_class_gaussians(self.features, self.y)


def _gesture(like: _Likeness, label: int, count: int, how: Synthesis) -> tuple[Features, Subjects]:
    """(n, T, C) windows of one gesture, in microvolts, each as strong as somebody who made it; and as who."""
    rng = np.random.default_rng([how.seed, label])
    conditions = _conditions(like, label, how, rng)

    def draw(n: int) -> Features:
        return like.generator.diffusion.sample(conditions(n), how.steps, int(rng.integers(2**31)), how.guidance)

    made = _recognised(like.generator.encoder, label, count, draw) if how.rung == Rung.SASS else draw(count)
    whose = rng.choice(like.subjects[like.y == label], len(made))
    return like.levels.restored(made, whose), whose


def _conditions(like: _Likeness, label: int, how: Synthesis, rng: np.random.Generator) -> Callable[[int], Features]:
    """What gives n conditions of a gesture."""
    own = like.features[like.y == label]
    if not len(own):
        raise DatasetError(f"no real window of {like.generator.how.labels[label]}: give at least one trial of each")
    if how.rung == Rung.LABEL_ONLY:
        return lambda n: one_hot(np.full(n, label), len(like.generator.how.labels))
    if how.rung == Rung.SRG:
        return lambda n: own[rng.integers(len(own), size=n)]
    gaussians = like.gaussians
    if how.rung == Rung.GMSS:
        return lambda n: gaussians.sample(label, n, rng)
    gesture = Gesture(label, own, gaussians, like.generator.encoder.probabilities)
    return lambda n: sparse_aware(gesture, n, how.sparse, rng)


def _recognised(encoder: TaskEncoder, label: int, count: int, draw: Callable[[int], Features]) -> Features:
    """Windows that the encoder takes for the gesture; what it does not is drawn again."""
    kept: list[Features] = []
    for _ in range(CHECKS):
        made = draw(count - sum(map(len, kept)))
        kept.append(made[encoder.probabilities(encoder.features(made)).argmax(axis=1) == label])
        if sum(map(len, kept)) == count:
            break
    return np.concatenate(kept)


def _provenance(generator: Generator, real: Windows, how: Synthesis) -> Provenance:
    rate_hz, _ = shape_of(real.trials)
    seen = {identity(trial) for trial in (*generator.learned_from.trials, *real.trials)}
    return Provenance(
        generator.digest,
        how.rung.value,
        how.seed,
        tuple(sorted(seen)),
        generator.how.labels,
        rate_hz,
        generator.how.simulated,
        f"{datetime.now(UTC):%Y-%m-%d}",
        commit(),
    )
