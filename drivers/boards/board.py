"""What a port must know of a board: how to greet it, start it and read it. Nothing here knows a port or a clock."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from drivers.source import Losses, Samples, SourceInfo

Counters = npt.NDArray[np.int64]

#: period of a counter that never wraps: the parser of a format without a counter numbers its packets itself
NEVER = 2**62


class Packets(NamedTuple):
    """Consecutive good packets, one sample each."""

    counters: Counters
    """(n,) the counter of each packet, from 0 to the board's period."""
    samples: Samples
    """(n, channel) in the unit of the board."""
    times: npt.NDArray[np.float64] | None = None
    """(n,) the board's own time of each packet, in nominal sample periods, never falling. ``None``: it tells none."""


class Parser(Protocol):
    """Bytes in, packets out, however the bytes are cut: no port, no clock, no thread. It never raises."""

    @property
    def losses(self) -> Losses:
        """Bytes and packets that were refused; whoever numbers the samples adds those that are missing."""
        ...

    def feed(self, data: bytes) -> Packets:
        """The packets that ``data`` completes."""
        ...

    def forget(self) -> None:
        """The stream stood still: drop what is half received, lest it pass for what comes next."""
        ...


@dataclass(frozen=True)
class Ask:
    """A question to a board, and how its answer ends."""

    send: bytes
    until: bytes
    """The answer is complete when these bytes have come ``times`` times."""
    timeout_s: float
    times: int = 1


#: A conversation: yields questions, is sent what came back, returns the board as it turned out to be.
#: Raises ``SourceUnavailable`` when the answers are not those of such a board.
Talk = Generator[Ask, bytes, "Board"]


@dataclass(frozen=True)
class Board:
    """A kind of board, or one that has been met."""

    info: SourceInfo
    parser: Callable[[], Parser]
    """A new parser for its stream."""
    bauds: tuple[int, ...]
    """Speeds to try, the likeliest first."""
    period: int = NEVER
    """The counter of its packets starts again at 0 when it reaches this."""
    fine_times: bool = False
    """The packets' times are exact enough to place single samples; otherwise they show how its clock drifts."""
    start: bytes = b""
    """Makes it stream. Sent again when it falls silent."""
    stop: bytes = b""
    meet: Callable[[], Talk] | None = None
    """The conversation before ``start``. ``None``: the board answers nothing."""


def numbered(count: int) -> tuple[str, ...]:
    """Channel labels ``ch1``, ``ch2``, ... for a board that names none."""
    return tuple(f"ch{number}" for number in range(1, count + 1))
