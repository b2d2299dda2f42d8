"""When somebody who was asked for one act made it, and when sentences were typed: off the muscles' activity alone.

An event is the movement, which comes after the muscle: 30 to 100 ms, the electromechanical delay. Nobody measures the
movement here, so a time is the activity's, moved by a typical delay, and then to the pulse of everybody's layer where
that sees the event near by.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from calibration.onset import Block, RestLevel, Span, rise_of, runs_of
from models.training.event_targets import PULSE_S

BLOCK_S: Final = 0.01
"""Of an amplitude: a flick of the thumb lasts 100 ms."""
WITHIN: Final = 3
"""Of five amplitudes in a row so many must be above the level, for the middle one to count."""
SHORTEST_S: Final = 0.05
"""A stretch that is shorter is noise."""
BREAK_S: Final = 0.25
"""A quiet time that is shorter lies within one movement: fingers press, hold, and are lifted."""
DELAY_S: Final = 0.06
"""From the muscle to the movement."""
LET_GO_S: Final = 0.12
"""From the movement to the end of the activity: the finger is lifted, then the muscle relaxes."""
NEAR_S: Final = 0.15
"""Within which a pulse of everybody's layer belongs to the movement."""
SEEN: Final = 0.2
"""Its least probability."""

Floats = npt.NDArray[np.floating]


def active(blocks: Sequence[Block], rest: RestLevel | None) -> npt.NDArray[np.bool_]:
    """(block,) Whether the muscles did something."""
    if not blocks:
        return np.zeros(0, np.bool_)
    above = rise_of(blocks, rest) > (rest.threshold if rest else 0.0)
    votes = np.convolve(np.pad(above, 2).astype(int), np.ones(5, int), "valid")
    return votes >= WITHIN


def movements(busy: npt.NDArray[np.bool_], blocks: Sequence[Block], size: int, rate_hz: float) -> list[Span]:
    """Stretches of activity, those with a short break between them as one; ``size``: samples of a block."""
    spans: list[Span] = []
    for first, last in runs_of(busy):
        start, stop = blocks[first].last + 1 - size, blocks[last].last + 1
        if stop - start < SHORTEST_S * rate_hz:
            continue
        if spans and start - spans[-1].stop <= BREAK_S * rate_hz:
            start = spans.pop().start
        spans.append(Span(start, stop))
    return spans


def bursts(busy: npt.NDArray[np.bool_]) -> tuple[int, float]:
    """How many stretches of activity there are, without joining any, and their seconds together."""
    lengths_s = [(last + 1 - first) * BLOCK_S for first, last in runs_of(busy)]
    return sum(length_s >= SHORTEST_S for length_s in lengths_s), sum(lengths_s)


def labels_of(act: str, labels: Sequence[str]) -> tuple[str, ...]:
    """The events that an act is made of: press and release, or itself; none where the model knows neither."""
    pair = (f"{act}_press", f"{act}_release")
    if set(pair) <= set(labels):
        return pair
    return (act,) if act in labels else ()


def acts_of(labels: Sequence[str]) -> tuple[str, ...]:
    """All acts that a model with these labels knows."""
    bases = [label.rpartition("_")[0] for label in labels]
    names = (base if len(labels_of(base, labels)) > 1 else label for base, label in zip(bases, labels, strict=True))
    return tuple(dict.fromkeys(names))


def times_of(events: Sequence[str], made: Sequence[Span], rate_hz: float) -> list[int]:
    """Samples at which they happened: a tap where the longest movement began, a release where the last one ended."""
    delay, let_go = round(DELAY_S * rate_hz), round(LET_GO_S * rate_hz)
    if len(events) == 1:
        return [max(made, key=len).start + delay]
    pressed = made[0].start + delay
    return [pressed, max(made[-1].stop - let_go, pressed + 1)]


def moved(at: int, probabilities: Floats, last: npt.NDArray[np.int64], rate_hz: float) -> int:
    """An event's time, from the pulse in (answer,) probabilities whose last samples are (answer,) ``last``."""
    middle = round(sum(PULSE_S) / 2 * rate_hz)
    near = np.abs(last - middle - at) <= NEAR_S * rate_hz
    if not near.any() or (highest := probabilities[near].max()) < SEEN:
        return at
    pulse = near & (probabilities >= highest / 2)
    return round(float(np.average(last[pulse], weights=probabilities[pulse]))) - middle
