"""A network of images meets another day or person: what nothing, unlabelled images and labelled trials give.

Conditions: none; ``UNLABELLED``, statistics anew from the first trial to learn from, its labels unused (AdaBN; for the
control its features are moved onto the statistics of the source); and fine-tuning on the first n labelled trials of
each gesture after statistics anew from them. The control is fitted to the same n trials alone. The last third of the
target's trials is scored, and nothing learns from it.
"""

import time
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Final

from models.datasets.trials import Trial
from models.experiments.experiment import Score
from models.experiments.grid_folds import (
    CONTROL,
    VOTE,
    VOTES_S,
    Bursts,
    Course,
    Features,
    Session,
    images_of,
    score,
)
from models.experiments.protocol import Marks
from models.networks.grid_net import GridNet
from models.training.alignment import Statistics, aligned
from models.training.train_grid import GridTraining
from models.training.train_lda import fit_head
from models.training.transfer import Plan, fine_tune, reestimate

FROZEN: Final = 3
DEPTHS: Final = (0, 6, 7)
"""Other numbers of frozen layers, tried with one trial: all learn, the two topmost, the head alone."""
TRIALS: Final = (1, 2, 3, 4, 5)
UNLABELLED: Final = "AdaBN"
SINGLE: Final = "1 image"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a network or a control goes."""

    table: str
    session: Session
    config: GridTraining
    course: Course
    """Of fine-tuning."""

    def networks(self, source: GridNet) -> Iterator[Score]:
        """Every condition, with the papers' number of frozen layers; others with one trial."""
        name = self.config.network
        bursts = Bursts.of(self.session.split.test, self.config, VOTES_S[VOTE])
        yield from self._scores(bursts, source, name, "none")
        yield from self._scores(bursts, self._renewed(source, 1), name, UNLABELLED)
        for count in self._counts():
            start = time.perf_counter()
            tuned = self._tuned(source, count, FROZEN)
            yield from self._scores(bursts, tuned, name, _trials(count), time.perf_counter() - start)
        for frozen in DEPTHS:
            yield from self._scores(bursts, self._tuned(source, 1, frozen), f"{name}, {frozen} frozen", _trials(1))

    def control(self, source: Sequence[Trial]) -> Iterator[Score]:
        """The same conditions for TD + LDA."""
        learn, test = (Features.of(trials, self.config) for trials in (source, self.session.split.test))
        first = Features.of(self.session.first(1), self.config)
        head, cell = fit_head(learn.x, learn.y), (self.table, CONTROL)
        yield self._score((*cell, "none"), test.marks(head))
        moved = replace(test, x=aligned(test.x, Statistics.of(first.x), Statistics.of(learn.x)))
        yield self._score((*cell, UNLABELLED), moved.marks(head))
        for count in self._counts():
            start = time.perf_counter()
            own = Features.of(self.session.first(count), self.config)
            head = fit_head(own.x, own.y)
            yield self._score((*cell, _trials(count)), test.marks(head), time.perf_counter() - start)

    def _counts(self) -> list[int]:
        return [count for count in TRIALS if count <= self.session.count]

    def _renewed(self, source: GridNet, count: int) -> GridNet:
        network = deepcopy(source)
        reestimate(network, images_of(self.session.first(count), self.config).x)
        return network

    def _tuned(self, source: GridNet, count: int, frozen: int) -> GridNet:
        network = self._renewed(source, count)
        learn = images_of(self.session.first(count), self.config)
        plan = Plan(frozen, self.course.epochs(len(learn)), self.config.batch, seed=self.config.seed)
        fine_tune(network, learn.x, learn.y, plan)
        return network

    def _scores(
        self, bursts: Bursts, network: GridNet, arm: str, condition: str, fit_s: float = 0.0
    ) -> Iterator[Score]:
        for vote, marks in bursts.marks(network, (SINGLE, VOTE)):
            yield self._score((self.table, f"{arm}, {vote}", condition), marks, fit_s)

    def _score(self, cell: tuple[str, str, str], marks: Marks, fit_s: float = 0.0) -> Score:
        return score(cell, (self.session.subject, self.config.seed), marks, fit_s)


def _trials(count: int) -> str:
    return f"{count} trial" + "s" * (count != 1)
