"""Do made windows help a new user who recorded one or two trials of each gesture? They have to beat cheaper ways.

One fold is one new user and one seed. Task encoder, diffusion (arXiv 2511.08344) and the CSAE's encoder and head learn
from all the others. The diffusion is then told what the user's calibration windows mean, never shown the windows, and
makes twice as many in their likeness, at the strength of the user's channels; heads learn from both, and trials 5 and
6 are scored. Rungs add one part of the method each; ``augmentation_arms.py`` says what they are compared with, at equal
gradient steps. Beside every table stands one of differences from classical augmentation, user by user.

Where the source is within one person, ours: what the encoder's features mean in the new user is learned from their
calibration windows (``models/augmentation/personal.py``). Sizes are chosen for two cores: 1 kHz at most (Khushaba's
4 kHz behind a low-pass of 400 Hz), the first session of each person, one seed, a U-Net of 1.6 million weights, a number
of windows for the diffusion to see, however many there are, and 20 steps of DDIM. Rest is left out. flexemg's ring has
two people: its intervals mean nothing. The judges' figures are of one trial, against the scored windows.

``augmentation-backbones`` asks the same of Crossformer, TDCT and STCNet, which learn from the user's windows alone,
after one trial; with the same OUT it takes the generators that are there. Its epochs are few, for two cores: twice as
many made the real windows, learned from for as long, worth 0.00 to 0.02 more (all three, S01 of Khushaba).
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.augmentation.ladder import Generator, Rung
from models.augmentation.synthetic import Synthetic
from models.errors import DatasetError
from models.experiments.augmentation_arms import Case, Learner, Whole, scores, verdicts
from models.experiments.augmentation_sets import SETS, Recorded
from models.experiments.augmentation_study import Study
from models.experiments.experiment import Experiment, Fold, Outcome, Score
from models.experiments.protocol import NewUser, subjects_of
from models.training.train_backbone import BACKBONES

SEEDS: Final = 2
"""Two cores need about two hours for one of them."""
TRIALS: Final = (1, 2)
"""Calibration trials of each gesture."""
SIZES: Final = {
    "every": 2,
    "encoder": 10,
    "drawn": 60_000,
    "ddim": 20,
    "autoencoder": 6,
    "classifier": 6,
    "backbone": 8,
}
"""Epochs; but ``every`` so-many-th of the others' windows is learned from, ``drawn`` are those that a diffusion sees in
training, one after another, and ``ddim`` its steps when it draws."""
QUICK: Final = {"every": 20, "encoder": 1, "drawn": 1, "ddim": 2, "autoencoder": 1, "classifier": 1, "backbone": 1}


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Folds over data sets, subjects and seeds."""

    question: str
    sets: Mapping[str, Recorded]
    backbones: tuple[str, ...] = ()
    """What learns; none: the heads that calibration fits."""
    trials: tuple[int, ...] = TRIALS

    def folds(self, data: Path, quick: bool) -> list[Fold]:
        """One per seed, data set that is there, and subject. Raises ``DatasetError`` if none is there."""
        there = {name: recorded for name, recorded in self.sets.items() if (data / recorded.folder).is_dir()}
        if not there:
            known = ", ".join(recorded.folder for recorded in self.sets.values())
            raise DatasetError(f"none of {known} in {data}: give the folder that holds them")
        return [
            Fold(
                f"{name}-{subject}-seed{seed}",
                {"set": name, "subject": subject, "seed": seed, **(QUICK if quick else SIZES)},
            )
            for seed in range(1 if quick else SEEDS)
            for name, recorded in there.items()
            for subject in subjects_of(recorded.load(data), quick)[: 1 if quick else None]
        ]

    def study(self, fold: Fold, data: Path, work: Path) -> Study:
        """What a fold is about."""
        recorded = self.sets[str(fold.settings["set"])]
        user = NewUser.of(recorded.load(data), recorded.labels, str(fold.settings["subject"]))
        return Study(recorded, user, fold.settings, data, work)

    def compute(self, fold: Fold, data: Path, work: Path) -> Outcome:
        """Train without the subject, then calibrate with everything that each arm has."""
        study = self.study(fold, data, work)
        whole = [Whole(name, study.size("backbone")) for name in self.backbones]
        return _outcome(study, whole or study.heads(), self.trials)


def _outcome(study: Study, learners: Sequence[Learner], trials: Sequence[int]) -> Outcome:
    """All arms after each number of trials."""
    generators = {condition: study.generator(condition) for condition in ("label", "semantic")}
    found: list[Score] = []
    notes: dict[str, float] = {}
    for count in trials:
        case = study.case(count)
        made, seconds = _made(study, generators, case)
        condition = f"{count} trial" + "s" * (count > 1)
        found += scores(case, made, learners, (study.recorded.table, condition, study.subject), study.work)
        if count == trials[0]:
            notes = verdicts(case, made, generators["semantic"].encoder) | seconds
    return Outcome(tuple(found), notes)


def _made(
    study: Study, generators: Mapping[str, Generator], case: Case
) -> tuple[dict[Rung, Synthetic], dict[str, float]]:
    """Windows of each rung in the likeness of the user, and how many seconds drawing them took."""
    windows, seconds = {}, {}
    for rung in Rung:
        start = time.perf_counter()
        generator = generators["label" if rung == Rung.LABEL_ONLY else "semantic"]
        windows[rung] = study.drawn(generator, case.real, rung)
        seconds[f"{rung} seconds"] = time.perf_counter() - start
    return windows, seconds


EXPERIMENT: Experiment = Augmentation("Do made windows help a new user with one or two trials of each gesture?", SETS)
ON_BACKBONES: Experiment = Augmentation(
    "Do made windows help a network that learns from a new user's one trial alone?", SETS, tuple(BACKBONES), (1,)
)
