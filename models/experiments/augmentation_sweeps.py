"""How much hangs on the numbers of SASG-DA? Its least confidence, its Fourier term, and how many windows are made.

Folds are those of ``augmentation``, after one trial of each gesture, all parts of the method in use; one number varies
at a time, the others keep their defaults. A ratio of 0 is the real windows alone. Gradient steps are the same for all,
but for rounding. The source studied confidences of 0.05, 0.15 and 0.25 with 40 to 52 gestures; with few gestures higher
ones may matter. Beside each table stands classical augmentation at the default of 2 to 1.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.augmentation.ladder import Rung
from models.augmentation.synthetic import Synthetic, mixed
from models.experiments.augmentation import Augmentation
from models.experiments.augmentation_arms import CHANGED, RATIO, ArmLesson, Case, Learner, score_of
from models.experiments.augmentation_sets import SETS
from models.experiments.augmentation_study import FOURIER, Study
from models.experiments.experiment import Experiment, Fold, Outcome, Score

CONFIDENCES: Final = (0.05, 0.15, 0.25, 0.5, 0.75)
RATIOS: Final = (0.0, 0.5, 1.0, 2.0, 4.0)
FOURIERS: Final = (0.0, FOURIER)

Variant = tuple[str, str, ArmLesson]
"""What varies, its value, and what is learned from."""


@dataclass(frozen=True, slots=True)
class Sweeps:
    """The folds of another experiment."""

    question: str
    of: Augmentation

    def folds(self, data: Path, quick: bool) -> list[Fold]:
        """As there."""
        return self.of.folds(data, quick)

    def compute(self, fold: Fold, data: Path, work: Path) -> Outcome:
        """Every value with every head."""
        study = self.of.study(fold, data, work)
        case, heads = study.case(1), study.heads()
        return Outcome(
            tuple(score for variant in _variants(study, case) for score in _scores(study, case, variant, heads))
        )


def _variants(study: Study, case: Case) -> Iterator[Variant]:
    (changed,) = (lesson for arm, lesson in case.lessons({}) if arm == CHANGED)
    yield CHANGED, f"{RATIO:g}", changed
    generator = study.generator("semantic")
    for confidence in CONFIDENCES:
        yield (
            "least confidence",
            f"{confidence:g}",
            _lesson(case, study.drawn(generator, case.real, Rung.SASS, confidence)),
        )
    most = study.drawn(generator, case.real, Rung.SASS, ratio=max(RATIOS))
    for ratio in RATIOS:
        yield "made to real", f"{ratio:g}", _lesson(case, most, ratio)
    for weight in FOURIERS:
        made = study.drawn(study.generator("semantic", weight), case.real, Rung.SASS)
        yield "Fourier weight", f"{weight:g}", _lesson(case, made)


def _lesson(case: Case, made: Synthetic, ratio: float = RATIO) -> ArmLesson:
    """Learned from for as long as any other."""
    both = mixed(case.real, made, case.judges, ratio)
    return ArmLesson(both.x, both.y, (RATIO + 1) * len(case.real) / len(both))


def _scores(study: Study, case: Case, variant: Variant, heads: Sequence[Learner]) -> Iterator[Score]:
    arm, value, lesson = variant
    for head in heads:
        cell = (f"{study.recorded.table}, {head.name}", arm, value, study.subject)
        yield score_of(head, lesson, case, cell, study.work)


EXPERIMENT: Experiment = Sweeps("How much hangs on the numbers of SASG-DA?", Augmentation("Of whom?", SETS))
