"""SASG-DA's protocol on NinaPro DB2, DB4 and DB7, one experiment each; not run yet, the recordings are not here.

    "SASG-DA: Sparse-Aware Semantic-Guided Diffusion Augmentation for Myoelectric Gesture Recognition", arXiv
    2511.08344; IEEE Journal of Biomedical and Health Informatics 2026, doi 10.1109/JBHI.2026.3670388.

Its numbers in our copy: up to 82.15 %, of which set and backbone is not told; FID 2.77 and CAS 49.83 for label-only,
0.88 and 71.73 for GMSS. Everything within one person, as there: generator and backbones learn from repetitions 1, 3 and
4, repetition 6 may stop a backbone early, 2 and 5 are scored (SYSTEMS 4.7, the split of STCNet's code). Windows of
200 ms, every 100 ms to learn from, every 50 ms to be scored; rest is left out. The arms and controls are those of
``augmentation_arms.py``, all at equal gradient steps. Ours, where the source is silent, are the sizes of generator
(SYSTEMS 4.2) and backbones (4.8), the recipe of their training, and TD + LDA as a fourth learner. By our estimate a
fold, one person, needs some tens of hours of one core.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from models.augmentation.diffusion import DiffusionTraining
from models.augmentation.ladder import Generator, GeneratorTraining, Rung, Synthesis, synthesise, train_generator
from models.augmentation.synthetic import Synthetic
from models.augmentation.task_encoder import TaskTraining
from models.datasets import ninapro
from models.datasets.trials import Trial, select
from models.experiments.augmentation_arms import RATIO, Case, ClosedForm, Learner, Whole, scores, verdicts
from models.experiments.experiment import Experiment, Fold, Outcome, Settings
from models.training.splits import by_trial
from models.training.train_backbone import BACKBONES
from models.training.windows import Cut, Windows, cut, shape_of

WINDOW_S: Final = 0.2
LEARN_HOP_S: Final = 0.1
TEST_HOP_S: Final = 0.05
SEEDS: Final = 3
CONDITION: Final = "repetitions 1, 3 and 4"
SIZES: Final = {"encoder": 30, "diffusion": 300, "ddim": 50, "backbone": 60, "width": 32, "fold": 1}
"""Epochs; but ``ddim`` are steps, ``width`` the features of the U-Net's finest level, ``fold`` samples of its steps."""
QUICK: Final = {"encoder": 1, "diffusion": 1, "ddim": 2, "backbone": 1, "width": 8, "fold": 8}


@dataclass(frozen=True, slots=True)
class WithinSubject:
    """Folds over people and seeds."""

    name: str
    exercises: tuple[int, ...]
    learners: tuple[str, ...] = tuple(BACKBONES)

    @property
    def question(self) -> str:
        """In one sentence."""
        return f"What do made windows give one person's classifier on NinaPro {self.name}?"

    def folds(self, data: Path, quick: bool) -> list[Fold]:
        """One per seed and person."""
        return [
            Fold(f"{person}-seed{seed}", {"subject": person, "seed": seed, **(QUICK if quick else SIZES)})
            for seed in range(1 if quick else SEEDS)
            for person in ninapro.people(data)[: 1 if quick else None]
        ]

    def compute(self, fold: Fold, data: Path, work: Path) -> Outcome:
        """Train the generators and everything that learns with them."""
        labels, person = ninapro.labels_of(self.exercises), str(fold.settings["subject"])
        trials = select(ninapro.load(data, self.exercises, person), labels)
        case = case_of(trials, labels, fold.seed)
        made, generator = _made(case, labels, fold.settings, work)
        control = ClosedForm.discriminant(*shape_of(case.real.trials))
        networks = [Whole(name, int(fold.settings["backbone"]), 64) for name in self.learners]
        learners: list[Learner] = [control, *networks]
        found = scores(case, made, learners, (f"NinaPro {self.name}", CONDITION, person), work)
        return Outcome(tuple(found), verdicts(case, made, generator.encoder))


def case_of(trials: Sequence[Trial], labels: Sequence[str], seed: int) -> Case:
    """One person's repetitions to learn from, to stop by and to be scored."""
    apart = by_trial(trials, ninapro.TEST)
    learn = by_trial(apart.train, ninapro.VALIDATION)
    real, validate = (_windows(part, labels, LEARN_HOP_S) for part in (learn.train, learn.test))
    return Case(real, _windows(apart.test, labels, TEST_HOP_S), validate, len(labels), seed)


def _windows(trials: Sequence[Trial], labels: Sequence[str], hop_s: float) -> Windows:
    """From the beginning of each trial: labels were refined by the makers, so the hand is there already."""
    rate_hz, _ = shape_of(trials)
    return cut(trials, labels, Cut(round(WINDOW_S * rate_hz), round(hop_s * rate_hz), skip_s=0.0))


def _made(
    case: Case, labels: tuple[str, ...], settings: Settings, work: Path
) -> tuple[dict[Rung, Synthetic], Generator]:
    """Windows of each rung, and the generator that is told meanings."""
    told = _generator(case, labels, settings, work)
    count = RATIO * int(np.bincount(case.real.y).max())
    windows = {}
    for rung in Rung:
        generator = _generator(case, labels, settings, work, "label") if rung == Rung.LABEL_ONLY else told
        how = Synthesis(rung, steps=int(settings["ddim"]), seed=case.seed)
        windows[rung] = synthesise(generator, case.real, count, how)
    return windows, told


def _generator(
    case: Case, labels: tuple[str, ...], settings: Settings, work: Path, condition: str = "semantic"
) -> Generator:
    width = int(settings["width"])
    diffusion = DiffusionTraining(
        widths=(width, 2 * width, 4 * width, 4 * width),
        fold=int(settings["fold"]),
        epochs=int(settings["diffusion"]),
        seed=case.seed,
    )
    if condition == "label":
        diffusion = replace(diffusion, condition="label")
    encoder = TaskTraining(epochs=int(settings["encoder"]), seed=case.seed)
    return train_generator(case.real, GeneratorTraining(labels, encoder, diffusion), work / "generator")


DB2: Experiment = WithinSubject("DB2", ninapro.DB2)
DB4: Experiment = WithinSubject("DB4", ninapro.DB4)
DB7: Experiment = WithinSubject("DB7", ninapro.DB7)
