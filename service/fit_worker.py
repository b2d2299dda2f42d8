"""Fits heads in a process of its own at low priority: live predictions must not jitter, and torch stays out of here."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import TypeVar

from calibration.errors import FitFailed
from calibration.fitting import FitOrder, FitResult, LabelledTrial
from service.fit_count import FitCount

T = TypeVar("T")

#: How much the fitting process stands back; 19 would let a busy machine starve it.
NICENESS = 10


class FitWorker:
    """One fitting process, begun when it is first warmed, for as many fits as come."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._closed = False
        self._lock = threading.Lock()
        self.count = FitCount()

    def warm(self) -> None:
        """Let the process load its libraries, which takes seconds, while the first gesture is being held.

        Whether it can is seen when there is something to fit.
        """
        with suppress(FitFailed):
            self._submit(_ready)

    def fit(self, trials: Sequence[LabelledTrial], order: FitOrder) -> Future[FitResult]:
        """Fit a head; the future raises ``FitFailed`` if the process dies."""
        answer: Future[FitResult] = Future()
        answer.add_done_callback(self.count.begin())
        self._submit(_fit, trials, order).add_done_callback(lambda done: _hand_over(done, answer))
        return answer

    def close(self) -> None:
        """End the process; what it was fitting is given up."""
        with self._lock:
            pool, self._pool = self._pool, None
            self._closed = True
        if pool is not None:
            for process in tuple(pool._processes.values()):  # a fit may take longer than a stopping service may
                process.terminate()
            pool.shutdown(cancel_futures=True)

    def _submit(self, work: Callable[..., T], *arguments: object) -> Future[T]:
        with self._lock:
            if self._closed:
                raise FitFailed("the service is stopping: the trials are safe, start it again and resume")
            for _ in range(2):  # a process that died is replaced, once
                if self._pool is None:
                    # for the new process, which loads numpy before it asks us anything: more threads make so small
                    # a fit ten times slower, and take the live path's cores
                    os.environ.setdefault("OMP_NUM_THREADS", "1")
                    self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _prepare)
                try:
                    return self._pool.submit(work, *arguments)
                except BrokenProcessPool:
                    self._pool = None
        raise FitFailed(DIED)


DIED = "the fitting process died, perhaps for want of memory: the trials are safe, ask for the fit again"


def _hand_over(done: Future[FitResult], answer: Future[FitResult]) -> None:
    if done.cancelled() or isinstance(error := done.exception(), BrokenProcessPool):
        answer.set_exception(FitFailed(DIED))
    elif error is not None:
        answer.set_exception(error)
    else:
        answer.set_result(done.result())


def _prepare() -> None:
    """In the fitting process, first of all."""
    os.nice(NICENESS)
    threading.Thread(target=_end_with_the_service, daemon=True).start()


def _end_with_the_service() -> None:
    """A service that is killed takes nobody along, and the pipe to it never closes: we hold its other end, too."""
    if (service := multiprocessing.parent_process()) is not None:
        service.join()
        os._exit(1)


def _ready() -> None:
    from calibration.head import warm_up

    warm_up()


def _fit(trials: Sequence[LabelledTrial], order: FitOrder) -> FitResult:
    from calibration.head import fit_user_head

    return fit_user_head(trials, order)
