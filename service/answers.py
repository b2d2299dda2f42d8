"""What a stream answers: recogniser and head, changed between two chunks, and each prediction on its way to the hub."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from drivers.source import Chunk
from models.errors import ModelMismatch
from models.pipeline.recognizer import Prediction, Recognizer
from models.runtime import Head
from models.spec import ModelSpec
from service.frames import prediction_frame, raw_frame
from service.hub import Hub
from service.latency import Latencies
from service.messages import EVERYBODY, HeadChanged, HeadInfo, Hello

log = logging.getLogger(__name__)

#: Seconds between two lines about gaps: a bad cable makes hundreds of them.
GAP_LOG_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Change:
    """What is taken over before the next chunk."""

    worn: HeadInfo
    head: Head | None = None
    recognizer: Recognizer | None = None


class Answers:
    """Fed by one thread; heads and models are changed from any."""

    def __init__(self, recognizer: Recognizer, hub: Hub, hello: Callable[[], Hello]) -> None:
        self.population = recognizer.head
        """The head for everybody that came with the model."""
        self.recognizer = recognizer
        """The one in use."""
        self.wearing = EVERYBODY
        """Whose head is in use."""
        self.latencies = Latencies()
        self.count = 0
        """Predictions so far."""
        self.last_at: float | None = None
        """When the last one was made, on the monotonic clock."""
        self._hub, self._hello = hub, hello
        self._change: Change | None = None
        self._lock = threading.Lock()
        self._gaps_before = 0  # of recognisers that were replaced
        self._gaps_told = 0
        self._quiet_until = 0.0

    @property
    def spec(self) -> ModelSpec:
        """What the model expects that answers from the next chunk on."""
        change = self._change
        return (change.recognizer if change and change.recognizer else self.recognizer).spec

    @property
    def encoder(self) -> str:
        """SHA-256 of the frozen graph on whose features every head works."""
        return self.population.spec.encoder

    @property
    def worn(self) -> HeadInfo:
        """Whose head answers from the next chunk on."""
        change = self._change
        return self.wearing if change is None else change.worn

    @property
    def gaps(self) -> int:
        """How often filter and window began anew."""
        return self._gaps_before + self.recognizer.gaps

    def wear(self, head: Head, worn: HeadInfo) -> None:
        """Answer with this head from the next prediction on; subscribers are told in between.

        Raises:
            ModelMismatch: the head was fitted on the features of another model.
        """
        with self._lock:  # another model may be on its way
            if head.spec.encoder != self.encoder or not head.fits(self.spec):
                raise ModelMismatch(
                    f"the head of {worn.user or 'everybody'} was not fitted on the features of {self.spec.name}: "
                    "choose a stream with the model that it was calibrated on, or calibrate again"
                )
            recognizer = None if self._change is None else self._change.recognizer
            self._change = Change(worn, head, recognizer)

    def use(self, recognizer: Recognizer) -> None:
        """Answer with another model, and its head for everybody; subscribers receive a hello."""
        with self._lock:
            self.population = recognizer.head
            self._change = Change(EVERYBODY, recognizer=recognizer)

    def feed(self, chunk: Chunk, since: int = 0) -> list[Prediction]:
        """Make predictions of a chunk; those from index ``since`` on go to the hub, each as soon as it is known."""
        if self._change is not None:
            self._take_over()
        began_ns, predictions = time.monotonic_ns(), []
        for prediction in self.recognizer.feed(chunk.samples, chunk.first):
            if prediction.index >= since:
                self._post(prediction, chunk, began_ns)
            predictions.append(prediction)
        if self.gaps > self._gaps_told:
            self._tell_of_gaps()
        return predictions

    def _post(self, prediction: Prediction, chunk: Chunk, began_ns: int) -> None:
        frame = prediction_frame(self.count, prediction, self.recognizer, chunk, began_ns)
        self._hub.post(frame, partial(raw_frame, frame, prediction, self.recognizer.labels))
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
        if change.head is not None:
            self.recognizer.use(change.head)
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
                "%d gaps so far: samples are missing or are no numbers; after each, a whole window must fill before "
                "the next prediction",
                self._gaps_told,
            )
