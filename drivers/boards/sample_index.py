"""From counters that wrap to sample indices that do not."""

import numpy as np

from drivers.boards.board import Counters
from drivers.source import Losses

#: a packet this little behind its predecessor is a copy or a straggler; further behind, the board began anew
STRAGGLERS = 16


class SampleIndex:
    """Numbers the samples of one stream. What is missing is added to ``losses``, so that index = received + lost."""

    def __init__(self, period: int, losses: Losses) -> None:
        self._period = period
        # one byte cannot tell a restart from a loss; with more, a leap over half the range is no loss
        self._longest_gap = max(256, period // 2)
        self._losses = losses
        self._last: int | None = None
        self._next = 0
        self._restart: int | None = None

    def restart(self, missing: int) -> None:
        """The stream stood still: whatever its next counter is, ``missing`` samples lie before it, at least one."""
        if self._last is not None:
            self._restart = max(missing, 1)

    def __call__(self, counters: Counters) -> Counters:
        """The index of each packet: (n,) -> (n,), -1 where the packet is a copy or a straggler."""
        if self._restart is None and self._is_next(counters):
            indices = self._next + np.arange(len(counters))
            self._next += len(counters)
            self._last = int(counters[-1])
            return indices
        return np.array([self._place(counter) for counter in counters.tolist()], np.int64)

    def _is_next(self, counters: Counters) -> bool:
        if self._last is None or not len(counters) or (int(counters[0]) - self._last) % self._period != 1:
            return False
        return bool(((counters[1:] - counters[:-1]) % self._period == 1).all())

    def _place(self, counter: int) -> int:
        missing = self._missing(counter)
        if missing < 0:
            self._losses.packets += 1
            return -1
        self._last = counter
        self._losses.samples += missing
        self._next += missing + 1
        return self._next - 1

    def _missing(self, counter: int) -> int:
        """Samples between the last packet and this one; -1 when this one is not newer."""
        if self._last is None:
            return 0
        if self._restart is not None:
            missing, self._restart = self._restart, None
            return missing
        step = (counter - self._last) % self._period
        if step == 0 or step > self._period - STRAGGLERS:
            return -1
        return step - 1 if step <= self._longest_gap else 1
