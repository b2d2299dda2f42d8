"""Parts of a recording from which a last layer learns: what the frozen part made of them, and what was done.

Cuts lie in pauses, so that what belongs to a key or event is in one piece with it; no finger is down at a cut.

F feature, K class.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from models.datasets.sequences import Sequence
from models.spec import ModelSpec

Array = npt.NDArray[np.float32]

LENGTH_S: Final = (10.0, 20.0)
"""Between these a piece ends, in the longest pause; only the last one may be shorter."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A stretch of one stream."""

    features: Array
    """(answer, F) of the frozen part."""
    first: int
    """Of the last sample behind the first answer, its place in ``truth``."""
    truth: Sequence
    """Keys or events in it; the signal itself is not needed."""


def pieces_of(recording: Sequence, features: Array, spec: ModelSpec) -> Iterator[Piece]:
    """Cut a recording, all of whose features (answer, F) a stream of its own made."""
    for start, stop in pairwise(_cuts(recording)):
        piece = piece_of(recording, features, spec, start, stop)
        if len(piece.features):
            yield piece


def piece_of(recording: Sequence, features: Array, spec: ModelSpec, start: int, stop: int) -> Piece:
    """Answers whose last sample lies from ``start`` up to ``stop``."""
    low, high = (max(0, -(-(at + 1 - spec.window) // spec.hop)) for at in (start, stop))
    first = spec.window - 1 + low * spec.hop - start
    return Piece(features[low:high], first, recording.between(start, stop))


def _cuts(recording: Sequence) -> list[int]:
    """Samples at which pieces begin, and the end."""
    shortest, longest = (round(length * recording.rate_hz) for length in LENGTH_S)
    pauses = [
        (late - early, (early + late) // 2)
        for key, (early, late) in zip(recording.keys, pairwise(recording.times.tolist()), strict=False)
        if not key.endswith("_press")
    ]
    cuts, end = [0], len(recording.signal)
    while end - cuts[-1] > longest:
        near = [pause for pause in pauses if shortest <= pause[1] - cuts[-1] <= longest]
        cuts.append(max(near)[1] if near else cuts[-1] + longest)
    return [*cuts, end]
