"""What does an electrode grid cost on another day or on another person, and what gives how much back?

Every session teaches every other one of the same person ("new day"), and the first of each other person ("new user").
A table is one such pair, so it holds one person, and no interval: two directions between two days of one person are no
sample of people. What is compared is in ``grid_transfer.py``. With fewer than five trials to learn from the conditions
end earlier.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from models.experiments.experiment import Experiment, Fold, Outcome
from models.experiments.grid_folds import FLEXEMG, SEEDS, Course, Place, Session, network_for, sessions_of
from models.experiments.grid_same_day import IMAGES
from models.experiments.grid_transfer import Target

NETWORK: Final = "all-convnet"
TUNING: Final = 10_000
"""Images seen in fine-tuning."""


class NewDay:
    """Folds over pairs of sessions and seeds."""

    question = "What does a new day or a new user of a grid cost, and what gives how much back?"

    def folds(self, data: Path, quick: bool) -> list[Fold]:
        """One per seed and pair, the control apart, as it is not random."""
        pairs = list(pairs_of(sessions_of(FLEXEMG.load(data))))[: 1 if quick else None]
        arms = [("control", 0), *((NETWORK, seed) for seed in range(1 if quick else SEEDS))]
        sizes = {"images": 100, "tuning": 100} if quick else {"images": IMAGES, "tuning": TUNING}
        return [
            Fold(
                f"{arm}-{source.subject}-{source.session}-{target.subject}-{target.session}-seed{seed}",
                {"arm": arm, "source": source.name, "target": target.name, "seed": seed, **sizes},
            )
            for arm, seed in arms
            for source, target in pairs
        ]

    def compute(self, fold: Fold, data: Path, work: Path) -> Outcome:
        """Learn on the source's session, then go over to the target's."""
        settings = fold.settings
        named = {session.name: session for session in sessions_of(FLEXEMG.load(data))}
        source, session = named[str(settings["source"])], named[str(settings["target"])]
        config = FLEXEMG.training(data, NETWORK, fold.seed)
        target = Target(table_of(source, session), session, config, Course(int(settings["tuning"])))
        if settings["arm"] == "control":
            return Outcome(tuple(target.control(source.split.train)))
        course = Course(int(settings["images"]))
        return Outcome(tuple(target.networks(network_for(source.split.train, config, course, Place(data, work)))))


def pairs_of(sessions: Sequence[Session]) -> Iterator[tuple[Session, Session]]:
    """(source, target): days of one person, and the first days of two."""
    first = {session.subject: session.name for session in reversed(sessions)}
    for source in sessions:
        for target in sessions:
            same = source.subject == target.subject
            if source is not target and (same or {source.name, target.name} <= set(first.values())):
                yield source, target


def table_of(source: Session, target: Session) -> str:
    """The name of its table."""
    return f"{'new day' if source.subject == target.subject else 'new user'}, {source.name} to {target.name}"


EXPERIMENT: Experiment = NewDay()
