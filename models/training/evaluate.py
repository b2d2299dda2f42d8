"""Score a model by running it as it is served: filter, windows, ONNX graphs and decision of the live path."""

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np

from models.datasets.trials import Trial
from models.errors import DatasetError
from models.pipeline.decision import DecisionSpec, DecisionStage
from models.pipeline.recognizer import WindowRecognizer
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
    def worst(self) -> str:
        """The subject with the lowest macro-F1."""
        return min(self.subjects, key=lambda subject: self.subjects[subject].macro_f1)


@dataclass(frozen=True, slots=True)
class _Answer:
    subject: str
    truth: int
    single: int
    smoothed: int


def evaluate(model: Model, trials: Sequence[Trial], protocol: Protocol = Protocol()) -> Evaluation:
    """Score a model on trials that it has not learned from.

    Raises:
        DatasetError: a trial has a label that the model does not know, or none is long enough.
        ModelMismatch: rate or channels of a trial do not fit the model.
    """
    labels = model.head.spec.labels
    if unknown := {trial.label for trial in trials} - set(labels):
        raise DatasetError(
            f"model {model.spec.name} does not know {', '.join(sorted(unknown))}: leave those trials out"
        )
    slow = _at_hop(model, protocol.hop_s)
    answers = [answer for trial in trials for answer in _answers(slow, trial, protocol)]
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
        {subject: _score(part, len(labels), smoothed=True) for subject, part in of.items()},
        _score(answers, len(labels)),
    )


def _at_hop(model: Model, hop_s: float) -> Model:
    """The same graphs, answering at another pace."""
    changed = copy(model)
    changed.spec = model.spec.model_copy(update={"hop": round(hop_s * model.spec.rate_hz)})
    return changed


def _answers(model: Model, trial: Trial, protocol: Protocol) -> Iterator[_Answer]:
    model.spec.require(trial.rate_hz, trial.samples.shape[1])
    recognizer = WindowRecognizer(model, DecisionSpec())
    smooth = DecisionStage(DecisionSpec(smoothing=protocol.smoothing))
    first = model.spec.window + round(protocol.skip_s * trial.rate_hz)
    for prediction in recognizer.feed(trial.samples, 0):
        probabilities = np.asarray(prediction.probabilities)
        smoothed = smooth(np.log(np.maximum(probabilities, np.finfo(np.float64).tiny)))
        if prediction.index + 1 >= first:
            truth = recognizer.labels.index(trial.label)
            yield _Answer(trial.subject, truth, int(probabilities.argmax()), smoothed.gesture)


def _score(answers: Iterable[_Answer], classes: int, smoothed: bool = False) -> Scores:
    truth, single, smooth = zip(*((a.truth, a.single, a.smoothed) for a in answers), strict=True)
    return score(truth, smooth if smoothed else single, classes)
