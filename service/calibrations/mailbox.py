"""What a calibration's thread has to do, one thing after the other; some of it for a request that waits."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import Final

from calibration.errors import CalibrationOver, StoreUnavailable
from service.calibrations.messages import CalibrationInfo

#: How long a request waits for its turn: longer than the store waits for others, so that its own words come first.
TURN_S: Final = 15.0

Work = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Request:
    """Something to do for a thread that waits for how things stand after it."""

    work: Work
    answer: Future[CalibrationInfo]


class Mailbox:
    """A queue that can be closed: who asks afterwards is told why."""

    def __init__(self, too_late: Callable[[], CalibrationOver]) -> None:
        self._too_late = too_late
        self._waiting: queue.SimpleQueue[Work | Request] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._door = threading.Lock()  # no request comes in after it is closed

    @property
    def closed(self) -> bool:
        """Whether nothing more is done."""
        return self._closed.is_set()

    def __len__(self) -> int:
        """How much waits."""
        return self._waiting.qsize()

    def put(self, work: Work) -> None:
        """Have it done in its turn; never waits."""
        self._waiting.put(work)

    def ask(self, work: Work) -> CalibrationInfo:
        """Have it done, and wait for the answer.

        Raises:
            CalibrationError: what the work raised.
            CalibrationOver: it is closed.
            StoreUnavailable: its turn did not come in time.
        """
        request = Request(partial(copy_context().run, work), Future())  # done in the name of who asks
        with self._door:
            if self.closed:
                raise self._too_late()
            self._waiting.put(request)
        try:
            return request.answer.result(TURN_S)
        except TimeoutError as error:
            done = "was not done" if request.answer.cancel() else "is still under way"
            raise StoreUnavailable(f"the disk is slow, this {done}: look at the calibration, then try again") from error

    def next(self, timeout_s: float) -> Work | Request | None:
        """What is to be done next; ``None`` if nothing came in time."""
        try:
            return self._waiting.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def close(self) -> None:
        """Take nothing more."""
        with self._door:
            self._closed.set()

    def refuse_rest(self) -> None:
        """Tell those who still wait that it is over."""
        while not self._waiting.empty():
            if isinstance(late := self._waiting.get(), Request):
                late.answer.set_exception(self._too_late())
