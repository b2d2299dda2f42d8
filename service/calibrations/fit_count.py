"""Counts fits: how many came to an end, how long a clinician waited for them, how many failed."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final

from service.latency import Buckets

#: Upper bounds in seconds: two gestures take a part of one, a process that loads its libraries first takes several.
BOUNDS_S: Final = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


class FitCount:
    """The fits since the service started."""

    def __init__(self) -> None:
        self.seconds = Buckets(BOUNDS_S)
        """From the order to the head, or to the failure."""
        self.failed = 0
        self._lock = threading.Lock()  # fits end in whatever thread notices it

    def begin(self) -> Callable[[Future[Any]], None]:
        """Count a fit that begins now; its future calls what is returned when it is done."""
        began = time.monotonic()
        return lambda done: self._end(done, time.monotonic() - began)

    def _end(self, done: Future[Any], seconds: float) -> None:
        with self._lock:
            self.seconds.observe(seconds)
            self.failed += done.cancelled() or done.exception() is not None
