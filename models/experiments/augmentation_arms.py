"""What the experiments on made windows share: where more windows come from, and what learns from them.

Every arm but the first has three times the windows, or the same ones for three times as long: made windows come 2 to 1
(arXiv 2511.08344). So a learner that takes gradient steps takes as many in all of these arms, and the first one tells
what its usual training gives. Heads in closed form take none: the arm of longer training does not exist for them.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import ClassVar, Final, Protocol

import numpy as np
import torch
from torch import nn

from models.augmentation.controls import classical, oversampled
from models.augmentation.judges import Side, cas, judge
from models.augmentation.ladder import Rung
from models.augmentation.levels import Levels
from models.augmentation.personal import levelled_features
from models.augmentation.sparse import rarity
from models.augmentation.synthetic import Synthetic, mixed
from models.augmentation.task_encoder import TaskEncoder
from models.datasets.trials import Trial
from models.experiments.autoencoders import through
from models.experiments.experiment import Score
from models.experiments.protocol import Array, Labels, mark
from models.networks.heads import MLPHead
from models.networks.hybrid import Classical
from models.networks.time_domain import TimeDomain
from models.training.gaussian_head import fit_gaussians
from models.training.mlp_head import MLPTraining, Standardise, fit_mlp
from models.training.train_backbone import BackboneTraining, answers, train_backbone
from models.training.train_lda import fit_head
from models.training.windows import Windows, shape_of

RATIO: Final = 2
"""Made windows to real ones."""
PLAIN: Final = "real windows"
LONGER: Final = "control: real windows, longer"
COPIED: Final = "control: oversampling"
CHANGED: Final = "control: classical augmentation"
CONTROLS: Final = (PLAIN, LONGER, COPIED, CHANGED)
LAYER: Final = "standardised features of the task encoder"
GAIN: Final = "gain over classical augmentation"

Answers = Callable[[Array], Array]
"""(window, time, channel) -> (window, K) log-probabilities."""


@dataclass(frozen=True, slots=True, eq=False)
class ArmLesson:
    """What an arm gives to learn from, and for how long; see also ``models.training.lesson``."""

    x: Array
    y: Labels
    longer: float = 1.0
    """Times as many gradient steps as the windows would otherwise get."""

    def __len__(self) -> int:
        """Number of windows."""
        return len(self.x)


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """Real windows to learn from, and what judges."""

    real: Windows
    test: Windows
    validate: Windows | None
    """What may stop a training."""
    gestures: int
    seed: int

    @property
    def judges(self) -> tuple[Trial, ...]:
        """Every trial that nothing may learn from."""
        return (*self.test.trials, *(() if self.validate is None else self.validate.trials))

    def lessons(self, made: Mapping[Rung, Synthetic]) -> Iterator[tuple[str, ArmLesson]]:
        """Arm and what it learns from."""
        x, y = self.real.x, self.real.y
        yield PLAIN, ArmLesson(x, y)
        yield LONGER, ArmLesson(x, y, RATIO + 1)
        yield COPIED, ArmLesson(*oversampled(x, y, RATIO))
        yield CHANGED, ArmLesson(*classical(x, y, RATIO, self.seed))
        for rung, synthetic in made.items():
            both = mixed(self.real, synthetic, self.judges, RATIO)
            yield rung.value, ArmLesson(both.x, both.y)


class Learner(Protocol):
    """What learns."""

    @property
    def name(self) -> str:
        """In the tables."""
        ...

    def learn(self, lesson: ArmLesson, case: Case, place: Path) -> Answers:
        """``place`` is a folder of its own for checkpoints."""
        ...


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """A head that takes no gradient steps, on the features of a frozen encoder."""

    name: str
    encoder: nn.Module
    """(B, T, C) -> (B, F)."""
    fit: Callable[[Array, Labels], nn.Module]
    """(window, F) and (window,) -> the head."""

    @classmethod
    def discriminant(cls, rate_hz: float, channels: int) -> "ClosedForm":
        """The classical baseline: a linear discriminant on time-domain features."""
        return cls("TD + LDA", TimeDomain(rate_hz, channels).eval(), fit_head)

    @classmethod
    def gaussians(cls, others: Windows) -> "ClosedForm":
        """What calibration takes unless its MLP leads clearly, on the classical features of the shipped encoder.

        They are standardised over other people's windows, as there.
        """
        plain = Classical(*shape_of(others.trials)).eval()
        scale = Standardise.of(through(plain, torch.from_numpy(others.x)).numpy())
        return cls("classical features, Gaussians", nn.Sequential(plain, scale).eval(), fit_gaussians)

    def learn(self, lesson: ArmLesson, case: Case, place: Path) -> Answers:
        """At once."""
        features = through(self.encoder, torch.from_numpy(lesson.x)).numpy()
        return _of(nn.Sequential(self.encoder, self.fit(features, lesson.y)))


@dataclass(frozen=True, slots=True)
class TunedHead:
    """A copy of the others' MLP head on a frozen encoder: what calibration trains."""

    name: ClassVar[str] = "CSAE head"
    how: ClassVar[MLPTraining] = MLPTraining(epochs=15, rate=6e-3, batch=32)
    encoder: nn.Module
    head: MLPHead

    def learn(self, lesson: ArmLesson, case: Case, place: Path) -> Answers:
        """As many steps for all lessons of three times the windows, but for the rounding of batches and epochs."""
        features = through(self.encoder, torch.from_numpy(lesson.x)).numpy()
        how = MLPTraining(round(self.how.epochs * lesson.longer), self.how.rate, self.how.batch)
        return _of(nn.Sequential(self.encoder, fit_mlp(features, lesson.y, self.head, case.seed, how)))


@dataclass(frozen=True, slots=True)
class Whole:
    """A backbone that learns from nothing but the lesson."""

    name: str
    epochs: int
    batch: int = 32

    def learn(self, lesson: ArmLesson, case: Case, place: Path) -> Answers:
        """Exactly as many steps for all lessons but the plain one, which has a third."""
        usual = ceil(len(case.real) / self.batch)
        steps = usual if lesson.longer == 1 and len(lesson) == len(case.real) else (RATIO + 1) * usual
        config = BackboneTraining(self.name, case.gestures, case.seed, self.epochs, batch=self.batch, steps=steps)
        network = train_backbone(lesson, case.validate, config, place)
        return lambda x: answers(network, x)


def scores(
    case: Case,
    made: Mapping[Rung, Synthetic],
    learners: Sequence[Learner],
    cell: tuple[str, str, str],
    work: Path,
) -> Iterator[Score]:
    """Of all arms and learners, and what each arm gains over classical augmentation.

    ``cell``: table, condition and subject.
    """
    for learner in learners:
        found = {}
        for arm, lesson in case.lessons(made):
            if arm == LONGER and isinstance(learner, ClosedForm):
                continue
            place = work / f"{learner.name}-{cell[1]}-{arm}".replace(" ", "-")
            found[arm] = score_of(learner, lesson, case, (f"{cell[0]}, {learner.name}", arm, *cell[1:]), place)
        yield from found.values()
        yield from (_gain(one, found[CHANGED]) for arm, one in found.items() if arm != CHANGED)


def score_of(learner: Learner, lesson: ArmLesson, case: Case, cell: tuple[str, str, str, str], place: Path) -> Score:
    """How a learner fares with a lesson; ``cell``: table, arm, condition and subject."""
    start = time.perf_counter()
    answer = learner.learn(lesson, case, place)
    seconds = time.perf_counter() - start
    marks = mark(answer(case.test.x), case.test.y, case.test.source)
    return Score(*cell, case.seed, marks.macro_f1, marks.smoothed_macro_f1, marks.accuracy, seconds)


def _gain(one: Score, control: Score) -> Score:
    """The difference, so that the interval over subjects is one of pairs."""
    return Score(
        f"{one.table}: {GAIN}",
        one.arm,
        one.condition,
        one.subject,
        one.seed,
        one.macro_f1 - control.macro_f1,
        one.smoothed_macro_f1 - control.smoothed_macro_f1,
        one.accuracy - control.accuracy,
        one.fit_s,
        "F1 gain",
    )


def verdicts(case: Case, made: Mapping[Rung, Synthetic], encoder: TaskEncoder) -> dict[str, float]:
    """What the judges say of what each arm adds, against the scored windows; of the real windows to learn from too.

    CAS is the accuracy of TD + LDA that learned from these windows alone.
    """
    rate_hz, channels = shape_of(case.real.trials)
    levels, count = Levels.of(case.real), len(case.real)
    changed, labels = classical(case.real.x, case.real.y, RATIO, case.seed)
    truth = Side(levelled_features(encoder, case.test, levels), case.test.y)
    added = {
        PLAIN: (case.real.x, case.real.y),
        CHANGED: (changed[count:], labels[count:]),
        **{rung.value: (synthetic.x, synthetic.y) for rung, synthetic in made.items()},
    }

    def learn(x: Array, y: Labels) -> Callable[[Array], Labels]:
        answer = ClosedForm.discriminant(rate_hz, channels).learn(ArmLesson(x, y), case, Path())
        return lambda other: answer(other).argmax(axis=1)

    figures: dict[str, float] = {}
    for arm, (x, y) in added.items():
        side = Side(_features(encoder, levels, x, case), y)
        found = judge(side, truth, LAYER, rarity).figures()
        found["CAS"] = cas((x, y), (case.test.x, case.test.y), learn)
        figures |= {f"{arm} {name}": value for name, value in found.items()}
    return figures


def _features(encoder: TaskEncoder, levels: Levels, x: Array, case: Case) -> Array:
    """Of windows of one subject at that subject's strength."""
    whose = Windows(x, np.zeros(len(x), np.int64), np.zeros(len(x), np.int64), case.real.trials[:1])
    return levelled_features(encoder, whose, levels)


def _of(network: nn.Module) -> Answers:
    def answer(x: Array) -> Array:
        said: Array = through(network, torch.from_numpy(x)).numpy()
        return said

    return answer
