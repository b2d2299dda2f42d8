"""What a hostile wire does to a stream of frames, and what a parser may make of it."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from drivers.boards.board import Packets, Parser
from drivers.source import Samples

SEGMENT = 6  # frames to one fault: a parser has to be back before the next
FAULTS = ("flip", "drop", "insert", "double", "garbage")


def cut(data: bytes, sizes: Iterable[int]) -> Iterator[bytes]:
    """The data in pieces of these sizes, over and over; the sizes may be 0 but not all."""
    at = 0
    for size in itertools.cycle([*sizes, 61]):
        if at >= len(data):
            return
        yield data[at : at + size]
        at += size


def parse(parser: Parser, pieces: Iterable[bytes]) -> Packets:
    packets = [parser.feed(piece) for piece in pieces]
    return Packets(np.concatenate([p.counters for p in packets]), np.concatenate([p.samples for p in packets]))


def same(one: Packets, other: Packets) -> bool:
    return np.array_equal(one.counters, other.counters) and np.array_equal(one.samples, other.samples)


@dataclass(frozen=True)
class Hurt:
    """A stream of frames with one fault in each segment."""

    data: bytes
    kinds: npt.NDArray[np.int64]
    """Which of ``FAULTS`` each segment has."""
    touched: npt.NDArray[np.int64]
    """How many frames of each segment the fault changed."""


def hurt(frames: list[bytes], rng: np.random.Generator, faults: Sequence[str] = FAULTS) -> Hurt:
    """Put one fault into every ``SEGMENT`` frames, never into the last two: those are where a parser must be back."""
    pieces, kinds, touched = [], [], []
    for at in range(0, len(frames), SEGMENT):
        kind = FAULTS.index(faults[int(rng.integers(len(faults)))])
        data, changed = _FAULTS[kind](frames[at : at + SEGMENT], rng)
        pieces.append(data)
        kinds.append(kind)
        touched.append(changed)
    return Hurt(b"".join(pieces), np.array(kinds), np.array(touched))


def _flip(segment: list[bytes], rng: np.random.Generator) -> tuple[bytes, int]:
    victim = int(rng.integers(1, SEGMENT - 2))
    frame = bytearray(segment[victim])
    frame[int(rng.integers(len(frame)))] ^= 1 << int(rng.integers(8))
    segment[victim] = bytes(frame)
    return b"".join(segment), 1


def _drop(segment: list[bytes], rng: np.random.Generator) -> tuple[bytes, int]:
    """Lose bytes, but never just as many as a frame has: that is a loss that no format without a checksum shows."""
    data, size = b"".join(segment), len(segment[0])
    count = int(rng.integers(1, size))
    at = int(rng.integers(size, (SEGMENT - 2) * size - count))
    return data[:at] + data[at + count :], _frames_hit(at, count, size)


def _insert(segment: list[bytes], rng: np.random.Generator) -> tuple[bytes, int]:
    data, size = b"".join(segment), len(segment[0])
    at = int(rng.integers(size, (SEGMENT - 2) * size))
    return data[:at] + rng.bytes(int(rng.integers(1, size))) + data[at:], int(at % size != 0)


def _double(segment: list[bytes], rng: np.random.Generator) -> tuple[bytes, int]:
    data, size = b"".join(segment), len(segment[0])
    count = int(rng.integers(1, size))
    at = int(rng.integers(size + count, (SEGMENT - 2) * size))
    return data[:at] + data[at - count :], int(at % size != 0)


def _garbage(segment: list[bytes], rng: np.random.Generator) -> tuple[bytes, int]:
    victim = int(rng.integers(1, SEGMENT - 2))
    segment[victim] = rng.bytes(len(segment[victim]))
    return b"".join(segment), 1


_FAULTS: list[Callable[[list[bytes], np.random.Generator], tuple[bytes, int]]] = [
    _flip,
    _drop,
    _insert,
    _double,
    _garbage,
]


def _frames_hit(at: int, count: int, size: int) -> int:
    return (at + count - 1) // size - at // size + 1


def missing(received: npt.NDArray[np.int64], total: int) -> npt.NDArray[np.int64]:
    """How many frames of each segment never came; ``received`` are the numbers of those that did."""
    came = np.zeros(total, np.bool_)
    came[received] = True
    return SEGMENT - came.reshape(-1, SEGMENT).sum(axis=1)


@dataclass(frozen=True)
class Outcome:
    """What came through."""

    kinds: npt.NDArray[np.int64]
    excess: npt.NDArray[np.int64]
    """Frames of each segment that were lost although the fault did not touch them."""
    invented: int
    """Packets that nobody sent."""

    def worst(self) -> int:
        return int(self.excess.max())

    def mean(self) -> float:
        return float(np.maximum(self.excess, 0).mean())


def ordeal(
    parser: Parser,
    frames: list[bytes],
    shown: Samples,
    numbers_in: Callable[[Samples], npt.NDArray[np.int64]],
    faults: Sequence[str] = FAULTS,
) -> Outcome:
    """Send the frames of ``shown`` (frame, channel) with a fault in every segment, in pieces of many sizes."""
    rng = np.random.default_rng(len(frames))
    stream = hurt(frames, rng, faults)
    received = parse(parser, cut(stream.data, rng.integers(1, 65536, 50))).samples
    numbers = numbers_in(received)
    sent = (numbers >= 0) & (numbers < len(shown))
    sent[sent] = (shown[numbers[sent]] == received[sent]).all(axis=1)
    excess = missing(numbers[sent], len(shown)) - stream.touched
    inner = slice(1, -1)  # the first frames may be passed over, and the last still waits for its successor
    return Outcome(stream.kinds[inner], excess[inner], int((~sent).sum()))
