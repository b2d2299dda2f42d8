"""One stream, from its source to its subscribers: source -> recogniser -> hub. A watcher sees that it goes on."""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import SimpleQueue
from secrets import token_hex
from typing import Final, Protocol

from drivers.errors import RecordingError
from drivers.source import Chunk, Marker, Performer, Source, SourceInfo
from models.errors import ModelMismatch
from models.pipeline.any_recognizer import AnyRecognizer
from models.pipeline.recognizer import Prediction as Recognised
from models.spec import ModelSpec
from service import messages
from service.answers import Answers
from service.frames import answers_of
from service.held import HeldUp
from service.hub import Hub
from service.reader import Patience, Reader
from service.recordings.recorder import Tape

log = logging.getLogger(__name__)

#: Seconds that a stopping service waits for a source.
STOP_S: Final = 1.0
#: Seconds between two looks at a silent stream.
LOOK_S: Final = 0.1
#: Seconds until the next look if the reader is at work at this very moment.
BUSY_S: Final = 0.01

#: Readers at work at a time. More than there are cores would queue for the interpreter after every call of a library:
#: 64 streams then stood still.
CORES: Final[SimpleQueue[int]] = SimpleQueue()
for core in range(os.cpu_count() or 1):
    CORES.put(core)

#: States in which no samples are expected any more.
OVER: Final = frozenset({"ended", "failed"})


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
    as it takes; a driver that hangs is given up and replaced; a bug ends the stream as ``failed`` and is reported
    through ``on_failure``. Silence is noticed on the event loop, so that a driver that hangs cannot hide it.
    """

    def __init__(
        self,
        name: str,
        make_source: Callable[[], Source],
        recognizer: AnyRecognizer,
        patience: Patience | None = None,
        safe_gesture: str | None = None,
    ) -> None:
        self.name = name
        self.hub = Hub()
        self.run = token_hex(4)
        """Random name of this run of the stream."""
        self.answers = Answers(recognizer, self.hub, self.hello)
        """Model and head, and what they make of the samples."""
        self.tape = Tape(name)
        """The record button."""
        self._make_source = make_source
        self._patience = patience or Patience()
        self._safe_gesture = safe_gesture
        self._state: messages.StreamState = "starting"
        self._message = "waiting for the first samples"
        self._gate = threading.RLock()  # what samples and silence change
        self._reader: Reader | None = None
        self._stopped = False
        self._info: SourceInfo  # set by open, kept while the device is away
        self._heard = 0.0
        self._held: HeldUp | None = None
        self._working_since: float | None = None  # on samples, while they are worked on
        self._samples = self._lost_before = 0
        self._offset = self._next = 0  # the stream's sample index goes on growing when the source is opened again
        self._listeners: tuple[Listener, ...] = ()

    def open(self) -> None:
        """Open the source and refuse it if the model does not fit.

        Raises:
            DriverError: the source cannot be opened.
            ModelMismatch: the model wants another rate, number of channels, unit or grid.
        """
        source = self._make_source()
        source.__enter__()
        try:
            self._require_fit(source.info, self.answers.spec)
        except ModelMismatch:
            source.__exit__(None, None, None)  # a board that was told to stream is told to stop
            raise
        self._info = source.info
        self.answers.recognizer.arrange(source.info.grid)
        self._reader = Reader(self.name, source, self, self._patience)

    def expect(self) -> None:
        """Serve without the device, which is opened as soon as it is there."""
        spec = self.answers.spec
        grid = None if spec.images is None else spec.images.grid
        self._info = SourceInfo("a device that is not there yet", spec.rate_hz, ("?",) * spec.channels, grid=grid)
        self._reader = Reader(self.name, self._make_source(), self, self._patience, is_open=False)

    def start(self, loop: asyncio.AbstractEventLoop, on_failure: Callable[[], None]) -> None:
        """Read the opened source in a thread; ``on_failure`` is called there if a bug ends it. On the event loop."""
        self._on_failure = on_failure
        self.hub.attach(loop)
        self._heard = time.monotonic()
        self._require_reader().start(self._fail)
        loop.call_later(self._patience.stall_s, self._watch, loop)

    def stop(self) -> None:
        """Stop reading and close the source; one that is stuck is left to its thread, which ends with the program."""
        with self._gate:  # the watcher puts no other reader in its place from here on
            if self._stopped:
                return
            self._stopped, reader = True, self._reader
        if reader is not None and not reader.stop(STOP_S):
            log.warning("stream %s: its source does not let go", self.name)
        self.tape.close()

    def listen(self, listener: Listener) -> None:
        """Hand every chunk and what was made of it to the listener from now on, in the reader's thread."""
        with self._gate:
            self._listeners = (*self._listeners, listener)

    def leave(self, listener: Listener) -> None:
        """Hand nothing more to it."""
        with self._gate:
            self._listeners = tuple(other for other in self._listeners if other is not listener)

    def use(self, recognizer: AnyRecognizer) -> None:
        """Answer with another model, once its first window is full. Raises ``ModelMismatch`` if it does not fit."""
        self._require_fit(self._info, recognizer.spec)
        recognizer.arrange(self._info.grid)
        self.answers.use(recognizer)

    def record(self, path: Path) -> messages.RecordingInfo:
        """Record every sample from now on. Raises ``RecordingError`` if that is done already, or impossible."""
        if not self._samples and not self._require_reader().is_open:
            raise RecordingError(f"{self.name}: the device was not here yet: switch it on, then start a recording")
        return self.tape.start(path, self._info)

    def mark(self, text: str) -> None:
        """Put a word into the recording, at the newest sample. Raises ``RecordingError`` if there is none."""
        self.tape.mark(Marker(self._next, text))

    def note(self, index: int, text: str) -> None:
        """Put a word into the recording at a sample, if a recording is being made."""
        self.tape.note(Marker(index, text))

    def perform(self, gesture: str | None) -> None:
        """Have a simulated user do this; ``None``: whatever they like. People read their prompts."""
        reader = self._reader
        if reader is not None and isinstance(reader.source, Performer):
            reader.source.perform(gesture)

    # What clients may ask

    @property
    def info(self) -> SourceInfo:
        """What the opened source says of itself."""
        return self._info

    @property
    def index(self) -> int:
        """Index of the sample that comes next."""
        return self._next

    @property
    def interpolated(self) -> tuple[int, ...]:
        """Electrodes of a grid without a signal, which their neighbours stand in for."""
        return self.answers.recognizer.dead

    @property
    def counters(self) -> messages.Counters:
        """What the stream has seen and what it cost."""
        reader = self._reader
        lost = self._lost_before + (reader.source.losses.samples if reader is not None and reader.is_open else 0)
        return messages.Counters(
            samples=self._samples,
            lost=lost,
            gaps=self.answers.gaps,
            predictions=self.answers.count,
            dropped=self.hub.dropped,
        )

    @property
    def alive(self) -> bool:
        """Whether it is being read and recognised, or there is nothing left to read."""
        return self._state in OVER or (self._reader is not None and self._reader.alive and not self._hangs)

    @property
    def _hangs(self) -> bool:
        since = self._working_since
        return since is not None and time.monotonic() - since > self._patience.stuck_s

    def describe(self) -> messages.StreamInfo:
        """The stream as clients see it."""
        info, answers = self._info, self.answers
        spec = answers.recognizer.spec
        age = None if answers.last_at is None else 1000 * (time.monotonic() - answers.last_at)
        return messages.StreamInfo(
            stream=self.name,
            source=info.name,
            simulated=info.simulated,
            model=spec.name,
            answers=answers_of(spec.kind),
            labels=answers.recognizer.labels,
            head=answers.wearing,
            rate_hz=info.rate_hz,
            channels=info.channels,
            window=spec.window,
            hop=spec.hop,
            state=self._state,
            message=self._message,
            counters=self.counters,
            prediction_age_ms=age,
            subscribers=self.hub.subscribers,
            recording=self.tape.describe(),
            interpolated=self.interpolated,
        )

    def hello(self) -> messages.Hello:
        """The first frame of a subscription, as the event loop sees it: it may be behind the reader's thread."""
        known = self.describe().model_dump(include=set(messages.Hello.model_fields))
        return messages.Hello(**known, safe_gesture=self._safe_gesture, run=self.run, next_seq=self.hub.next_seq)

    # On the event loop: is it still alive?

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look after the stream, and say when to look again."""
        wait_s: float | None = BUSY_S
        if (rest_s := self._heard + self._patience.stall_s - time.monotonic()) > 0:
            wait_s = max(BUSY_S, rest_s)
        elif self._gate.acquire(blocking=False):  # else samples are being worked on: it is not silent
            try:
                wait_s = self._judge(time.monotonic())
            finally:
                self._gate.release()
        elif self._hangs and self._state == "live":  # without the gate, which the work may keep for ever
            self._enter("stalled", "recognition hangs: report it with the model's name, and restart the service")
        if wait_s is not None:
            loop.call_later(wait_s, self._watch, loop)

    def _judge(self, now: float) -> float | None:
        """Tell of silence; seconds until the next look, or ``None`` if there is nothing more to see."""
        if self._stopped or self._state in OVER:
            return None
        silent_s = now - self._heard
        if self._require_reader().stuck(now):
            self._replace_reader()
        elif self._state != "lost" and silent_s > self._patience.lost_s:
            self._enter("lost", "no samples have come for a while: check the device; it goes on by itself")
        elif self._state in ("starting", "live"):
            self._enter("stalled", "no samples arrive: check that the device is switched on and in reach")
        return LOOK_S

    def _replace_reader(self) -> None:
        """Give up a driver that hangs, and begin with a new one, which opens the source by itself."""
        old = self._require_reader()
        source = self._make_source()
        self._reader = Reader(self.name, source, self, old.patience.longer(), is_open=False)
        self._lost_before += old.source.losses.samples if old.is_open else 0
        old.abandon()
        self._enter("lost", "the driver hangs: the device is opened again")
        self._reader.start(self._fail)

    def _require_reader(self) -> Reader:
        if self._reader is None:
            raise RuntimeError(f"stream {self.name} is not open")
        return self._reader

    # In the reader's thread

    def take(self, reader: Reader, chunk: Chunk) -> None:
        """See ``Station``."""
        if reader is not self._reader:
            return
        self._working_since = now = time.monotonic()
        silent_s, self._heard = now - self._heard, now  # before anything that waits: it is not silent
        with self._gate:
            if reader is self._reader:
                if silent_s > self._patience.stale_s and self._state != "starting":
                    self._held = HeldUp(silent_s, now, self.answers.spec.window_ms / 1000)
                if self._state != "live":
                    self._enter("live", self._well())
                core = CORES.get()
                try:
                    self._recognise(chunk.shifted(self._offset), now)
                finally:
                    CORES.put(core)
                if self._state == "live":
                    self._enter("live", self._well())  # electrodes may have died or come back
        self._working_since = None

    def enter(self, reader: Reader, state: messages.StreamState, message: str) -> None:
        """See ``Station``."""
        with self._gate:
            if reader is self._reader:
                self._enter(state, message)

    def admit(self, reader: Reader) -> None:
        """See ``Station``."""
        self._require_fit(reader.source.info, self.answers.spec)
        with self._gate:
            if reader is self._reader:
                self._info = reader.source.info
                self.answers.next.arrange(self._info.grid)
                self._heard, self._held = time.monotonic(), None  # a device that was opened anew kept nothing
                self._offset = self._next + 1  # at least one sample is missing: nothing may span the hole

    def release(self, reader: Reader) -> None:
        """See ``Station``."""
        with self._gate:
            if reader is self._reader:
                self._lost_before += reader.source.losses.samples

    def _fail(self, error: BaseException) -> None:
        log.error("stream %s failed", self.name, exc_info=error)
        with self._gate:
            self._enter("failed", "a bug ended this stream: please report the log, then restart the service")
        self._on_failure()

    def _require_fit(self, info: SourceInfo, spec: ModelSpec) -> None:
        for note in info.notes:
            log.warning("%s: %s", info.name, note)
        spec.require(info.rate_hz, len(info.channels), info.unit, info.grid)

    def _recognise(self, chunk: Chunk, now: float) -> None:
        end = chunk.first + len(chunk.samples)
        predictions = self.answers.feed(chunk, self._current_from(len(chunk.samples), end, now))
        self._next = end
        self._samples += len(chunk.samples)
        self.tape.take(chunk)
        for listener in self._listeners:
            listener.take(chunk, predictions)

    def _current_from(self, count: int, end: int, now: float) -> int:
        """Index from which on predictions are of now: after a silence, samples may have been held up."""
        if self._held is None:
            return 0
        if not self._held.current(now, count / self._info.rate_hz):
            return end
        self._held = None
        return end - round(self._patience.stall_s * self._info.rate_hz)

    def _well(self) -> str:
        """What there is to say while samples arrive."""
        if not self.interpolated:
            return "samples arrive"
        names = ", ".join(self._info.channels[channel] for channel in self.interpolated)
        return f"no signal from {names}: neighbours stand in; check the cable, press the electrode"

    def _enter(self, state: messages.StreamState, message: str) -> None:
        if (state, message) == (self._state, self._message):
            return
        first_samples = self._state == "starting" and state == "live"
        self._state, self._message = state, message
        log.info("stream %s: %s, %s", self.name, state, message)
        if not first_samples:  # nothing had been promised yet
            safe = None if state == "live" else self._safe_gesture
            told = {"state": state, "message": message, "safe_gesture": safe, "interpolated": self.interpolated}
            self.hub.post(messages.Status(**told, counters=self.counters))
        for listener in self._listeners:
            listener.tell(state, message)
