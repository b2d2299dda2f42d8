"""What the experiments on electrode grids share: sessions and their split, trained networks, votes, the control.

Of each session the last third of the trials is scored, and nothing learns from it. Images come every 4 ms, as in the
live path; a decision every 100 ms averages the log-probabilities of the newest ones. The first 0.5 s of a trial is
dropped. The control is LDA on the time-domain features of every electrode (and pair, up to ``PAIRED`` electrodes),
windows of 250 ms every 125 ms, behind the same filter. Sizes are chosen for two cores: a network sees a number of
images, however few trials it has.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.datasets import dataset, load_trials
from models.datasets.trials import Trial
from models.experiments.autoencoders import shuffled, through
from models.experiments.encoders import alone
from models.experiments.experiment import Score
from models.experiments.protocol import HOP_S, WINDOW_S, Array, Labels, Marks, mark
from models.experiments.runner import fingerprint
from models.networks.grid_net import GridNet
from models.networks.time_domain import PER_CHANNEL, TimeDomain
from models.training.images import Exposure, LabelledImages, expose
from models.training.loop import Batches, Stage, fit
from models.training.splits import Split, by_trial
from models.training.train_grid import LIVE_HZ, GridTraining, drawn
from models.training.windows import Cut, cut, shape_of

SEEDS: Final = 5
CONTROL: Final = "control: TD + LDA"
BATCH: Final = 64
PAIRED: Final = 64
"""More electrodes have too many pairs."""
DECISION_S: Final = 0.1
VOTES_S: Final[Mapping[str, float]] = {"1 image": 0.0, "40 ms vote": 0.04, "150 ms vote": 0.15}
"""Signal whose images are averaged; 40 and 150 images of the papers at 1 kHz."""
VOTE: Final = "40 ms vote"


@dataclass(frozen=True, slots=True)
class Recordings:
    """A data set of a grid."""

    name: str
    mains_hz: float = 50.0
    step_s: float = 0.02
    """Between the images that are learned from: neighbours are nearly the same."""
    skip_s: float = 0.5
    """Of each trial's beginning; 0 where trials are cut out of the middle."""

    def load(self, folder: Path) -> list[Trial]:
        """Its trials."""
        return load_trials(self.name, folder)

    def training(self, folder: Path, network: str, seed: int) -> GridTraining:
        """How one of ``NETWORKS`` learns from it; ``epochs`` is for ``network_for`` to set."""
        found = dataset(self.name)
        if found.labels is None or found.grid is None:
            raise ValueError(f"{self.name} has no grid or no labels")
        return GridTraining(
            network,
            found.labels,
            found.grid(folder),
            network,
            seed=seed,
            batch=BATCH,
            train_step_s=self.step_s,
            mains_hz=self.mains_hz,
            skip_s=self.skip_s,
        )


FLEXEMG: Final = Recordings("flexemg", 60.0)


@dataclass(frozen=True, slots=True)
class Session:
    """What one person did on one day."""

    subject: str
    session: str
    split: Split

    @property
    def name(self) -> str:
        """Such as S1/3."""
        return f"{self.subject}/{self.session}"

    def first(self, count: int) -> tuple[Trial, ...]:
        """The first so many trials to learn from of each gesture."""
        numbers = sorted({trial.trial for trial in self.split.train})[:count]
        return tuple(trial for trial in self.split.train if trial.trial in numbers)

    def recordings(self) -> list[tuple[Trial, ...]]:
        """The held-out trials by their number, one of each gesture together."""
        numbers = sorted({trial.trial for trial in self.split.test})
        return [tuple(trial for trial in self.split.test if trial.trial == number) for number in numbers]

    @property
    def count(self) -> int:
        """Trials to learn from, of each gesture."""
        return len({trial.trial for trial in self.split.train})


def sessions_of(trials: Sequence[Trial]) -> list[Session]:
    """All sessions; the last third of the trials of each is held out."""
    names = sorted({(trial.subject, trial.session) for trial in trials})
    return [Session(*name, _last_third([t for t in trials if (t.subject, t.session) == name])) for name in names]


def _last_third(trials: Sequence[Trial]) -> Split:
    numbers = sorted({trial.trial for trial in trials})
    return by_trial(trials, numbers[-max(1, round(len(numbers) / 3)) :])


Change = Callable[[Tensor], Tensor]
"""What training does to a batch of images (B, R, W)."""


@dataclass(frozen=True, slots=True)
class Course:
    """How much a network learns, and from images changed how."""

    images: int
    """Seen in all, so many epochs of those that there are."""
    change: Change | None = None
    name: str = "plain"
    """Of the change."""

    def epochs(self, there: int) -> int:
        """In which about so many images are seen, if so many are there."""
        return max(1, round(self.images / there))


@dataclass(frozen=True, slots=True)
class Place:
    """Where the data is, and the folder of the fold that asks."""

    data: Path
    work: Path


def network_for(trials: Sequence[Trial], config: GridTraining, course: Course, place: Place) -> GridNet:
    """Trained on the trials, now or earlier: whichever experiments ask, it lies once, in OUT/networks.

    Raises:
        DatasetError: the trials do not fit together.
    """
    learn = images_of(trials, config)
    config = replace(config, epochs=course.epochs(len(learn)))
    folder = place.work.parent.parent / "networks" / _key(trials, config, course, place.data)
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder):
        network = drawn(config)
        stage = Stage(config.network, network, loss_of(network), None, config.epochs, 1, config.rate)
        fit(stage, _batches(learn, config.batch, course.change), config.seed, folder, lambda _: None)
    return network


def images_of(trials: Sequence[Trial], config: GridTraining) -> LabelledImages:
    """To learn from."""
    step = max(1, round(config.train_step_s * shape_of(trials)[0]))
    return expose(trials, config.labels, Exposure(config.grid, step, config.filters, config.skip_s))


def loss_of(network: nn.Module) -> Callable[[Tensor, Tensor], Tensor]:
    """Cross-entropy of its answers."""
    return lambda x, y: F.cross_entropy(network(x), y)


def _batches(learn: LabelledImages, size: int, change: Change | None) -> Callable[[], Batches]:
    epoch = shuffled(torch.from_numpy(learn.x), torch.from_numpy(learn.y), size)
    return epoch if change is None else lambda: ((change(x), y) for x, y in epoch())


def _key(trials: Sequence[Trial], config: GridTraining, course: Course, data: Path) -> str:
    whose = sorted({(trial.subject, trial.session, trial.trial) for trial in trials})
    identity = [asdict(config), course.name, whose, fingerprint(data)]
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, eq=False)
class Bursts:
    """Images to be scored, a burst before each decision."""

    x: Array
    """(decision, image, row, column)."""
    y: Labels
    """(decision,)."""
    trial: Labels
    """(decision,) of which trial."""

    @classmethod
    def of(cls, trials: Sequence[Trial], config: GridTraining, longest_s: float) -> "Bursts":
        """Of trials that nothing learned from; ``longest_s``: of the longest vote."""
        rate_hz = shape_of(trials)[0]
        step = max(1, round(rate_hz / LIVE_HZ))
        length = max(1, round(longest_s * rate_hz / step))
        hop = max(length, round(DECISION_S * rate_hz / step))
        how = Exposure(config.grid, step, config.filters, config.skip_s)
        parts = []
        for trial in trials:
            images = expose([trial], config.labels, how).x
            parts.append(np.stack([images[at : at + length] for at in range(0, len(images) - length + 1, hop)]))
        sizes = [len(part) for part in parts]
        truth = np.repeat([config.labels.index(trial.label) for trial in trials], sizes)
        return cls(np.concatenate(parts), truth, np.repeat(np.arange(len(trials)), sizes))

    def marks(self, network: nn.Module, votes: Sequence[str] = tuple(VOTES_S)) -> Iterator[tuple[str, Marks]]:
        """Vote -> marks; a single image is marked at all its instants, a vote once per decision."""
        flat = through(network, torch.from_numpy(self.x).flatten(0, 1)).log_softmax(dim=1).numpy()
        answers = flat.reshape(*self.x.shape[:2], -1)  # (decision, image, K)
        length = self.x.shape[1]
        longest_s = max(VOTES_S[vote] for vote in votes)
        for vote in votes:
            if VOTES_S[vote]:
                newest = answers[:, -round(length * VOTES_S[vote] / longest_s) :]
                yield vote, mark(newest.mean(axis=1), self.y, self.trial)
            else:
                yield vote, mark(flat, np.repeat(self.y, length), np.repeat(self.trial, length))


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Of the control: a window a row."""

    x: Array
    """(window, F)."""
    y: Labels
    trial: Labels

    @classmethod
    def of(cls, trials: Sequence[Trial], config: GridTraining) -> "Features":
        """Time-domain features behind the same filter as the images."""
        rate_hz, channels = shape_of(trials)
        how = Cut(round(WINDOW_S * rate_hz), round(HOP_S * rate_hz), config.filters, config.skip_s)
        windows = cut(trials, config.labels, how)
        x = through(TimeDomain(rate_hz, channels), torch.from_numpy(windows.x)).numpy()
        used = None if channels <= PAIRED else PER_CHANNEL * channels
        return cls(x[:, :used], windows.y, windows.source)

    def marks(self, head: nn.Module) -> Marks:
        """Of the head's answers."""
        return mark(through(head, torch.from_numpy(self.x)).numpy(), self.y, self.trial)


def score(cell: tuple[str, str, str], whose: tuple[str, int], marks: Marks, fit_s: float = 0.0) -> Score:
    """A cell (table, arm, condition) of a subject and a seed."""
    return Score(*cell, *whose, marks.macro_f1, marks.smoothed_macro_f1, marks.accuracy, fit_s)
