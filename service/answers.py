"""What a stream answers: recogniser and head, changed between two chunks, and each prediction on its way to the hub."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from drivers.source import Chunk
from models.errors import ModelMismatch
from models.pipeline.any_recognizer import Answer, AnyRecognizer
from models.pipeline.recognizer import Prediction
from models.pipeline.sequence_recognizer import SequenceRecognizer, TypedText
from models.runtime import Head, Model
from models.sequence_runtime import SequenceModel
from models.spec import ModelSpec, no_gestures
from service import messages
from service.frames import frame_of, raw_frame
from service.hub import Hub
from service.latency import Latencies
from service.messages import EVERYBODY, HeadChanged, HeadInfo, Hello

T = TypeVar("T")

log = logging.getLogger(__name__)

#: Seconds between two lines about gaps: a bad cable makes hundreds of them.
GAP_LOG_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Change:
    """What is taken over before the next chunk."""

    worn: HeadInfo
    model: Model | SequenceModel | None = None
    recognizer: AnyRecognizer | None = None


class Answers:
    """Fed by one thread; heads and models are changed from any.

    Only a model of gestures has a head for everybody: whoever asks for one where the stream answers with text or events
    hears ``ModelMismatch``. There a user's head stands for the tensors that it brings, and none for everybody's.
    """

    def __init__(self, recognizer: AnyRecognizer, hub: Hub, hello: Callable[[], Hello]) -> None:
        self.recognizer = recognizer
        """The one in use."""
        self.wearing = EVERYBODY
        """Whose head is in use."""
        self.latencies = Latencies()
        self.count = 0
        """Predictions, texts or events so far."""
        self.last_at: float | None = None
        """When the last one was made, on the monotonic clock."""
        self._hub, self._hello = hub, hello
        self._change: Change | None = None
        self._population = _head_of(recognizer)
        self._put_on = (self._population, EVERYBODY)
        self._lock = threading.Lock()
        self._gaps_before = 0  # of recognisers that were replaced
        self._gaps_told = 0
        self._quiet_until = 0.0

    @property
    def next(self) -> AnyRecognizer:
        """The recogniser that answers from the next chunk on."""
        change = self._change
        return change.recognizer if change and change.recognizer else self.recognizer

    @property
    def spec(self) -> ModelSpec:
        """What it expects."""
        return self.next.spec

    @property
    def of_gestures(self) -> bool:
        """Whether it has a head."""
        return self._population is not None

    @property
    def population(self) -> Head:
        """The head for everybody that came with the model."""
        return self._required(self._population)

    @property
    def encoder(self) -> str:
        """SHA-256 of the frozen graph on whose features every head works."""
        recognizer = self.next
        if isinstance(recognizer, SequenceRecognizer):
            return recognizer.model.fingerprint
        return self.population.spec.encoder

    @property
    def everybodys(self) -> Model:
        """The model with that head."""
        return self._model.with_head(self.population)

    @property
    def sequence_model(self) -> SequenceModel:
        """The network of text, events or movement that answers, with everybody's tensors. Raises ``ModelMismatch``."""
        recognizer = self.next
        if not isinstance(recognizer, SequenceRecognizer):
            raise ModelMismatch(f"model {self.spec.name} answers with gestures: choose one of text or events")
        return recognizer.model.with_own({})

    @property
    def worn(self) -> HeadInfo:
        """Whose head answers from the next chunk on."""
        return self._put_on[1]

    @property
    def head(self) -> Head | None:
        """The head itself; ``None``: everybody's tensors, of a model that has no head."""
        return self._put_on[0]

    @property
    def _model(self) -> Model:
        recognizer = self.next
        return self._required(None if isinstance(recognizer, SequenceRecognizer) else recognizer.model)

    def _required(self, part: T | None) -> T:
        if part is None:
            raise no_gestures(self.spec)
        return part

    @property
    def gaps(self) -> int:
        """How often filter and window began anew."""
        return self._gaps_before + self.recognizer.gaps

    def wear(self, head: Head | None, worn: HeadInfo) -> tuple[Head | None, HeadInfo]:
        """Answer with this head from the next prediction on; subscribers are told in between. What it replaces.

        ``None``: with everybody's.

        Raises:
            ModelMismatch: the head was fitted on the features of another model, or its tensors are not for this one.
        """
        with self._lock:  # another model may be on its way
            head = head or self._population
            if head is not None and (head.spec.encoder != self.encoder or not head.fits(self.spec)):
                raise ModelMismatch(
                    f"the head of {worn.user or 'everybody'} was not fitted on the features of {self.spec.name}: "
                    "choose a stream with the model that it was calibrated on, or calibrate again"
                )
            model = self._with(head)
            recognizer = None if self._change is None else self._change.recognizer
            self._change = Change(worn, model, recognizer)
            before, self._put_on = self._put_on, (head, worn)
        return before

    def _with(self, head: Head | None) -> Model | SequenceModel:
        recognizer = self.next
        if isinstance(recognizer, SequenceRecognizer):
            return recognizer.model.with_own({} if head is None else head.own)
        return recognizer.model.with_head(head or self.population)

    def use(self, recognizer: AnyRecognizer) -> None:
        """Answer with another model, and its head for everybody; subscribers receive a hello."""
        with self._lock:
            self._population = _head_of(recognizer)
            self._change = Change(EVERYBODY, recognizer=recognizer)
            self._put_on = (self._population, EVERYBODY)

    def feed(self, chunk: Chunk, since: int = 0) -> list[Prediction]:
        """Answer to a chunk; the predictions.

        What rests on index ``since`` or later goes to the hub, each as soon as it is known; text goes there always.
        """
        if self._change is not None:
            self._take_over()
        began_ns, predictions = time.monotonic_ns(), []
        for answer in self.recognizer.feed(chunk.samples, chunk.first):
            if answer.index >= since or isinstance(answer, TypedText):
                self._post(answer, chunk, began_ns)
            if isinstance(answer, Prediction):
                predictions.append(answer)
        if isinstance(self.recognizer, SequenceRecognizer):
            self.last_at = time.monotonic()  # nothing to tell is an answer, too
        if self.gaps > self._gaps_told:
            self._tell_of_gaps()
        return predictions

    def _post(self, answer: Answer, chunk: Chunk, began_ns: int) -> None:
        frame = frame_of(self.count, answer, self.recognizer, chunk, began_ns)
        if isinstance(frame, messages.Prediction) and isinstance(answer, Prediction):
            self._hub.post(frame, partial(raw_frame, frame, answer, self.recognizer.labels))
        else:
            self._hub.post(frame)
        self.latencies.observe(frame.latency)
        self.count += 1
        self.last_at = time.monotonic()

    def _take_over(self) -> None:
        with self._lock:
            change, self._change = self._change, None
        if change is None:
            return
        self.wearing = change.worn
        if change.recognizer is not None:
            self._gaps_before = self.gaps
            self.recognizer = change.recognizer
        if isinstance(self.recognizer, SequenceRecognizer):
            if isinstance(change.model, SequenceModel):
                self.recognizer.use(change.model)
        elif isinstance(change.model, Model):
            self.recognizer.use(change.model)
        if change.recognizer is not None:
            self._hub.post(self._hello().model_copy(update={"next_seq": self.count}))  # the hub is behind this thread
        else:
            self._hub.post(HeadChanged(head=self.wearing, labels=self.recognizer.labels))

    def _tell_of_gaps(self) -> None:
        """Log new gaps, but no more often than a person could read it."""
        now = time.monotonic()
        if now >= self._quiet_until:
            self._gaps_told, self._quiet_until = self.gaps, now + GAP_LOG_S
            log.warning(
                "%d gaps so far: samples are missing or are no numbers; after each, what was heard before is "
                "forgotten: a whole window must fill before the next prediction",
                self._gaps_told,
            )


def _head_of(recognizer: AnyRecognizer) -> Head | None:
    return None if isinstance(recognizer, SequenceRecognizer) else recognizer.head
