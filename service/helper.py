"""A process that stays, at low priority, for work that would hold up the live path, were it done in here."""

import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from service.aside import stand_back

T = TypeVar("T")


class HelperGone(Exception):
    """The service is stopping, or the process dies as often as it is begun."""


class Helper:
    """One process, begun when it is first needed; what it is given it does one after the other."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._lock = threading.Lock()
        self.closed = False
        """Whether it takes nothing more."""

    @property
    def begun(self) -> bool:
        """Whether there is a process."""
        return self._pool is not None

    def submit(self, work: Callable[..., T], *arguments: object) -> Future[T]:
        """Have it call a function of a module. Raises ``HelperGone``; the future raises ``BrokenProcessPool``."""
        with self._lock:
            if self.closed:
                raise HelperGone
            for _ in range(2):  # a process that died is replaced, once
                if self._pool is None:
                    # for the new process, which loads numpy before it asks us anything: more threads make so small
                    # a fit ten times slower, and take the live path's cores
                    os.environ.setdefault("OMP_NUM_THREADS", "1")
                    self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), stand_back)
                try:
                    return self._pool.submit(work, *arguments)
                except BrokenProcessPool:
                    self._pool = None
        raise HelperGone

    def give_up(self) -> None:
        """End the process with all that waits for it; the next work begins another."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            for process in tuple(pool._processes.values()):  # its work may take longer than anybody waits
                process.terminate()
            pool.shutdown(cancel_futures=True)

    def close(self) -> None:
        """The same for good."""
        with self._lock:
            self.closed = True
        self.give_up()
