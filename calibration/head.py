"""Fit a user's head: trials in, the better of two kinds of head out, and a report on it.

Runs in a worker process, which should be started with OMP_NUM_THREADS=1: more threads make so small a fit slower.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
import torch
from torch import nn
from torch.nn.utils import skip_init

from calibration.advice import advise
from calibration.fitting import FitOrder, FitResult, LabelledTrial
from calibration.known_head import KnownHead, answers
from calibration.material import Array, Mask, Material, Numbers, spread
from calibration.own_norms import views
from calibration.report import Report, Scores, scores_of
from models.export import tensors_of
from models.head_graph import head_graph
from models.networks.heads import HeadModule, MLPHead
from models.spec import HeadKind, HeadSpec
from models.training.gaussian_head import fit_gaussians
from models.training.mlp_head import DROPOUT, USER, MLPTraining, fit_mlp
from models.training.train_lda import fit_head

EPOCHS: Final = (5, 10)
"""The MLP stops after one of these, whichever held-out trials prefer; each run has a falling learning rate of its own.
On four Khushaba users F1 after 10 was within 0.005 of that after 15 with half the batch and rate, in half the time."""
MLP_WINDOWS: Final = 150
"""Of a gesture at most, evenly over its trials; as many as two trials of 5 s have."""
MLP_LEAD: Final = 0.05
"""Of F1, that the MLP needs over the Gaussians: with few trials it falls back on other people, and each fold has few.
On trials 1 to 4 of four Khushaba users, taking the better one without a lead was 0.003 worse than Gaussians always."""

Fit = Callable[[Array, Numbers], HeadModule]


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A way to fit, and how its heads do on trials that they had not learned from."""

    fit: Fit
    scores: Scores | None

    @property
    def macro_f1(self) -> float:
        """0 while nothing is known."""
        return self.scores.macro_f1.value if self.scores else 0.0


def fit_user_head(trials: Sequence[LabelledTrial], order: FitOrder) -> FitResult:
    """Fit Gaussians and a tuned MLP, and give the one that does better when trials are left out in turn.

    The MLP must lead by ``MLP_LEAD`` of macro-F1. Where each gesture has only one trial nothing can be left out: then
    it is the Gaussians, as models/RESULTS.md measured. The MLP starts from the head before, unless trials are scored
    that this one had learned from; else from the population head; from neither if it is no MLP. The frozen part of the
    model is not touched, but for the statistics of a network of images, which become the user's (``own_norms.py``). The
    same trials and order give the same bytes.

    Raises:
        PlanInvalid: a gesture has no trial, there are less than two gestures, or the heads do not fit the trials.
        ModelUnreadable: a head to start from is damaged.
    """
    with _one_thread():
        seen = views(trials, order)
        material = Material.of(seen.new, order)
        known = partial(KnownHead.of, encoder=order.encoder, features=material.x.shape[1])
        population, previous = known(order.population), known(order.previous) if order.previous else None
        gaussians = _candidate(material, fit_gaussians)
        start = _start(material, population, previous, order.seed)
        mlp = _stopped_early(material, start, order.seed)
        kind: HeadKind = "mlp" if mlp.macro_f1 > gaussians.macro_f1 + MLP_LEAD else "gaussians"
        head = (mlp if kind == "mlp" else gaussians).fit(material.x, material.y)
        theirs = Material.of(seen.population, order), Material.of(seen.previous, order)
        report = _report(material, kind, (mlp, gaussians), (population, previous), theirs)
        report = report.model_copy(update={"simulated": order.simulated})
    spec = HeadSpec(kind=kind, labels=order.labels, encoder=order.encoder, effort=order.effort)
    return FitResult(head_graph(spec, tensors_of(head), seen.own), kind, report)


def warm_up() -> None:
    """Fit something small: what the libraries load at their first use is there before a user waits for it."""
    labels, features = ("a", "b"), np.eye(16, dtype=np.float32)
    trials = [LabelledTrial(label, number, features, np.arange(16)) for label in labels for number in (1, 2)]
    population = MLPHead(skip_init(nn.Linear, 16, 1), skip_init(nn.Linear, 1, 2), DROPOUT)
    with torch.no_grad():
        for weights in population.parameters():
            weights.zero_()
    onnx = head_graph(HeadSpec(kind="mlp", labels=labels, encoder=""), tensors_of(population))
    fit_user_head(trials, FitOrder(labels, "", rate_hz=16.0, population=onnx))


def _start(material: Material, population: KnownHead, previous: KnownHead | None, seed: int) -> MLPHead | None:
    rehearsed_only = (material.scored & material.old).any()  # the head before has seen these: scores would flatter
    heads = [population] if previous is None or rehearsed_only else [previous, population]
    starts = (head.start(material.labels, seed) for head in heads)
    return next((start for start in starts if start is not None), None)


def _stopped_early(material: Material, start: MLPHead | None, seed: int) -> Candidate:
    """The number of epochs with the best score; the largest while nothing is known."""
    plans = [replace(USER, epochs=epochs) for epochs in reversed(EPOCHS)]
    candidates = [_candidate(material, partial(_fit_mlp, start, seed, plan)) for plan in plans]
    return max(candidates, key=lambda candidate: candidate.macro_f1)


def _fit_mlp(start: MLPHead | None, seed: int, how: MLPTraining, x: Array, y: Numbers) -> MLPHead:
    own = [np.flatnonzero(y == k) for k in range(int(y.max()) + 1)]
    kept = np.concatenate([windows[spread(len(windows), MLP_WINDOWS)] for windows in own])
    return fit_mlp(x[kept], y[kept], start, seed, how)


def _candidate(material: Material, fit: Fit) -> Candidate:
    """Score a way to fit by leaving trials out in turn: (trial, K) answers of heads that had not seen the trial."""
    counts = np.zeros((len(material.gesture), len(material.labels)), np.int64)
    for fold in range(material.folds):
        out = (material.fold == fold)[material.trial]  # (window,)
        head = fit(material.x[~out], material.y[~out])
        counts += material.counts(out, answers(head, material.x[out]))
    return Candidate(fit, scores_of(counts, material.gesture, material.old_gestures))


def _report(
    material: Material,
    kind: HeadKind,
    fitted: tuple[Candidate, Candidate],
    known: tuple[KnownHead, KnownHead | None],
    theirs: tuple[Material, Material],
) -> Report:
    """``theirs``: the same trials with the features of the two heads that are known."""
    (mlp, gaussians), (population, previous) = fitted, known
    before = _scores_of_known(theirs[1], previous, material.scored & ~material.old)
    same = previous is not None and set(previous.spec.labels) == set(material.labels)
    after = (mlp if kind == "mlp" else gaussians).scores
    return Report(
        kind=kind,
        gestures=material.gestures,
        mlp=mlp.scores,
        gaussians=gaussians.scores,
        lda=_candidate(material, fit_head).scores,
        previous=before,
        population=_scores_of_known(theirs[0], population, material.scored),
        recommendation=advise(material.gestures, after, before if same else None),
    )


def _scores_of_known(material: Material, head: KnownHead | None, trials: Mask) -> Scores | None:
    return scores_of(head.counts(material, trials), material.gesture, material.old_gestures) if head else None


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sums in one order, hence the same bits on every machine of a kind."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
