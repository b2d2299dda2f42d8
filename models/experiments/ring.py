"""What does a ring of 16 electrodes give one person, and what does it cost to wear it turned?

One fold is one person and one way to train; every model is that person's own. On flexemg's ring (``load_ring``) it
learns from the first three recordings of the first session; the fourth, seen as the scored ones are, may be used to
adapt, and the later ones are scored. Rings are turned by ``with_rotation``, either way, scores averaged over both; the
person of a second session is scored there too, adapting on its first recording. Adaptations:

- re-estimated: features move onto the statistics of the training trials, by those of the fourth without its labels;
- 1 trial added: the head is fitted again, on the training trials and the fourth with its labels;
- 1 trial alone: the same without the training trials.

GRABMyo has two rings of 8, so an electrode is an eighth of a turn. Trials 1 to 3 learn, 4 and 5 are scored. The sample
at hand is ONE person: its scores tell that the path works, not how people fare.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Final, cast

import numpy as np
import torch
from torch import nn

from models.datasets import Dataset, dataset, load_trials
from models.datasets.trials import Trial
from models.experiments.experiment import Experiment, Fold, Outcome, Score, Settings
from models.experiments.protocol import HOP_S, Array, Labels, Marks, mark
from models.experiments.runner import fingerprint
from models.networks.heads import MLPHead
from models.pipeline.electrode_grid import Grid
from models.training.alignment import Statistics, aligned
from models.training.augment import STILL, Rotation
from models.training.mlp_head import USER, fit_mlp
from models.training.result import TrainedModel
from models.training.train_csae import CSAETraining, train_csae
from models.training.train_lda import LDATraining, fit_head, train_lda
from models.training.turned import turned
from models.training.windows import Cut, cut

FLEXEMG: Final = "flexemg-64ch"
GRABMYO: Final = "grabmyo-sample-28ch"
"""The folders that ``data`` holds."""
SEEDS: Final = range(5)
LEARN: Final = 3
"""The first so many trials of each gesture."""
TURNS: Final = (0.0, 0.5, 1.0, 2.0)
"""Electrode distances of flexemg's ring of 16."""
GRABMYO_TURNS: Final = (0.0, 0.5, 1.0)
"""Of rings of 8."""
TRAININGS: Final = {"as worn": False, "turned": True}
"""Whether training turns the rings, by up to an eighth of a turn."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to wear the ring."""

    adapt: Sequence[Trial]
    """What adaptation may use."""
    test: Sequence[Trial]


@dataclass(frozen=True, slots=True)
class Seen:
    """Windows as a model sees them."""

    x: Array
    """(window, F) features."""
    y: Labels
    trial: Labels

    @classmethod
    def by(cls, model: TrainedModel, trials: Sequence[Trial]) -> "Seen":
        """Every 125 ms."""
        windows = cut(trials, model.labels, Cut.of(model.spec, HOP_S))
        return cls(_through(model.encoder, windows.x), windows.y, windows.source)

    def marks(self, head: nn.Module) -> Marks:
        """Of a head's answers."""
        return mark(_through(head, self.x), self.y, self.trial)


@dataclass(frozen=True, slots=True)
class Arm:
    """A model and how its head is fitted again."""

    name: str
    model: TrainedModel
    refit: Callable[[Array, Labels], nn.Module]
    known: Seen
    """What it learned from."""

    def adapted(self, way: Way) -> Iterator[tuple[str, Marks]]:
        """Each adaptation, and the marks on the test windows."""
        seen, test, known = Seen.by(self.model, way.adapt), Seen.by(self.model, way.test), self.known
        moved = aligned(test.x, Statistics.of(seen.x), Statistics.of(known.x))
        yield "no adaptation", test.marks(self.model.head)
        yield "re-estimated", replace(test, x=moved).marks(self.model.head)
        added = self.refit(np.concatenate([known.x, seen.x]), np.concatenate([known.y, seen.y]))
        yield "1 trial added", test.marks(added)
        yield "1 trial alone", test.marks(self.refit(seen.x, seen.y))


class Ring:
    """Folds over people and ways to train."""

    question = "What does a ring of 16 electrodes give one person, and what does it cost to wear it turned?"

    def folds(self, data: Path, quick: bool) -> list[Fold]:
        """One per person, way to train and seed. Raises ``DatasetError`` if ``data`` does not hold both sets."""
        sizes = {"autoencoder": 1 if quick else 10, "head": 1 if quick else 30, "batch": 32}
        records = fingerprint(data / GRABMYO, "*.dat")[:12]  # the runner's own covers npz files alone
        people = [("flexemg-ring", name, "") for name in _people("flexemg-ring", data / FLEXEMG)]
        people += [("grabmyo-4", name, records) for name in _people("grabmyo-4", data / GRABMYO)]
        return [
            Fold(
                f"{source}-{name}-{training.replace(' ', '-')}-seed{seed}",
                {"set": source, "subject": name, "training": training, "seed": seed, "records": digest, **sizes},
            )
            for seed in (SEEDS[:1] if quick else SEEDS)
            for source, name, digest in people
            for training in TRAININGS
        ]

    def compute(self, fold: Fold, data: Path, work: Path) -> Outcome:
        """Train on the person's first trials, then turn the ring."""
        source, subject = str(fold.settings["set"]), str(fold.settings["subject"])
        folder = data / (FLEXEMG if source == "flexemg-ring" else GRABMYO)
        trials = [trial for trial in load_trials(source, folder) if trial.subject == subject]
        study = _Study(trials, _rings(dataset(source), folder), fold.settings, work)
        scores = study.flexemg() if source == "flexemg-ring" else study.grabmyo()
        return Outcome(tuple(scores))


@dataclass(frozen=True, slots=True)
class _Study:
    trials: Sequence[Trial]
    """Of one person."""
    rings: Grid
    settings: Settings
    work: Path

    def flexemg(self) -> Iterator[Score]:
        """Every angle with every adaptation, then the other session."""
        first, *others = sorted({trial.session for trial in self.trials})
        own = [trial for trial in self.trials if trial.session == first]
        adapt, test = _part(own, LEARN + 1, LEARN + 1), _part(own, LEARN + 2)
        new_days = [[trial for trial in self.trials if trial.session == session] for session in others]
        for arm in self._arms(_part(own, 1, LEARN)):
            for by in TURNS:
                ways = [Way(turned(adapt, self.rings, at), turned(test, self.rings, at)) for at in _either_way(by)]
                yield from self._scores("flexemg ring", arm, f"{by:g}", ways)
            for day in new_days:
                way = Way(_part(day, 1, 1), _part(day, 2))
                yield from self._scores("flexemg ring, a new day", arm, "new day", [way])

    def grabmyo(self) -> Iterator[Score]:
        """Every angle, nothing adapted."""
        test = _part(self.trials, LEARN + 1)
        for arm in self._arms(_part(self.trials, 1, LEARN)):
            for by in GRABMYO_TURNS:
                seen = (Seen.by(arm.model, turned(test, self.rings, at)) for at in _either_way(by))
                yield self._score(("GRABMyo, one person", arm.name, f"{by:g}"), [s.marks(arm.model.head) for s in seen])

    def _arms(self, learn: Sequence[Trial]) -> list[Arm]:
        """The CSAE and its control, trained alike."""
        how, seed = str(self.settings["training"]), int(self.settings["seed"])
        rotation = Rotation.of(self.rings) if TRAININGS[how] else STILL
        labels = tuple(dict.fromkeys(trial.label for trial in learn))
        autoencoder, head, batch = (int(self.settings[name]) for name in ("autoencoder", "head", "batch"))
        config = replace(
            CSAETraining("ring", labels, None, seed, rotation=rotation),
            autoencoder_epochs=autoencoder,
            head_epochs=head,
            batch=batch,
        )
        csae = train_csae(learn, config, self.work)
        angles = range(-rotation.most, rotation.most + 1)
        copies = [trial for by in angles for trial in turned(learn, self.rings, by)]
        control = train_lda(copies, LDATraining("control", labels))

        def tuned(x: Array, y: Labels) -> nn.Module:
            return fit_mlp(x, y, cast(MLPHead, csae.head), seed, USER)

        return [
            Arm(f"CSAE, trained {how}", csae, tuned, Seen.by(csae, learn)),
            Arm(f"control: LDA, trained {how}", control, fit_head, Seen.by(control, copies)),
        ]

    def _scores(self, table: str, arm: Arm, condition: str, ways: Sequence[Way]) -> Iterator[Score]:
        found: dict[str, list[Marks]] = {}
        for adaptation, marks in chain.from_iterable(map(arm.adapted, ways)):
            found.setdefault(adaptation, []).append(marks)
        for adaptation, both in found.items():
            yield self._score((f"{table}, {adaptation}", arm.name, condition), both)

    def _score(self, cell: tuple[str, str, str], marks: Sequence[Marks]) -> Score:
        f1, smoothed, accuracy = (
            float(np.mean([getattr(one, name) for one in marks]))
            for name in ("macro_f1", "smoothed_macro_f1", "accuracy")
        )
        return Score(*cell, str(self.settings["subject"]), int(self.settings["seed"]), f1, smoothed, accuracy)


def _either_way(by: float) -> tuple[float, ...]:
    return (by, -by) if by else (by,)


def _people(source: str, folder: Path) -> list[str]:
    return sorted({trial.subject for trial in load_trials(source, folder)})


def _rings(entry: Dataset, folder: Path) -> Grid:
    return () if entry.rings is None else entry.rings(folder)


def _part(trials: Sequence[Trial], first: int, last: int | None = None) -> list[Trial]:
    """Those with a number from ``first`` to ``last``, or to the end."""
    return [trial for trial in trials if first <= trial.trial and (last is None or trial.trial <= last)]


@torch.no_grad()
def _through(network: nn.Module, x: Array) -> Array:
    return np.concatenate([network(part).numpy() for part in torch.from_numpy(x).split(256)])


EXPERIMENT: Experiment = Ring()
