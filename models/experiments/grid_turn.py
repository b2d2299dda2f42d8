"""Is a new day a grid that sits turned, and can the turn be found without labels?

The pairs of ``grid_new_day.py``. The first recording of the target, its labels unused, is rolled round the arm (along
the rows of the grid) by every number of electrodes; the turn under which the network is surest, by the mean entropy of
its answers to single images, is taken for the target's. Conditions: none; AdaBN; turned; turned, then AdaBN. The idea
came from the first trials of flexemg's sessions, which are not scored; whether it holds for other people is open.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import torch

from models.experiments.autoencoders import through
from models.experiments.experiment import Experiment, Fold, Outcome, Score
from models.experiments.grid_folds import (
    FLEXEMG,
    SEEDS,
    VOTE,
    VOTES_S,
    Bursts,
    Course,
    Place,
    Session,
    images_of,
    network_for,
    score,
    sessions_of,
)
from models.experiments.grid_new_day import NETWORK, pairs_of, table_of
from models.experiments.grid_same_day import IMAGES
from models.experiments.grid_transfer import SINGLE, UNLABELLED
from models.networks.grid_net import GridNet
from models.pipeline.images import Pictures
from models.training.train_grid import GridTraining
from models.training.transfer import reestimate

SPARSE: Final = 2
"""Of the images to learn from, which ones look for the turn."""


def turn_of(network: GridNet, images: Pictures) -> int:
    """By how many rows images (image, row, column) must be rolled for the network to be surest of them."""
    rows = images.shape[1]
    turns = range(-(rows // 2), rows - rows // 2)
    return min(turns, key=lambda turn: _entropy(network, np.roll(images, turn, axis=1)))


def _entropy(network: GridNet, images: Pictures) -> float:
    answers = through(network, torch.from_numpy(images)).log_softmax(dim=1)
    return -float((answers.exp() * answers).sum(dim=1).mean())


class Turn:
    """Folds over pairs of sessions and seeds."""

    question = "Is a new day a grid that sits turned, and can the turn be found without labels?"

    def folds(self, data: Path, quick: bool) -> list[Fold]:
        """One per seed and pair."""
        pairs = list(pairs_of(sessions_of(FLEXEMG.load(data))))[: 1 if quick else None]
        return [
            Fold(
                f"turn-{source.subject}-{source.session}-{target.subject}-{target.session}-seed{seed}",
                {"source": source.name, "target": target.name, "seed": seed, "images": 100 if quick else IMAGES},
            )
            for seed in range(1 if quick else SEEDS)
            for source, target in pairs
        ]

    def compute(self, fold: Fold, data: Path, work: Path) -> Outcome:
        """Learn on the source's session, find the target's turn, score the target."""
        named = {session.name: session for session in sessions_of(FLEXEMG.load(data))}
        source, target = named[str(fold.settings["source"])], named[str(fold.settings["target"])]
        config = FLEXEMG.training(data, NETWORK, fold.seed)
        network = network_for(source.split.train, config, Course(int(fold.settings["images"])), Place(data, work))
        seen = images_of(target.first(1), config).x
        turn = turn_of(network, seen[::SPARSE])
        scores = tuple(_scores(network, target, config, table_of(source, target), turn))
        return Outcome(scores, {f"turn of {table_of(source, target)}": turn})


def _scores(network: GridNet, target: Session, config: GridTraining, table: str, turn: int) -> Iterator[Score]:
    bursts, seen = Bursts.of(target.split.test, config, VOTES_S[VOTE]), images_of(target.first(1), config).x
    turned = replace(bursts, x=np.roll(bursts.x, turn, axis=2))
    for condition, scored, by in (("none", bursts, 0), ("turned", turned, turn)):
        renewed = deepcopy(network)
        reestimate(renewed, np.roll(seen, by, axis=1))
        for name, used in ((condition, network), (f"{condition}, {UNLABELLED}", renewed)):
            for vote, marks in scored.marks(used, (SINGLE, VOTE)):
                yield score((table, f"{NETWORK}, {vote}", name), (target.subject, config.seed), marks)


EXPERIMENT: Experiment = Turn()
