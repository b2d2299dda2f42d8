"""Long work beside the live path: in a process of its own at low priority, so that live predictions do not jitter."""

import asyncio
import multiprocessing
import os
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Final, TypeVar

from service.errors import EXPECTED, Busy, TooLong

T = TypeVar("T")

#: How much such a process stands back; 19 would let a busy machine starve it.
NICENESS: Final = 10


def stand_back() -> None:
    """In such a process, first of all."""
    os.nice(NICENESS)
    threading.Thread(target=_end_with_the_service, daemon=True).start()


def _end_with_the_service() -> None:
    """A service that is killed takes nobody along, and the pipe to it never closes: we hold its other end, too."""
    if (service := multiprocessing.parent_process()) is not None:
        service.join()
        os._exit(1)


class Aside:
    """One piece of work at a time; who stops waiting for it ends it."""

    def __init__(self) -> None:
        self._taken = False

    async def run(self, longest_s: float, work: Callable[..., T], *arguments: object) -> T:
        """What ``work``, a function of a module, makes of these arguments.

        Raises:
            Busy: other work is being done.
            TooLong: it took longer than so many seconds, and was given up.
            Exception: an expected one, as the work raised it.
        """
        if self._taken:
            raise Busy("another recording is being worked on: try again in some seconds")
        self._taken = True
        try:
            return await self._run(longest_s, work, arguments)
        finally:
            self._taken = False

    async def _run(self, longest_s: float, work: Callable[..., T], arguments: tuple[object, ...]) -> T:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_do, args=(theirs, work, arguments), daemon=True)
        # for the new process, which loads numpy before it asks us anything: more threads take the live path's cores
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        starting = asyncio.ensure_future(asyncio.to_thread(process.start))
        try:
            await asyncio.shield(starting)
            theirs.close()
            async with asyncio.timeout(longest_s):
                answer: T | Exception = await asyncio.to_thread(_received, ours)
        except TimeoutError:
            raise TooLong(f"it took longer than {longest_s:g} s and was given up: take a shorter recording") from None
        finally:
            await asyncio.wait({starting})  # else one that is just beginning would be left behind
            process.kill()
            await asyncio.shield(asyncio.to_thread(process.join))
        if isinstance(answer, Exception):
            raise answer
        return answer


def _received(pipe: Connection) -> Any:
    with pipe:
        try:
            return pipe.recv()
        except EOFError:
            return TooLong("the process that did it died, perhaps for want of memory: take a shorter recording")


def _do(answers: Connection, work: Callable[..., object], arguments: tuple[object, ...]) -> None:
    stand_back()
    try:
        answers.send(work(*arguments))
    except EXPECTED as error:
        answers.send(error)
