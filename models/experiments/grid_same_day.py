"""How well is a gesture known from one sample of an electrode grid, on the day of the training?

Networks of images against TD + LDA, session by session; a subject's score is the mean over its sessions. Every network
sees as many images, the small one five times as many, as it learns more slowly and costs a tenth. 2SRNN, for which a
window costs as much as dozens of images, sees fewer windows. None has a validation trial: all epochs are run, and
nothing was chosen by these scores.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import torch

from models.datasets.trials import Trial
from models.experiments.autoencoders import seeded, shuffled, through
from models.experiments.experiment import Experiment, Fold, Outcome, Score
from models.experiments.grid_folds import (
    CONTROL,
    FLEXEMG,
    SEEDS,
    VOTES_S,
    Bursts,
    Course,
    Features,
    Place,
    Session,
    loss_of,
    network_for,
    score,
    sessions_of,
)
from models.experiments.protocol import mark
from models.networks.grid_net import GridNet
from models.networks.two_stage_rnn import SMOOTH, STEPS, TwoStageRNN
from models.training.loop import Stage, fit
from models.training.splits import Split
from models.training.train_grid import GridTraining
from models.training.train_lda import fit_head
from models.training.windows import Cut, Windows, cut

IMAGES: Final = 30_000
"""Seen in training, of each network but these."""
LONGER: Final = {"embedded": 150_000}
NETWORKS: Final = ("all-convnet", "embedded", "s-convnet-a", "s-convnet-c2", "geng-net")
RECURRENT: Final = "2srnn"
WINDOWS: Final = 2_000
"""Seen by the recurrent network, one every ``RECURRENT_HOP`` samples."""
RECURRENT_HOP: Final = 160
TABLE: Final = "same day"


class SameDay:
    """Folds over sessions, networks and seeds."""

    question = "How well is a gesture known from one sample of an electrode grid, on the day of the training?"

    def folds(self, data: Path, quick: bool) -> list[Fold]:
        """One per seed, arm and session; the control is not random and has one seed."""
        sessions = sessions_of(FLEXEMG.load(data))[: 1 if quick else None]
        networks = NETWORKS[1:2] if quick else NETWORKS
        arms = (("control", 0), *((name, _seen(name)) for name in networks), (RECURRENT, WINDOWS))
        return [
            Fold(
                f"{arm}-{session.subject}-{session.session}-seed{seed}",
                {
                    "arm": arm,
                    "subject": session.subject,
                    "session": session.session,
                    "seed": seed,
                    "seen": 1 if quick else seen,
                },
            )
            for seed in range(1 if quick else SEEDS)
            for arm, seen in arms
            for session in sessions
            if arm != "control" or seed == 0
        ]

    def compute(self, fold: Fold, data: Path, work: Path) -> Outcome:
        """Learn from the first two thirds of the session, score the last."""
        arm, settings = str(fold.settings["arm"]), fold.settings
        whose = settings["subject"], settings["session"]
        (session,) = (one for one in sessions_of(FLEXEMG.load(data)) if (one.subject, one.session) == whose)
        config = FLEXEMG.training(data, arm if arm in NETWORKS else NETWORKS[0], fold.seed)
        course, place = Course(int(settings["seen"])), Place(data, work)
        if arm == "control":
            return Outcome((control_score(TABLE, session.subject, session.split, config),))
        if arm == RECURRENT:
            return Outcome((_recurrent(session, config, course, place),))
        network = network_for(session.split.train, config, course, place)
        scores = tuple(network_scores(TABLE, session.subject, session.split, config, network))
        return Outcome(scores, {"weights": sum(parameter.numel() for parameter in network.parameters())})


def network_scores(table: str, subject: str, split: Split, config: GridTraining, network: GridNet) -> Iterator[Score]:
    """Of a trained network, with every vote."""
    bursts = Bursts.of(split.test, config, max(VOTES_S.values()))
    for vote, marks in bursts.marks(network):
        yield score((table, config.network, vote), (subject, config.seed), marks)


def control_score(table: str, subject: str, split: Split, config: GridTraining) -> Score:
    """Of TD + LDA on the same trials."""
    learn, test = (Features.of(part, config) for part in (split.train, split.test))
    return score((table, CONTROL, "250 ms windows"), (subject, config.seed), test.marks(fit_head(learn.x, learn.y)))


def _seen(network: str) -> int:
    return LONGER.get(network, IMAGES)


def _recurrent(session: Session, config: GridTraining, course: Course, place: Place) -> Score:
    """Its first stage alone, from windows of 160 samples."""
    learn, test = (_windows(part, config) for part in (session.split.train, session.split.test))
    deviation = float(learn.x.std())
    network = seeded(lambda: TwoStageRNN(learn.x.shape[2], len(config.labels), deviation), config.seed)
    epochs = course.epochs(len(learn))
    stage = Stage(RECURRENT, network, loss_of(network), None, epochs, 1, config.rate)
    place.work.mkdir(parents=True, exist_ok=True)
    batches = shuffled(torch.from_numpy(learn.x), torch.from_numpy(learn.y), config.batch)
    fit(stage, batches, config.seed, place.work, lambda _: None)
    answers = through(network, torch.from_numpy(test.x)).log_softmax(dim=1).numpy()
    marks = mark(answers, test.y, test.source)
    return score((TABLE, RECURRENT, "160 ms windows"), (session.subject, config.seed), marks)


def _windows(trials: Sequence[Trial], config: GridTraining) -> Windows:
    return cut(trials, config.labels, Cut(STEPS + SMOOTH - 1, RECURRENT_HOP, config.filters))


EXPERIMENT: Experiment = SameDay()
