"""Reads a source in a thread of its own, opens it again when it was lost, and lets go when it is told to."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from drivers.errors import DriverError, EndOfStream
from drivers.source import Chunk, Source
from models.errors import ModelMismatch
from service.messages import StreamState

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a stream may be silent."""

    poll_s: float = 0.1
    """Longest wait for samples; also how late a reader notices that it shall stop."""
    stall_s: float = 0.08
    """Silence after which subscribers are told; it leaves 20 ms of the promised 100 for the telling."""
    stale_s: float = 0.25
    """Silence after which samples may have been held up on their way, until they prove to be of now."""
    lost_s: float = 2.0
    """Silence after which the stream counts as lost."""
    stuck_s: float = 3.0
    """Time after which a driver that does not come back from ``read`` is given up and its source opened again."""
    open_s: float = 120.0
    """The same for opening and closing; some devices are searched for on a network, for as long as their URI says."""
    retry_s: tuple[float, ...] = (0.1, 0.2, 0.5, 1.0, 2.0)
    """Pauses before the source is opened again; the last one repeats."""

    def longer(self) -> "Patience":
        """For the next driver after one that hung: each leaves a thread behind, so they are given up ever later."""
        return replace(self, stuck_s=min(2 * self.stuck_s, self.open_s))

    def pauses(self) -> Iterator[float]:
        """``retry_s``, then its last one for ever."""
        yield from self.retry_s
        while True:
            yield self.retry_s[-1]


class Station(Protocol):
    """Who a reader works for. All of it is called in the reader's thread."""

    def take(self, reader: "Reader", chunk: Chunk) -> None:
        """Samples, at least one."""
        ...

    def enter(self, reader: "Reader", state: StreamState, message: str) -> None:
        """The stream is in another state."""
        ...

    def admit(self, reader: "Reader") -> None:
        """The source was opened again. Raises ``ModelMismatch`` if another device has come in its place."""
        ...

    def release(self, reader: "Reader") -> None:
        """The source is about to be closed."""
        ...


class Reader:
    """One thread that reads one source; it opens the source itself where that was not done already.

    A driver may hang for good: such a reader is given up (``abandon``), and whatever it still does, its
    station no longer hears of it. Only its own thread ever closes its source, because no driver expects another.
    """

    def __init__(
        self, name: str, source: Source, station: Station, patience: Patience, *, is_open: bool = True
    ) -> None:
        self.source = source
        self.is_open = is_open
        self.patience = patience
        self._station = station
        self._stopping = threading.Event()
        self._due: float | None = None  # when the driver has to be back; None while it is not called
        self._thread = threading.Thread(target=self._run, name=f"stream {name}", daemon=True)

    def start(self, on_failure: Callable[[BaseException], None]) -> None:
        """Begin; ``on_failure`` is called in the thread if a bug ends it before anybody told it to end."""
        self._on_failure = on_failure
        self._thread.start()

    def abandon(self) -> None:
        """Let it end by itself, whenever its driver comes back."""
        self._stopping.set()

    def stop(self, timeout_s: float) -> bool:
        """Ask it to end, and wait; whether it did."""
        self._stopping.set()
        if self._thread.ident is None:  # it was never started
            self._close()
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive()

    def stuck(self, now: float) -> bool:
        """Whether the driver should have come back by now."""
        due = self._due
        return due is not None and now > due

    def _run(self) -> None:
        try:
            self._supervise()
        except Exception as error:
            if self._stopping.is_set():  # nobody waits for it any more, and its stream may be well with another reader
                log.warning("a driver that was given up failed", exc_info=error)
            else:
                self._on_failure(error)
        finally:
            self._close()

    def _supervise(self) -> None:
        pauses = self.patience.pauses()
        while not self._stopping.is_set():
            try:
                if not self.is_open:
                    self._open_again()
                    pauses = self.patience.pauses()
                self._read()
            except EndOfStream:
                self._station.enter(self, "ended", "the recording is over")
                return
            except (DriverError, ModelMismatch) as error:  # away, or another device has come in its place
                self._due = None
                self._station.enter(self, "lost", str(error))
                self._close()
                self._stopping.wait(next(pauses))

    def _open_again(self) -> None:
        self._expect_back(self.patience.open_s)
        self.source.__enter__()
        self._due, self.is_open = None, True
        self._station.admit(self)

    def _read(self) -> None:
        while not self._stopping.is_set():
            self._expect_back(self.patience.stuck_s)
            chunk = self.source.read(self.patience.poll_s)
            self._due = None
            if chunk is not None and len(chunk.samples):
                self._station.take(self, chunk)

    def _close(self) -> None:
        if self.is_open:
            self._station.release(self)
            self.is_open = False
            self._expect_back(self.patience.open_s)
            self.source.__exit__(None, None, None)
            self._due = None

    def _expect_back(self, seconds: float) -> None:
        self._due = time.monotonic() + seconds
