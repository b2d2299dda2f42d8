"""What does it cost when an electrode grid sits one or two electrodes further, and what gives it back?

The recordings are real, the shift is not: the test trials' channels are rolled along the grid's rows or columns, so
what leaves at one edge comes in at the other. Round the arm that is what turning a closed band does; along it, it is
worse than what moving does, as the far edge is no neighbour. Against it: nothing; "AdaBN", statistics anew from the
unlabelled trial beside the one that is scored, shifted alike; and in training, images that are rolled at random (by at
most ``ROWS`` and ``COLUMNS``, the same rolling as in the test, so a real shift may cost more), for the control copies.
"""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from models.datasets.trials import Trial
from models.experiments.experiment import Experiment, Fold, Outcome, Score
from models.experiments.grid_folds import (
    CONTROL,
    FLEXEMG,
    SEEDS,
    VOTE,
    VOTES_S,
    Bursts,
    Course,
    Features,
    Place,
    Session,
    images_of,
    network_for,
    score,
    sessions_of,
)
from models.experiments.grid_same_day import IMAGES
from models.experiments.grid_transfer import SINGLE, UNLABELLED
from models.experiments.protocol import Marks
from models.networks.grid_net import GridNet
from models.pipeline.electrode_grid import Grid
from models.training.alignment import Statistics, aligned
from models.training.train_grid import GridTraining
from models.training.train_lda import fit_head
from models.training.transfer import reestimate

NETWORK: Final = "all-convnet"
SHIFTS: Final = {"no shift": (0, 0), "1 row": (1, 0), "2 rows": (2, 0), "1 column": (0, 1), "2 columns": (0, 2)}
"""Name -> rows and columns."""
ROWS, COLUMNS = 2, 1
COPIES: Final = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
"""What the control with copies learns from."""


def shifted(trial: Trial, grid: Grid, rows: int, columns: int) -> Trial:
    """The same trial under electrodes that sit further by so many rows and columns of a grid without gaps."""
    places = np.array(grid)
    samples = trial.samples.copy()
    samples[:, places.ravel()] = trial.samples[:, np.roll(places, (-rows, -columns), (0, 1)).ravel()]
    return replace(trial, samples=samples)


def rolled(x: Tensor) -> Tensor:
    """(B, R, W) -> (B, R, W), each image by rows and columns of its own, drawn from torch's own generator."""
    for axis, most in ((1, ROWS), (2, COLUMNS)):
        by = torch.randint(-most, most + 1, (len(x), 1))
        at = (torch.arange(x.shape[axis]) + by) % x.shape[axis]  # (B, length)
        x = x.gather(axis, at.unsqueeze(3 - axis).expand_as(x))
    return x


class _Network:
    """Images, votes and AdaBN."""

    def __init__(self, name: str, network: GridNet, config: GridTraining) -> None:
        self._name, self._network, self._config = name, network, config

    def scores(self, own: Sequence[Trial], beside: Sequence[Trial]) -> Iterator[tuple[str, str, Marks]]:
        """Table, arm and marks of one recording, with and without the unlabelled one beside it."""
        renewed = deepcopy(self._network)
        reestimate(renewed, images_of(beside, self._config).x)
        bursts = Bursts.of(own, self._config, VOTES_S[VOTE])
        for arm, network in ((self._name, self._network), (f"{self._name}, {UNLABELLED}", renewed)):
            for vote, marks in bursts.marks(network, (SINGLE, VOTE)):
                yield vote, arm, marks


class _Control:
    """Windows of 250 ms and statistics of features."""

    def __init__(self, name: str, learn: Features, config: GridTraining) -> None:
        self._name, self._config = name, config
        self._head, self._wanted = fit_head(learn.x, learn.y), Statistics.of(learn.x)

    def scores(self, own: Sequence[Trial], beside: Sequence[Trial]) -> Iterator[tuple[str, str, Marks]]:
        """The same of the control; its windows stand beside the votes."""
        test, seen = (Features.of(trials, self._config) for trials in (own, beside))
        yield VOTE, self._name, test.marks(self._head)
        x = aligned(test.x, Statistics.of(seen.x), self._wanted)
        yield VOTE, f"{self._name}, {UNLABELLED}", replace(test, x=x).marks(self._head)


def _made(arm: str, session: Session, config: GridTraining, course: Course, place: Place) -> _Network | _Control:
    learn = session.split.train
    if arm == "control":
        return _Control(CONTROL, Features.of(learn, config), config)
    if arm == "control-copies":
        copies = [shifted(trial, config.grid, *by) for by in COPIES for trial in learn]
        return _Control(f"{CONTROL}, shifted copies", Features.of(copies, config), config)
    change = rolled if arm == "rolled" else None
    name = NETWORK if change is None else f"{NETWORK}, rolled in training"
    return _Network(name, network_for(learn, config, replace(course, change=change, name=arm), place), config)


class Shift:
    """Folds over sessions, arms and seeds."""

    question = "What does it cost when a grid sits one or two electrodes further, and what gives it back?"

    def folds(self, data: Path, quick: bool) -> list[Fold]:
        """One per seed, arm and session; the controls are not random and have one seed."""
        sessions = sessions_of(FLEXEMG.load(data))[: 1 if quick else None]
        arms = [("control", 0), ("control-copies", 0)]
        arms += [(arm, seed) for seed in range(1 if quick else SEEDS) for arm in ("plain", "rolled")]
        return [
            Fold(
                f"{arm}-{session.subject}-{session.session}-seed{seed}",
                {"arm": arm, "session": session.name, "seed": seed, "images": 100 if quick else IMAGES},
            )
            for arm, seed in arms
            for session in sessions
        ]

    def compute(self, fold: Fold, data: Path, work: Path) -> Outcome:
        """Learn where the grid sat, be scored where it sits now, recording by recording."""
        named = {session.name: session for session in sessions_of(FLEXEMG.load(data))}
        session = named[str(fold.settings["session"])]
        config = FLEXEMG.training(data, NETWORK, fold.seed)
        course = Course(int(fold.settings["images"]))
        made = _made(str(fold.settings["arm"]), session, config, course, Place(data, work))
        return Outcome(tuple(_scores(made, session, config)))


def _scores(made: _Network | _Control, session: Session, config: GridTraining) -> Iterator[Score]:
    recordings = session.recordings()
    for name, by in SHIFTS.items():
        moved = [[shifted(trial, config.grid, *by) for trial in recording] for recording in recordings]
        for own, beside in zip(moved, [*moved[1:], moved[0]], strict=True):
            for table, arm, marks in made.scores(own, beside):
                yield score((table, arm, name), (session.subject, config.seed), marks)


EXPERIMENT: Experiment = Shift()
