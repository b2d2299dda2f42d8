"""The whole live path of one stream as a plain object: feed it samples, it answers with predictions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from models.pipeline.decision import Decision, DecisionSpec, DecisionStage
from models.pipeline.filters import StreamFilter, design
from models.pipeline.intensity import EffortStage
from models.pipeline.ring import Windower
from models.runtime import Head, Model
from models.spec import ModelSpec

Samples = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Prediction:
    """A gesture, and the sample after which it was known."""

    index: int
    """Index of the last sample that it rests on."""
    gesture: str
    confidence: float
    probabilities: tuple[float, ...]
    """One per label, in the order of ``Recognizer.labels``."""
    accepted: bool
    """False when the decision stage does not stand by it, or the user is not active."""
    raw: Decision
    """What its window says alone, before smoothing, hold and the like."""
    intensity: float | None = None
    """From 0, rest, to 1, a firm effort of this gesture; ``None`` where the user's efforts were never measured."""
    active: bool | None = None
    """Whether the user contracts at all; ``None`` where nothing tells by amplitude, or rest is one of the labels."""
    features: npt.NDArray[np.float32] | None = field(default=None, compare=False, repr=False)
    """(feature,) of its window, from the frozen part: what a calibration learns from."""
    amplitude_uv: float = field(default=0.0, compare=False, repr=False)
    """Of its window, filtered; what intensity and gate are measured by."""


class Recognizer(Protocol):
    """Samples in, predictions out, as soon as each is known.

    How samples become answers is the recogniser's own affair: one window and one softmax, a vote over single frames,
    or a recurrent state. What it needs to remember between two feeds it keeps itself.
    """

    @property
    def spec(self) -> ModelSpec:
        """What the model expects."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """Gesture names, in the order of the probabilities."""
        ...

    @property
    def head(self) -> Head:
        """The head that answers."""
        ...

    @property
    def gaps(self) -> int:
        """How often what was remembered had to be forgotten."""
        ...

    @property
    def delay_ms(self) -> float:
        """How old, on average, the signal behind an answer is when its last sample arrives."""
        ...

    def use(self, head: Head) -> None:
        """Answer with another head from the next prediction on. Raises ``ModelMismatch`` if it is of another model."""
        ...

    def feed(self, samples: Samples, first: int) -> Iterator[Prediction]:
        """Take (time, channel) samples whose first has the index ``first``; yield each prediction once it is known.

        The answer depends on samples and indices only, never on how they were cut into chunks. A jump in the index,
        and a sample that is not finite, is a gap: what was remembered is forgotten, so nothing spans it.
        """
        ...


class WindowRecognizer:
    """Filter, window, encoder, head, decision: one prediction per hop."""

    def __init__(self, model: Model, decision: DecisionSpec) -> None:
        self.model = model
        spec = model.spec
        self._filter = StreamFilter(design(spec.filters, spec.rate_hz))
        self._windower = Windower(spec.window, spec.hop, spec.channels)
        self._encode = model.encoder.stream(spec.hop)
        self._decision = decision
        self._decide = DecisionStage(decision, self.labels)
        self._effort = EffortStage(model.head.spec.effort)
        self.delay_ms = spec.window_ms / 2 + (decision.smoothing - 1) / 2 * spec.hop_ms
        self.gaps = 0
        self._waiting: list[Samples] = []  # consecutive, from index _first to before _arrives
        self._first = self._arrives = 0
        self._start = 0  # index of the first sample since the last gap
        self._next: int | None = None  # index that continues what was filtered

    @property
    def spec(self) -> ModelSpec:
        """What the model expects."""
        return self.model.spec

    @property
    def labels(self) -> tuple[str, ...]:
        """Gesture names, in the order of the probabilities."""
        return self.model.head.spec.labels

    @property
    def head(self) -> Head:
        """The head that answers."""
        return self.model.head

    def use(self, head: Head) -> None:
        """See ``Recognizer.use``. What was smoothed is forgotten: it was of other gestures."""
        self.model = Model(self.model.encoder, head)
        self._effort = EffortStage(head.spec.effort)
        self._decide = DecisionStage(self._decision, self.labels)

    def feed(self, samples: Samples, first: int) -> Iterator[Prediction]:
        """See ``Recognizer.feed``.

        Samples wait until a window is due, and are filtered then, all at once: a filter call costs much more than a
        sample. Raises ``ValueError`` for another number of channels.
        """
        if samples.shape[1:] != (self.spec.channels,):
            raise ValueError(f"samples of {self.spec.channels} channels were promised, these are {samples.shape}")
        if hole := first != self._arrives:
            yield from self._recognise()  # what waits lies before it
        if not self._waiting:
            self._first = first
        self._waiting.append(samples)
        self._arrives = first + len(samples)
        if hole or self._arrives - self._first >= self._windower.missing:
            yield from self._recognise()

    def _recognise(self) -> Iterator[Prediction]:
        if not self._waiting:
            return
        samples = np.concatenate(self._waiting) if len(self._waiting) > 1 else self._waiting[0]
        self._waiting.clear()
        for index, run in finite_runs(samples, self._first):
            if index != self._next:
                self._restart(index)
            self._next = index + len(run)
            for end, window in self._windower.feed(self._filter(run)):
                yield self._predict(self._start + end - 1, window)

    def _restart(self, index: int) -> None:
        self.gaps += self._next is not None
        self._filter.reset()
        self._windower.reset()
        self._encode.reset()
        self._decide.reset()
        self._effort.reset()
        self._start = index

    def _predict(self, index: int, window: npt.NDArray[np.float32]) -> Prediction:
        if self._effort.feel(window):
            self._decide.reset()  # windows of rest have no vote on what begins now
        features = self._encode(window, index - self._start + 1)
        decision = self._decide(self.model.head(features))
        active = self._effort.active
        return Prediction(
            index,
            self.labels[decision.gesture],
            decision.confidence,
            decision.probabilities,
            decision.accepted and active is not False,
            self._decide.raw,
            self._effort.intensity(decision.gesture),
            active,
            features,
            self._effort.amplitude_uv,
        )


def finite_runs(samples: Samples, first: int) -> Iterator[tuple[int, Samples]]:
    """Cut (time, channel) at samples that are not finite; yield (index of the first sample, run) of what remains."""
    if np.isfinite(samples).all():
        if len(samples):
            yield first, samples
        return
    finite = np.isfinite(samples).all(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], finite, [False]]).astype(np.int8)))
    for start, stop in edges.reshape(-1, 2):
        yield first + int(start), samples[start:stop]


def load_recognizer(model: Model, decision: DecisionSpec) -> Recognizer:
    """The recogniser for a model's kind."""
    return WindowRecognizer(model, decision)
