"""Score a model by running it as it is served: filter, windows, ONNX graphs and decision of the live path."""

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from models.datasets.trials import Trial
from models.errors import DatasetError
from models.pipeline.decision import DecisionSpec, DecisionStage
from models.pipeline.electrode_grid import Grid
from models.pipeline.recognizer import Prediction, load_recognizer
from models.runtime import Model
from models.training.metrics import Scores, score


@dataclass(frozen=True, slots=True)
class Protocol:
    """What is scored; the defaults are those of the published baselines."""

    hop_s: float = 0.125
    skip_s: float = 0.5
    """Windows that start earlier in their trial are answered, but not scored."""
    smoothing: int = 5
    """Windows averaged for the smoothed score."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Scores per subject, window by window and smoothed, and what they rest on."""

    labels: tuple[str, ...]
    protocol: Protocol
    windows: int
    trials: int
    subjects: dict[str, Scores]
    smoothed: dict[str, Scores]
    pooled: Scores
    """All subjects' windows as one set."""
    images: dict[str, Scores] | None = None
    """Per subject, of the newest image of each window alone; ``None`` for a model of windows."""

    @property
    def macro_f1(self) -> float:
        """Macro-F1 window by window, mean over the subjects."""
        return float(np.mean([scores.macro_f1 for scores in self.subjects.values()]))

    @property
    def smoothed_macro_f1(self) -> float:
        """The same with smoothed decisions."""
        return float(np.mean([scores.macro_f1 for scores in self.smoothed.values()]))

    @property
    def accuracy(self) -> float:
        """Accuracy window by window, mean over the subjects."""
        return float(np.mean([scores.accuracy for scores in self.subjects.values()]))

    @property
    def image_accuracy(self) -> float | None:
        """Accuracy of single images, mean over the subjects; ``None`` for a model of windows."""
        if self.images is None:
            return None
        return float(np.mean([scores.accuracy for scores in self.images.values()]))

    @property
    def worst(self) -> str:
        """The subject with the lowest macro-F1."""
        return min(self.subjects, key=lambda subject: self.subjects[subject].macro_f1)


@dataclass(frozen=True, slots=True)
class _Answer:
    subject: str
    truth: int
    single: int
    smoothed: int
    image: int
    """Of the newest image alone; of a model of windows the same as ``single``."""


def evaluate(
    model: Model, trials: Sequence[Trial], protocol: Protocol = Protocol(), grid: Grid | None = None
) -> Evaluation:
    """Score a model on trials that it has not learned from.

    ``grid``: where their channels stand; ``None``: as those of its training. A model of images answers at its own hop.

    Raises:
        DatasetError: a trial has a label that the model does not know, or none is long enough.
        ModelMismatch: rate, channels or grid of a trial do not fit the model.
    """
    labels = model.head.spec.labels
    if unknown := {trial.label for trial in trials} - set(labels):
        raise DatasetError(
            f"model {model.spec.name} does not know {', '.join(sorted(unknown))}: leave those trials out"
        )
    if model.spec.images is not None:
        protocol, grid = replace(protocol, hop_s=model.spec.hop / model.spec.rate_hz), grid or model.spec.images.grid
    slow = _at_hop(model, protocol.hop_s)
    answers = [answer for trial in trials for answer in _answers(slow, trial, protocol, grid)]
    if not answers:
        raise DatasetError(f"no trial holds a window after its first {protocol.skip_s} s: record longer ones")
    subjects = sorted({answer.subject for answer in answers})
    of = {subject: [answer for answer in answers if answer.subject == subject] for subject in subjects}
    return Evaluation(
        labels,
        protocol,
        len(answers),
        len(trials),
        {subject: _score(part, len(labels)) for subject, part in of.items()},
        {subject: _score(part, len(labels), "smoothed") for subject, part in of.items()},
        _score(answers, len(labels)),
        {subject: _score(part, len(labels), "image") for subject, part in of.items()} if model.spec.images else None,
    )


def _at_hop(model: Model, hop_s: float) -> Model:
    """The same graphs, answering at another pace."""
    changed = copy(model)
    changed.spec = model.spec.model_copy(update={"hop": round(hop_s * model.spec.rate_hz)})
    return changed


def _answers(model: Model, trial: Trial, protocol: Protocol, grid: Grid | None) -> Iterator[_Answer]:
    model.spec.require(trial.rate_hz, trial.samples.shape[1], grid=grid)
    recognizer = load_recognizer(model, DecisionSpec())
    recognizer.arrange(grid)
    smooth = DecisionStage(DecisionSpec(smoothing=protocol.smoothing))
    first = model.spec.window + round(protocol.skip_s * trial.rate_hz)
    for prediction in recognizer.feed(trial.samples, 0):
        probabilities = np.asarray(prediction.probabilities)
        smoothed = smooth(np.log(np.maximum(probabilities, np.finfo(np.float64).tiny)))
        if prediction.index + 1 >= first:
            truth, single = recognizer.labels.index(trial.label), int(probabilities.argmax())
            yield _Answer(trial.subject, truth, single, smoothed.gesture, _image(model, prediction, single))


def _image(model: Model, prediction: Prediction, window: int) -> int:
    """What the newest image says alone."""
    if model.spec.images is None or prediction.features is None:
        return window
    return int(model.head(prediction.features).argmax())


def _score(
    answers: Iterable[_Answer], classes: int, which: Literal["single", "smoothed", "image"] = "single"
) -> Scores:
    truth, said = zip(*((answer.truth, getattr(answer, which)) for answer in answers), strict=True)
    return score(truth, said, classes)
