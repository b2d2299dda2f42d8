"""The live path of text, gesture events and movement: samples in, answers out, with the sample that each rests on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from models.errors import ModelMismatch
from models.pipeline.ctc import BeamText, TextDecoder, TextUpdate
from models.pipeline.electrode_grid import Grid
from models.pipeline.event_decoder import EventDecoder, EventKind
from models.pipeline.ngram import LanguageModel
from models.pipeline.recognizer import finite_runs
from models.pipeline.sequence_steps import Steps
from models.pipeline.sequence_stream import SequenceStream
from models.pipeline.symbols import BLANK, CLASS_OF
from models.runtime import Array
from models.sequence_runtime import SequenceModel
from models.spec import ModelSpec


@dataclass(frozen=True, slots=True)
class TypedText:
    """What is typed, as far as it is known."""

    index: int
    """Index of the last sample that was heard for it."""
    stable: str
    """Symbols that have become final, to append to those before."""
    tail: str
    """The likeliest symbols after them, all of which may still change."""
    settled: int
    """How many symbols are final by now, since the recogniser was made."""


@dataclass(frozen=True, slots=True)
class NoticedEvent:
    """Something that a hand did."""

    index: int
    """Index of the last sample of the frame in which it was noticed."""
    label: str
    kind: EventKind
    score: float
    """Its probability there; 0 for a release that was missed, or that a gap hides."""
    pressed: tuple[str, ...]
    """Fingers that are pressed after it."""


@dataclass(frozen=True, slots=True)
class Movement:
    """How fast something moves."""

    index: int
    """Index of the last sample that was heard for it."""
    speeds: tuple[float, ...]
    """Degrees per second, one per label of the model."""


Told = TypedText | NoticedEvent | Movement


class Reading(Protocol):
    """What the numbers of a network mean. ``index`` is of the last sample behind them."""

    def feed(self, answers: Array, index: int) -> Iterator[Told]:
        """(answer, class) -> what they tell."""
        ...

    def finish(self, index: int) -> Iterator[Told]:
        """What a gap makes final; everything else is forgotten."""
        ...


class ReadText:
    """Log-probabilities of symbols and a blank, as text. Raises ``ModelMismatch`` for symbols that nobody can type."""

    def __init__(self, spec: ModelSpec, decoder: TextDecoder) -> None:
        labels = spec.require_sequence().labels
        if unknown := [label for label in labels if label not in CLASS_OF]:
            raise ModelMismatch(
                f"model {spec.name} answers with {unknown[0]!r}, which is no key of a keyboard: "
                "train it on the symbols of models/pipeline/symbols.py"
            )
        self._classes = [*(CLASS_OF[label] for label in labels), BLANK]
        self._decoder = decoder
        self._before = 0  # symbols that were final at the last gap
        self._tail = ""

    def feed(self, answers: Array, index: int) -> Iterator[TypedText]:
        """See ``Reading``: nothing where nothing changed."""
        frames = np.full((len(answers), BLANK + 1), -np.inf, np.float32)
        frames[:, self._classes] = answers
        yield from self._told(self._decoder.feed(frames), index)

    def finish(self, index: int) -> Iterator[TypedText]:
        """See ``Reading``."""
        last = self._decoder.finish()
        yield from self._told(last, index)
        self._before += last.settled
        self._decoder.reset()

    def _told(self, update: TextUpdate, index: int) -> Iterator[TypedText]:
        if update.stable or update.tail != self._tail:
            self._tail = update.tail
            yield TypedText(index, update.stable, update.tail, self._before + update.settled)


class ReadEvents:
    """Probabilities of events, as events."""

    def __init__(self, spec: ModelSpec) -> None:
        self._hop = spec.hop
        self._decoder = EventDecoder(spec.require_sequence().labels, spec.rate_hz / spec.hop)
        self._frames = 0  # since the last gap
        self._pressed: set[str] = set()

    def feed(self, answers: Array, index: int) -> Iterator[NoticedEvent]:
        """See ``Reading``."""
        self._frames += len(answers)
        for event in self._decoder.feed(answers):
            ago = (self._frames - 1 - event.frame) * self._hop
            yield self._noticed(index - ago, event.label, event.kind, event.score)

    def finish(self, index: int) -> Iterator[NoticedEvent]:
        """See ``Reading``: what is pressed is let go, for nobody saw how it went on."""
        for finger in sorted(self._pressed):
            yield self._noticed(index, f"{finger}_release", "release", 0.0)
        self._decoder.reset()
        self._frames = 0

    def _noticed(self, index: int, label: str, kind: EventKind, score: float) -> NoticedEvent:
        if kind == "press":
            self._pressed.add(label.removesuffix("_press"))
        elif kind == "release":
            self._pressed.discard(label.removesuffix("_release"))
        return NoticedEvent(index, label, kind, score, tuple(sorted(self._pressed)))


def no_language(spec: ModelSpec) -> ModelMismatch:
    """What to say where a language model is given to a model that does not answer with text."""
    return ModelMismatch(
        f"model {spec.name} is of kind {spec.kind} and answers with no text: leave the language model out, or choose "
        "a model of kind sequence"
    )


class ReadSpeeds:
    """Speeds, as they are."""

    def __init__(self, spec: ModelSpec) -> None:
        self._hop = spec.hop

    def feed(self, answers: Array, index: int) -> Iterator[Movement]:
        """See ``Reading``."""
        first = index - (len(answers) - 1) * self._hop
        for number, speeds in enumerate(answers.tolist()):
            yield Movement(first + number * self._hop, tuple(speeds))

    def finish(self, index: int) -> Iterator[Movement]:
        """See ``Reading``: nobody knows how it went on, and nothing waits."""
        yield from ()


class SequenceRecognizer:
    """Filter, front end, a network that remembers, decoder. Kept to what ``Recognizer`` promises, without a head."""

    dead: Final[tuple[int, ...]] = ()

    def __init__(self, model: SequenceModel, reading: Reading) -> None:
        self.spec = spec = model.spec
        self.labels = spec.require_sequence().labels
        self.gaps = 0
        self._stream = SequenceStream(model)
        self._reading = reading
        self._steps = Steps(spec)
        self.delay_ms = (spec.window_ms + (self._steps.hops - 1) * spec.hop_ms) / 2
        self._start = 0  # index of the first sample since the last gap
        self._answered = 0  # since then
        self._next: int | None = None  # index that continues what was heard

    @property
    def model(self) -> SequenceModel:
        """What answers, with its user's own tensors."""
        return self._stream.model

    def use(self, model: SequenceModel) -> None:
        """Answer with another user's tensors in the same graph, from the next step on."""
        self._stream.use(model)

    def arrange(self, grid: Grid | None) -> None:
        """See ``Recognizer.arrange``: where channels stand is not asked."""
        self._next = None if self._next is None else -1  # no sample continues what was heard

    def feed(self, samples: Array, first: int) -> Iterator[Told]:
        """See ``Recognizer.feed``; at a gap a text is final as it stands, and what was pressed is let go.

        Raises ``ValueError`` for another number of channels.
        """
        if samples.shape[1:] != (self.spec.channels,):
            raise ValueError(f"samples of {self.spec.channels} channels were promised, these are {samples.shape}")
        for index, run in finite_runs(samples, first):
            if index != self._next:
                yield from self._restart(index)
            self._next = index + len(run)
            for step in self._steps.feed(run):
                yield from self._answer(step)

    def _answer(self, samples: Array) -> Iterator[Told]:
        answers = self._stream.feed(samples)
        self._answered += len(answers)
        if len(answers):
            yield from self._reading.feed(answers, self._index)

    @property
    def _index(self) -> int:
        """Of the last sample behind the newest answer."""
        return self._start + self.spec.window + (self._answered - 1) * self.spec.hop - 1

    def _restart(self, index: int) -> Iterator[Told]:
        rest = self._steps.restart()
        if self._next is not None:
            self.gaps += 1
            yield from self._answer(rest)
            yield from self._reading.finish(self._index)
        self._stream.reset()
        self._answered, self._start = 0, index


def load_sequence_recognizer(model: SequenceModel, language: LanguageModel | None = None) -> SequenceRecognizer:
    """The recogniser for a model's kind; text is searched for together with a language model, if there is one.

    Raises:
        ModelMismatch: it cannot answer live, or its answers are none of a language.
    """
    spec = model.spec
    spec.require_live()
    if spec.kind == "sequence":
        decoder = BeamText(bonus=0.0) if language is None else BeamText(language)
        return SequenceRecognizer(model, ReadText(spec, decoder))
    if language is not None:
        raise no_language(spec)
    return SequenceRecognizer(model, ReadEvents(spec) if spec.kind == "events" else ReadSpeeds(spec))
