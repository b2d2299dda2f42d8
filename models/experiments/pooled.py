"""One classifier for everybody: does sparsity help, does convolution, and is unlabelled pre-training worth it?

All subjects pooled, six gestures (arXiv 2601.23011: CSAE 94.3, the dense CAE with lambda 0 92.9, FCAE 49.7). Each
autoencoder gets a classifier on its frozen encoder; beside them the CSAE's encoder and classifier learn together from
labels, and the control is LDA on 29 time-domain features. The FCAE is scored with two classifiers (networks/fcae.py).

Two tables, since the paper does not name its split: by trial, as everywhere here; and windows at random, which leaks,
as windows overlap by half and a trial's other windows train. The second exists only to learn which of the two
reproduces 94.3; its scores say nothing about a user. The control is not random: by trial all its seeds are alike.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import nn

from models.datasets.khushaba import SIX, load
from models.datasets.trials import Trial, select
from models.experiments.autoencoders import SEEDS, Halves, Study, seeded, six_gestures, sizes, through
from models.experiments.experiment import Experiment, Fold, Outcome
from models.experiments.protocol import Array
from models.networks.csae import CSAE, Context, mlp
from models.networks.fcae import FCAE, folded
from models.networks.time_domain import TimeDomain
from models.training.train_lda import fit_head
from models.training.windows import Windows, shape_of

SPARSITY: Final = 1e-7
EPOCHS: Final = {"autoencoder": 6, "classifier": 60, "supervised": 40}
"""Forty from scratch take as long as the two other stages together."""
SCORED_SHARE: Final = 1 / 3
"""Of each subject's windows of a gesture, in the random split: as two of six trials."""


def windows_at_random(trials: Sequence[Trial], seed: int) -> Halves:
    """The split that leaks: windows of all six trials shuffled, by subject and gesture.

    Each scored window counts as a trial of its own: the windows before it trained, so smoothing over them means nothing
    and the smoothed score equals the plain one.
    """
    windows = six_gestures(select(trials, SIX))
    groups: dict[tuple[str, str], list[int]] = {}
    for at, source in enumerate(windows.source):
        groups.setdefault((windows.trials[source].subject, windows.trials[source].label), []).append(at)
    rng = np.random.default_rng(seed)
    drawn = [rng.permutation(group)[: round(SCORED_SHARE * len(group))] for group in groups.values()]
    scored = np.isin(np.arange(len(windows)), np.concatenate(drawn))
    return Halves(_alone(windows, ~scored), _alone(windows, scored))


def _alone(windows: Windows, kept: np.ndarray) -> Windows:
    source = windows.source[kept]
    return Windows(windows.x[kept], windows.y[kept], np.arange(len(source)), tuple(windows.trials[at] for at in source))


SPLITS: Final[Mapping[str, tuple[str, Callable[[Sequence[Trial], int], Halves]]]] = {
    "by-trial": ("six, by trial", lambda trials, _: Halves.by_trial(trials)),
    "at-random": ("six, windows at random (leaks)", windows_at_random),
}
"""Name in the settings -> name of its table, and how it is made from trials and a seed."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one training gives: answers to the scored windows by arm, and notes on its autoencoder."""

    answers: Mapping[str, Array]
    notes: Mapping[str, float]


def _convolutional(study: Study, arm: str, sparsity: float) -> Result:
    network = study.autoencoder(CSAE, sparsity)
    frozen, classifier = nn.Sequential(network.scale, network.encoder), nn.Sequential(network.context, network.mlp)
    return Result(
        {arm: study.answers(frozen, classifier, "classifier", study.number("classifier"))}, study.quality(network)
    )


def _fully_connected(study: Study) -> Result:
    network = study.autoencoder(FCAE)
    frozen = nn.Sequential(network.scale, network.encoder)
    as_csae = seeded(lambda: nn.Sequential(folded(network.config), Context(), mlp(len(SIX))), study.seed)
    epochs = study.number("classifier")
    answers = {
        "FCAE, dense classifier": study.answers(frozen, nn.Sequential(network.context, network.mlp), "dense", epochs),
        "FCAE, the CSAE's classifier": study.answers(frozen, as_csae, "as-csae", epochs),
    }
    return Result(answers, study.quality(network))


def _supervised(study: Study) -> Result:
    network = study.network(CSAE)
    whole = nn.Sequential(network.encoder, network.context, network.mlp)
    answers = study.answers(network.scale, whole, "supervised", study.number("supervised"))
    return Result({"supervised from scratch": answers}, {})


def _control(study: Study) -> Result:
    learn, test = study.halves.learn, study.halves.test
    features = TimeDomain(*shape_of(learn.trials))
    head = fit_head(through(features, torch.from_numpy(learn.x)).numpy(), learn.y)
    network = nn.Sequential(features, head)
    return Result({"control: LDA, 29 time-domain features": through(network, torch.from_numpy(test.x)).numpy()}, {})


ARMS: Final[Mapping[str, Callable[[Study], Result]]] = {
    "csae": lambda study: _convolutional(study, "CSAE", SPARSITY),
    "cae": lambda study: _convolutional(study, "dense CAE (lambda 0)", 0.0),
    "fcae": _fully_connected,
    "supervised": _supervised,
    "control": _control,
}
"""Name in the settings -> the training."""


class Pooled:
    """Folds over splits, seeds and trainings."""

    question = "Which encoder serves pooled subjects best, and which split reproduces the paper?"

    def folds(self, data: Path, quick: bool) -> list[Fold]:
        """One per split, seed and training; they do not depend on the data."""
        seeds = SEEDS[:1] if quick else SEEDS
        size = sizes(quick, **EPOCHS)
        return [
            Fold(f"{split}-{arm}-seed{seed}", {"split": split, "arm": arm, "seed": seed, **size})
            for split in SPLITS
            for arm in ARMS
            for seed in seeds
        ]

    def compute(self, fold: Fold, data: Path, work: Path) -> Outcome:
        """Split, train, and score every subject."""
        table, split = SPLITS[str(fold.settings["split"])]
        study = Study(split(load(data), int(fold.settings["seed"])), fold.settings, work)
        result = ARMS[str(fold.settings["arm"])](study)
        scores = [
            score for arm, answers in result.answers.items() for score in study.scores(answers, (table, arm, "pooled"))
        ]
        return Outcome(tuple(scores), result.notes)


EXPERIMENT: Experiment = Pooled()
