"""The protocols of the papers on CapgMyo and csl-hdemg, one experiment each; not run yet, the recordings are not here.

- ``grid-capgmyo-a``: S-ConvNet and All-ConvNet within a subject, one trial of each gesture left out (arXiv 1906.03381:
  87.69, 86.94, 83.92, 87.02 for S-ConvNet A, B, C with stride 2 and 1, 85.73 for All-ConvNet, one image);
- ``grid-capgmyo-b-sessions``, ``grid-csl-sessions``: All-ConvNet goes over to the session that is left out;
- ``grid-capgmyo-b-users``, ``grid-capgmyo-c-users``: to the person who is left out (arXiv 2305.08014; its tables could
  not be read, see SYSTEMS 2.6, so the rivals are our own: GengNet and TD + LDA in the same run).

Give CapgMyo's preprocessed files, the middle second of each trial, as the papers used them. Ours: every millisecond
makes an image within a subject, every fifth between sessions and people; all epochs are run, so no images of training
trials stop the training early, which leaks (SYSTEMS 3.3); the last third of the target's trials is scored.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.datasets.trials import Trial
from models.experiments.experiment import Experiment, Fold, Outcome
from models.experiments.grid_folds import (
    CONTROL,
    SEEDS,
    Course,
    Place,
    Recordings,
    Session,
    network_for,
    sessions_of,
)
from models.experiments.grid_same_day import control_score, network_scores
from models.experiments.grid_transfer import Target
from models.training.splits import by_trial

WITHIN: Final = ("all-convnet", "s-convnet-a", "s-convnet-b", "s-convnet-c1", "s-convnet-c2", "geng-net", CONTROL)
BETWEEN: Final = ("all-convnet", "geng-net", CONTROL)
QUICK: Final = ("embedded", CONTROL)
IMAGES: Final = 1_500_000
"""Seen in training."""
TUNING: Final = 100_000
"""Seen in fine-tuning."""


def _size(quick: bool) -> dict[str, int]:
    return {"images": 100, "tuning": 100} if quick else {"images": IMAGES, "tuning": TUNING}


@dataclass(frozen=True, slots=True)
class LeaveTrialsOut:
    """Within each subject: every number of a trial is left out once."""

    question: str
    recordings: Recordings

    def folds(self, data: Path, quick: bool) -> list[Fold]:
        """One per seed, arm, subject and trial."""
        places = sorted({(trial.subject, trial.trial) for trial in self.recordings.load(data)})
        return [
            Fold(
                f"{_word(arm)}-{subject}-{number}-seed{seed}",
                {"arm": arm, "subject": subject, "trial": number, "seed": seed, **_size(quick)},
            )
            for seed in range(1 if quick else SEEDS)
            for arm in (QUICK if quick else WITHIN)
            for subject, number in places[: 2 if quick else None]
            if arm != CONTROL or seed == 0
        ]

    def compute(self, fold: Fold, data: Path, work: Path) -> Outcome:
        """Learn from the other trials, score this one."""
        arm, subject = str(fold.settings["arm"]), str(fold.settings["subject"])
        own = [trial for trial in self.recordings.load(data) if trial.subject == subject]
        split, table = by_trial(own, {int(fold.settings["trial"])}), "within subject"
        config = self.recordings.training(data, WITHIN[0] if arm == CONTROL else arm, fold.seed)
        if arm == CONTROL:
            return Outcome((control_score(table, subject, split, config),))
        network = network_for(split.train, config, Course(int(fold.settings["images"])), Place(data, work))
        return Outcome(tuple(network_scores(table, subject, split, config, network)))


Teaches = Callable[[Trial, Session], bool]
"""Whether a trial teaches a network that goes to a session."""


def _another_day(trial: Trial, target: Session) -> bool:
    return trial.subject == target.subject and trial.session != target.session


def _another_person(trial: Trial, target: Session) -> bool:
    return trial.subject != target.subject


@dataclass(frozen=True, slots=True)
class LeaveSessionsOut:
    """Each session is a target once; the other sessions of its subject, or all other subjects, are its source."""

    question: str
    recordings: Recordings
    teaches: Teaches

    def folds(self, data: Path, quick: bool) -> list[Fold]:
        """One per seed, arm and target."""
        targets = sessions_of(self.recordings.load(data))[: 2 if quick else None]
        return [
            Fold(
                f"{_word(arm)}-{target.subject}-{target.session}-seed{seed}",
                {"arm": arm, "target": target.name, "seed": seed, **_size(quick)},
            )
            for seed in range(1 if quick else SEEDS)
            for arm in (QUICK if quick else BETWEEN)
            for target in targets
            if arm != CONTROL or seed == 0
        ]

    def compute(self, fold: Fold, data: Path, work: Path) -> Outcome:
        """Learn from the source, then go over to the target."""
        arm, trials = str(fold.settings["arm"]), self.recordings.load(data)
        (session,) = (one for one in sessions_of(trials) if one.name == fold.settings["target"])
        source = [trial for trial in trials if self.teaches(trial, session)]
        config = self.recordings.training(data, BETWEEN[0] if arm == CONTROL else arm, fold.seed)
        target = Target(f"to session {session.session}", session, config, Course(int(fold.settings["tuning"])))
        if arm == CONTROL:
            return Outcome(tuple(target.control(source)))
        course = Course(int(fold.settings["images"]))
        return Outcome(tuple(target.networks(network_for(source, config, course, Place(data, work)))))


def _word(arm: str) -> str:
    return "control" if arm == CONTROL else arm


def _capgmyo(part: str, step_s: float) -> Recordings:
    return Recordings(f"capgmyo-{part}", step_s=step_s, skip_s=0)


A: Experiment = LeaveTrialsOut("How well is a gesture of CapgMyo DB-a known from one image?", _capgmyo("a", 0.001))
B_SESSIONS: Experiment = LeaveSessionsOut(
    "What does another day cost on CapgMyo DB-b?", _capgmyo("b", 0.005), _another_day
)
B_USERS: Experiment = LeaveSessionsOut(
    "What does another person cost on CapgMyo DB-b?", _capgmyo("b", 0.005), _another_person
)
C_USERS: Experiment = LeaveSessionsOut(
    "What does another person cost on CapgMyo DB-c?", _capgmyo("c", 0.005), _another_person
)
CSL_SESSIONS: Experiment = LeaveSessionsOut(
    "What does another day cost on csl-hdemg?", Recordings("csl", step_s=0.01), _another_day
)
