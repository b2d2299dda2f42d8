"""One stream, from its source to its subscribers: source -> recogniser -> hub, in one thread that supervises itself."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from drivers.errors import DriverError, EndOfStream, RecordingError
from drivers.source import Chunk, Marker, Source, SourceInfo
from models.errors import ModelMismatch
from models.pipeline.recognizer import Prediction as Recognised
from models.pipeline.recognizer import Recognizer
from models.runtime import Head
from models.spec import ModelSpec
from service import messages
from service.hub import Hub
from service.recorder import BackgroundRecorder

log = logging.getLogger(__name__)

#: Seconds that a stopping service waits for a source.
STOP_S = 2.0
#: Seconds between two lines about gaps: a bad cable makes hundreds of them.
GAP_LOG_S = 10.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a stream may be silent."""

    poll_s: float = 0.02
    """Longest wait for samples; also how late silence is noticed."""
    stall_s: float = 0.08
    """Silence after which subscribers are told; with ``poll_s`` it stays within the promised 100 ms."""
    retry_s: tuple[float, ...] = (0.1, 0.2, 0.5, 1.0, 2.0)
    """Pauses before the source is opened again; the last one repeats."""


class Listener(Protocol):
    """Someone who hears a stream in its reader's thread, and so never waits."""

    def take(self, chunk: Chunk, predictions: Sequence[Recognised]) -> None:
        """Samples, and what was made of them."""
        ...

    def tell(self, state: messages.StreamState, message: str) -> None:
        """The stream changed its state."""
        ...


class Live:
    """A running stream.

    Constructing only remembers. ``open`` opens the source and checks that the model fits it; ``start`` reads it in a
    thread of its own, from which frames leave through the hub. A device that goes away is opened again, for as long
    as it takes; a bug ends the stream as ``failed`` and is reported through ``on_failure``.
    """

    def __init__(self, name: str, source: Source, recognizer: Recognizer, patience: Patience | None = None) -> None:
        self.name = name
        self.hub = Hub()
        self._source = source
        self._recognizer = recognizer
        self._patience = patience or Patience()
        self._state: messages.StreamState = "starting"
        self._message = "waiting for the first samples"
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_open = False
        self._info: SourceInfo  # set by open, kept while the device is away
        self._samples = self._seq = self._lost_before = 0
        self._offset = self._next = 0  # the stream's sample index goes on growing when the source is opened again
        self._gaps_told = 0
        self._quiet_until = 0.0
        self._predicted_at: float | None = None
        self._recorder: BackgroundRecorder | None = None
        self._listeners: tuple[Listener, ...] = ()
        self.population = recognizer.head
        """The head for everybody that came with the model."""
        self._worn = messages.EVERYBODY
        self._next_head: tuple[Head, messages.HeadInfo] | None = None
        self._button = threading.Lock()  # two clients may press it at once

    def open(self) -> None:
        """Open the source and refuse it if the model does not fit.

        Raises:
            DriverError: the source cannot be opened.
            ModelMismatch: the model wants another rate, number of channels or unit.
        """
        self._source.__enter__()
        self._is_open = True
        info = self._source.info
        for note in info.notes:
            log.warning("%s: %s", info.name, note)
        try:
            self._recognizer.spec.require(info.rate_hz, len(info.channels), info.unit)
        except ModelMismatch:
            self._close()  # a board that was told to stream is told to stop
            raise
        self._info = info

    def start(self, loop: asyncio.AbstractEventLoop, on_failure: Callable[[], None]) -> None:
        """Read the opened source in a thread; ``on_failure`` is called there if a bug ends it."""
        self.hub.attach(loop)
        self._thread = threading.Thread(target=self._run, args=(on_failure,), name=f"stream {self.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop reading and close the source; one that is stuck is left to its thread, which ends with the program."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(STOP_S)
            if self._thread.is_alive():
                log.warning("stream %s: its source does not let go", self.name)
                self._is_open = False
        if self._recorder is not None:
            self.stop_recording()
        self._close()

    def start_recording(self, path: Path) -> messages.RecordingInfo:
        """Record every sample from now on. Raises ``RecordingError`` if one is in the making, or none can be made."""
        with self._button:
            if self._recorder is not None:
                raise RecordingError(f"{self.name} is already recorded to {self._recorder.path.name}: stop that first")
            self._recorder = BackgroundRecorder(path, self._info)
            return self._recorder.describe()

    def listen(self, listener: Listener) -> None:
        """Hand every chunk and what was made of it to the listener from now on, in the reader's thread."""
        with self._button:
            self._listeners = (*self._listeners, listener)

    def leave(self, listener: Listener) -> None:
        """Hand nothing more to it."""
        with self._button:
            self._listeners = tuple(other for other in self._listeners if other is not listener)

    def wear(self, head: Head, worn: messages.HeadInfo) -> None:
        """Answer with this head from the next prediction on; subscribers are told in between.

        Raises:
            ModelMismatch: the head was fitted on the features of another model.
        """
        if head.spec.encoder != self.encoder or not head.fits(self.spec):
            raise ModelMismatch(
                f"the head of {worn.user or 'everybody'} was not fitted on the features of {self.spec.name}: "
                "choose a stream with the model that it was calibrated on, or calibrate again"
            )
        self._next_head = (head, worn)  # one assignment: the reader takes it whole, before its next chunk

    def stop_recording(self) -> messages.RecordingInfo:
        """Close the recording and say what is in it. Raises ``RecordingError`` if there is none."""
        with self._button:
            recorder, self._recorder = self._recording(), None
        return recorder.stop()

    def mark(self, text: str) -> None:
        """Put a word into the recording, at the newest sample. Raises ``RecordingError`` if there is none."""
        self._recording().mark(Marker(self._next, text))

    def note(self, index: int, text: str) -> None:
        """Put a word into the recording at a sample, if a recording is being made."""
        if (recorder := self._recorder) is not None:
            recorder.mark(Marker(index, text))

    def _recording(self) -> BackgroundRecorder:
        if self._recorder is None:
            raise RecordingError(f"{self.name} is not being recorded: start a recording first")
        return self._recorder

    # What clients may ask

    @property
    def spec(self) -> ModelSpec:
        """What the model expects."""
        return self._recognizer.spec

    @property
    def info(self) -> SourceInfo:
        """What the opened source says of itself."""
        return self._info

    @property
    def encoder(self) -> str:
        """SHA-256 of the frozen graph on whose features every head of this stream works."""
        return self.population.spec.encoder

    @property
    def worn(self) -> messages.HeadInfo:
        """Whose head answers, or will from the next chunk on."""
        change = self._next_head
        return self._worn if change is None else change[1]

    @property
    def index(self) -> int:
        """Index of the sample that comes next."""
        return self._next

    @property
    def counters(self) -> messages.Counters:
        """What the stream has seen and what it cost."""
        lost = self._lost_before + (self._source.losses.samples if self._is_open else 0)
        return messages.Counters(
            samples=self._samples,
            lost=lost,
            gaps=self._recognizer.gaps,
            predictions=self._seq,
            dropped=self.hub.dropped,
        )

    def describe(self) -> messages.StreamInfo:
        """The stream as clients see it."""
        info, spec = self._info, self._recognizer.spec
        age = None if self._predicted_at is None else 1000 * (time.monotonic() - self._predicted_at)
        return messages.StreamInfo(
            stream=self.name,
            source=info.name,
            simulated=info.simulated,
            model=spec.name,
            labels=self._recognizer.labels,
            head=self._worn,
            rate_hz=info.rate_hz,
            channels=info.channels,
            window=spec.window,
            hop=spec.hop,
            state=self._state,
            message=self._message,
            counters=self.counters,
            prediction_age_ms=age,
            subscribers=self.hub.subscribers,
            recording=self._recorder.describe() if self._recorder else None,
        )

    def hello(self) -> messages.Hello:
        """The first frame of a subscription."""
        known = self.describe().model_dump(include=set(messages.Hello.model_fields))
        return messages.Hello(**known)

    # In the reader's thread

    def _run(self, on_failure: Callable[[], None]) -> None:
        try:
            self._supervise()
        except Exception:
            log.exception("stream %s failed", self.name)
            self._enter("failed", "a bug ended this stream: please report the log, then restart the service")
            on_failure()

    def _supervise(self) -> None:
        pauses = self._pauses()
        while not self._stopping.is_set():
            try:
                if not self._is_open:
                    self._open_again()
                    pauses = self._pauses()
                self._read()
            except EndOfStream:
                self._enter("ended", "the recording is over")
                return
            except (DriverError, ModelMismatch) as error:  # away, or another device has come in its place
                self._enter("lost", str(error))
                self._close()
                self._stopping.wait(next(pauses))

    def _pauses(self) -> Iterator[float]:
        yield from self._patience.retry_s
        while True:
            yield self._patience.retry_s[-1]

    def _open_again(self) -> None:
        self.open()
        self._offset = self._next + 1  # at least one sample is missing: nothing may span the hole

    def _close(self) -> None:
        if self._is_open:
            self._lost_before += self._source.losses.samples
            self._is_open = False
            self._source.__exit__(None, None, None)

    def _read(self) -> None:
        heard = time.monotonic()
        while not self._stopping.is_set():
            chunk = self._source.read(self._patience.poll_s)
            if chunk is not None and len(chunk.samples):
                heard = time.monotonic()
                self._enter("live", "samples arrive")
                self._recognise(chunk.shifted(self._offset))
            elif time.monotonic() - heard > self._patience.stall_s:
                self._enter("stalled", "no samples arrive: check that the device is switched on and in reach")

    def _recognise(self, chunk: Chunk) -> None:
        self._change_head()
        began = time.monotonic_ns()
        predictions = []
        for prediction in self._recognizer.feed(chunk.samples, chunk.first):
            self.hub.post(self._frame(prediction, chunk, began))
            self._predicted_at = time.monotonic()
            predictions.append(prediction)
        self._next = chunk.first + len(chunk.samples)
        self._samples += len(chunk.samples)
        self._tell_of_gaps()
        if (recorder := self._recorder) is not None:  # another thread may stop it meanwhile
            recorder.take(chunk)
        for listener in self._listeners:
            listener.take(chunk, predictions)

    def _change_head(self) -> None:
        change, self._next_head = self._next_head, None
        if change is not None:
            head, self._worn = change
            self._recognizer.use(head)
            self.hub.post(messages.HeadChanged(head=self._worn, labels=self._recognizer.labels))

    def _tell_of_gaps(self) -> None:
        """Log new gaps, but no more often than a person could read it."""
        now = time.monotonic()
        if self._recognizer.gaps > self._gaps_told and now >= self._quiet_until:
            self._gaps_told, self._quiet_until = self._recognizer.gaps, now + GAP_LOG_S
            log.warning(
                "stream %s: %d gaps so far: samples are missing or are no numbers; after each, a whole window must "
                "fill before the next prediction",
                self.name,
                self._gaps_told,
            )

    def _frame(self, prediction: Recognised, chunk: Chunk, began: int) -> messages.Prediction:
        into_chunk = prediction.index - chunk.first
        frame = messages.Prediction(
            seq=self._seq,
            index=prediction.index,
            device_s=chunk.device_s + into_chunk / self._info.rate_hz,
            arrived_ns=chunk.arrived_ns,
            gesture=prediction.gesture,
            confidence=prediction.confidence,
            probabilities=prediction.probabilities,
            accepted=prediction.accepted,
            intensity=prediction.intensity,
            active=prediction.active,
            latency=messages.Latency(
                signal_ms=self._recognizer.delay_ms,
                wait_ms=(began - chunk.arrived_ns) / 1e6,
                compute_ms=(time.monotonic_ns() - began) / 1e6,
            ),
        )
        self._seq += 1
        return frame

    def _enter(self, state: messages.StreamState, message: str) -> None:
        if (state, message) == (self._state, self._message):
            return
        first_samples = self._state == "starting" and state == "live"
        self._state, self._message = state, message
        log.info("stream %s: %s, %s", self.name, state, message)
        if not first_samples:  # nothing had been promised yet
            self.hub.post(messages.Status(state=state, message=message, counters=self.counters))
        for listener in self._listeners:
            listener.tell(state, message)
