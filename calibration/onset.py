"""When the gesture really began and ended within a hold, read off the amplitude of the filtered signal.

Two ideas from the literature. A muscle is active when its averaged amplitude exceeds the mean at rest by some standard
deviations (P. W. Hodges, B. H. Bui 1996, Electroencephalogr. Clin. Neurophysiol. 101:511-519). And a level alone is
crossed by chance, so a second threshold counts: enough of a run of successive values must exceed the first (P. Bonato,
T. D'Alessio, M. Knaflitz 1998, IEEE Trans. Biomed. Eng. 45:287-299). Ours differ: mean and deviation are the robust
median and median absolute deviation, because one twitch during the rest must not raise the level; the count is a
majority of seven blocks around each, which moves no edge.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.pipeline.filters import StreamFilter, design
from models.pipeline.recognizer import finite_runs
from models.pipeline.ring import Windower
from models.spec import FilterSpec

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Samples = npt.NDArray[np.floating]

BLOCK_S = 0.05  # ten samples of a 200 Hz device, and short against a reaction
MAJORITY = 3  # blocks on either side that vote: twitches and dips of up to 150 ms are overruled
DEVIATIONS = 3.0  # above the median at rest, as most who follow Hodges and Bui
LEAST_RISE = 1.5  # times the rest level: posture moves a resting forearm by less, the weakest hold is 2 to 3 times
STEADY = 0.3  # of the typical amplitude of the hold (-10 dB): a light effort passes, ramp and release do not
SOONEST_S = 0.2  # nobody reacts to a prompt sooner: what is there before is the former posture
LATEST_S = 1.5  # who begins later did not follow the prompt
NOISE = 1.4826  # standard deviations of Gaussian noise in its median absolute deviation
SILENT_UV = 0.05  # a channel that rests below is dead and has no say


@dataclass(frozen=True, slots=True)
class Span:
    """Samples ``start`` up to but without ``stop``, as indices of the stream."""

    start: int
    stop: int

    def __len__(self) -> int:
        """Samples."""
        return max(self.stop - self.start, 0)


@dataclass(frozen=True, slots=True)
class Block:
    """The amplitude of a short stretch of signal."""

    last: int
    """Index of its last sample."""
    rms_uv: Floats
    """(channel,) microvolts."""


@dataclass(frozen=True, slots=True)
class RestLevel:
    """What the arm's signal is like when it does nothing."""

    rms_uv: tuple[float, ...]
    """Of each channel."""
    threshold: float
    """Contraction begins above: the largest of the channels' amplitudes, each over its own rest level."""

    @classmethod
    def of(cls, blocks: Sequence[Block]) -> "RestLevel":
        """The level of a rest; one block or more, a second's worth or more for a trustworthy one."""
        rms = np.array([block.rms_uv for block in blocks])
        level = np.median(rms, axis=0)
        rise = _over(rms, level)
        middle = float(np.median(rise))
        spread = NOISE * float(np.median(np.abs(rise - middle)))
        return cls(tuple(level.tolist()), max(middle + DEVIATIONS * spread, LEAST_RISE))


class Envelope:
    """Amplitude of a stream, one block after the other."""

    def __init__(self, filters: FilterSpec, rate_hz: float, channels: int, block_s: float = BLOCK_S) -> None:
        self.size = round(block_s * rate_hz)
        self._filter = StreamFilter(design(filters, rate_hz))
        self._windower = Windower(self.size, self.size, channels)
        self._start = 0
        self._next: int | None = None

    def feed(self, samples: Samples, first: int) -> Iterator[Block]:
        """Take (time, channel) unfiltered microvolts whose first has the index ``first``; no block spans a gap."""
        for index, run in finite_runs(samples, first):
            if index != self._next:
                self._restart(index)
            self._next = index + len(run)
            for end, block in self._windower.feed(self._filter(run)):
                power = np.mean(np.square(block, dtype=np.float64), axis=0)
                yield Block(self._start + end - 1, np.sqrt(power))

    def _restart(self, index: int) -> None:
        self._filter.reset()
        self._windower.reset()
        self._start = index


class OnsetDetector:
    """Finds the part of a hold in which the user did what was asked."""

    def __init__(self, block: int, rate_hz: float) -> None:
        self._block = block
        self._soonest = round(SOONEST_S * rate_hz)
        self._latest = round(LATEST_S * rate_hz)

    def contraction(self, blocks: Sequence[Block], hold: Span, rest: RestLevel | None) -> Span | None:
        """The steady contraction among the blocks of a hold, ``None`` without one that began in time.

        Where no rest is known (``None``), it is measured against the typical amplitude of the hold alone.
        """
        rise = rise_of(blocks, rest)
        above = rise > (rest.threshold if rest else 0)
        if not above.any():
            return None
        steady = rise > max(rest.threshold if rest else 0, STEADY * float(np.median(rise[above])))
        return self._longest(steady, blocks, hold)

    def rest(self, blocks: Sequence[Block], hold: Span, rest: RestLevel | None) -> Span | None:
        """The quiet part among the blocks of a hold in which rest was asked; all of it where no rest is known."""
        threshold = rest.threshold if rest else np.inf
        return self._longest(rise_of(blocks, rest) <= threshold, blocks, hold)

    def _longest(self, active: Mask, blocks: Sequence[Block], hold: Span) -> Span | None:
        spans = [self._samples(first, last, blocks, hold) for first, last in runs_of(_majority(active))]
        in_time = [span for span in spans if span.start - hold.start <= self._latest and span]
        return max(in_time, key=len, default=None)

    def _samples(self, first: int, last: int, blocks: Sequence[Block], hold: Span) -> Span:
        """Blocks ``first`` to ``last``; one in which the user begins or ends is only partly active and left out."""
        start = blocks[first].last + 1 if first else hold.start
        stop = blocks[last].last + 1 - self._block if last < len(blocks) - 1 else hold.stop
        return Span(max(start, hold.start + self._soonest), stop)


def rise_of(blocks: Sequence[Block], rest: RestLevel | None) -> Floats:
    """(block,) The largest of the channels' amplitudes, over their rest levels where known."""
    if not blocks:
        return np.zeros(0)
    rms: Floats = np.array([block.rms_uv for block in blocks])
    return _over(rms, np.array(rest.rms_uv)) if rest else rms.max(axis=1)


def _over(rms: Floats, level: Floats) -> Floats:
    """(block, channel) over (channel,) -> (block,) of the channel that stands out most."""
    rise: Floats = np.where(level >= SILENT_UV, rms / np.maximum(level, SILENT_UV), 0).max(axis=1)
    return rise


def _majority(active: Mask) -> Mask:
    """What most of a block and its neighbours are; at the borders the last block stands for those beyond."""
    if not len(active):
        return active
    votes = np.convolve(np.pad(active, MAJORITY, "edge").astype(int), np.ones(2 * MAJORITY + 1, int), "valid")
    return votes > MAJORITY


def runs_of(active: Mask) -> list[tuple[int, int]]:
    """First and last block of each stretch that is active."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], active, [False]]).astype(np.int8)))
    return [(int(first), int(stop) - 1) for first, stop in edges.reshape(-1, 2)]
