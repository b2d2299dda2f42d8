"""The whole live path of one stream as a plain object: feed it samples, it answers with predictions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from models.pipeline.decision import Decision, DecisionSpec, DecisionStage
from models.pipeline.electrode_grid import Grid
from models.pipeline.filters import StreamFilter, design
from models.pipeline.frame_stream import FrameStream
from models.pipeline.intensity import EffortStage
from models.pipeline.ring import Windower
from models.pipeline.shared_frames import FeatureStream
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
    """(feature,) of its window, or of its newest image, from the frozen part: what a calibration learns from."""
    image: npt.NDArray[np.float32] | None = field(default=None, compare=False, repr=False)
    """(row, column), the newest one, of a model of kind ``frames``: what the statistics of its norms are taken from."""
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
    def model(self) -> Model:
        """That head, and the frozen part with the tensors that the head's user has in it."""
        ...

    @property
    def gaps(self) -> int:
        """How often what was remembered had to be forgotten."""
        ...

    @property
    def delay_ms(self) -> float:
        """How old, on average, the signal behind an answer is when its last sample arrives."""
        ...

    @property
    def dead(self) -> tuple[int, ...]:
        """Channels without a signal that their neighbours on the grid stand in for at the moment."""
        ...

    def use(self, model: Model) -> None:
        """Answer with another head of the same model from the next prediction on, see ``Model.with_head``."""
        ...

    def arrange(self, grid: Grid | None) -> None:
        """Take the source's channels for standing like this; what was remembered is forgotten.

        ``None``: as in training. Models of windows do not ask where a channel stands. Raises ``GridUnusable``.
        """
        ...

    def feed(self, samples: Samples, first: int) -> Iterator[Prediction]:
        """Take (time, channel) samples whose first has the index ``first``; yield each prediction once it is known.

        The answer depends on samples and indices only, never on how they were cut into chunks. A jump in the index,
        and a sample that is not finite, is a gap: what was remembered is forgotten, so nothing spans it.
        """
        ...


class WindowRecognizer:
    """Filter, window, encoder, head, decision: one prediction per hop.

    A window of a model of kind ``frames`` is what its images are made of: each has a vote, their log-probabilities are
    averaged. The head answers to all of them anew at each hop, so that one that is changed owes nothing to the other.
    """

    def __init__(self, model: Model, decision: DecisionSpec) -> None:
        self.model = model
        spec = model.spec
        self._filter = StreamFilter(design(spec.filters, spec.rate_hz))
        self._windower = Windower(spec.window, spec.hop, spec.channels)
        self._encode = self._stream(None)
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

    @property
    def dead(self) -> tuple[int, ...]:
        """See ``Recognizer.dead``."""
        return self._encode.dead if isinstance(self._encode, FrameStream) else ()

    def arrange(self, grid: Grid | None) -> None:
        """See ``Recognizer.arrange``."""
        self._encode = self._stream(grid)
        self._next = None if self._next is None else -1  # no sample continues what was filtered

    def use(self, model: Model) -> None:
        """See ``Recognizer.use``. What was smoothed is forgotten: it was of other gestures."""
        other_features = model.encoder is not self.model.encoder
        self.model = model
        if other_features and isinstance(self._encode, FrameStream):
            self._encode.use(model.encoder.images)
        elif other_features:
            self._encode = self._stream(None)
        self._effort = EffortStage(model.head.spec.effort)
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

    def _stream(self, grid: Grid | None) -> FeatureStream:
        encoder, spec = self.model.encoder, self.spec
        return FrameStream(encoder.images, spec, grid) if spec.images else encoder.stream(spec.hop)

    def _recognise(self) -> Iterator[Prediction]:
        if not self._waiting:
            return
        samples = np.concatenate(self._waiting) if len(self._waiting) > 1 else self._waiting[0]
        self._waiting.clear()
        for index, run in finite_runs(samples, self._first):
            if index != self._next:
                self._restart(index)
            self._next = index + len(run)
            if isinstance(self._encode, FrameStream):
                self._encode.watch(run)
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
        voters = np.atleast_2d(self._encode(window, index - self._start + 1))  # (image, feature), or (1, feature)
        decision = self._decide(self.model.head.batch(voters).mean(axis=0))
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
            voters[-1],
            self._encode.newest if isinstance(self._encode, FrameStream) else None,
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
