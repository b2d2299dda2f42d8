"""From the probability of each gesture event per frame to events: pressed, released, or done at once.

    P. Kaifosh, T. R. Reardon et al., "A generic non-invasive neuromotor interface for human-computer interaction",
    Nature 645:702, 2025: a threshold of 0.35 on the rising edge, 50 ms of debouncing.

Two of the rules are ours, so that listeners see no finger pressed twice or released twice: a release of what is not
pressed is dropped, and a press of what is pressed already releases it first, for that release was missed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

EventKind = Literal["press", "release", "tap"]
"""A tap begins and ends at once."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a hand did."""

    label: str
    """One of the decoder's, such as ``index_press`` or ``thumb_click``."""
    kind: EventKind
    frame: int
    """Number of the frame in which it was noticed, from the first since the last reset."""
    score: float
    """Its probability there; 0 for a release that was missed."""


class _Meaning(NamedTuple):
    """What a label stands for."""

    label: str
    kind: EventKind
    finger: str


class EventDecoder:
    """Notices where a probability rises over the threshold, and lets each movement count once.

    For a while after a press or a tap there is no other one, and after a release no other of its finger. Of presses and
    taps in the same frame the likeliest counts.
    """

    def __init__(
        self, labels: Sequence[str], frame_rate_hz: float, threshold: float = 0.35, debounce_s: float = 0.05
    ) -> None:
        """``labels``: events in the order of the columns. Those named ``X_press`` and ``X_release`` are a pair."""
        self._threshold, self._wait = threshold, round(debounce_s * frame_rate_hz)
        self._meanings = [_meaning(label, labels) for label in labels]
        self.reset()

    def reset(self) -> None:
        """Forget all, also what is pressed."""
        self._frame = 0
        self._above = np.zeros(len(self._meanings), np.bool_)
        self._pressed: set[str] = set()
        self._last: dict[str, int] = {}

    @property
    def pressed(self) -> frozenset[str]:
        """The fingers that are pressed now."""
        return frozenset(self._pressed)

    def feed(self, probabilities: npt.NDArray[np.float32]) -> list[Event]:
        """(frame, event) -> what was noticed, in order. Raises ``ValueError`` for another number of events."""
        if probabilities.shape[1:] != self._above.shape:
            raise ValueError(f"probabilities must be (frame, {len(self._above)}), not {probabilities.shape}")
        above = np.vstack([self._above, probabilities >= self._threshold])
        rises = above[1:] & ~above[:-1]
        self._above = above[-1]
        events: list[Event] = []
        for row in np.flatnonzero(rises.any(axis=1)).tolist():
            scores = probabilities[row]
            for column in sorted(np.flatnonzero(rises[row]).tolist(), key=lambda column: -scores[column]):
                events += self._noticed(self._meanings[column], self._frame + row, float(scores[column]))
        self._frame += len(probabilities)
        return events

    def _noticed(self, meaning: _Meaning, frame: int, score: float) -> Iterator[Event]:
        """What a rise leads to: nothing, an event, or two."""
        label, kind, finger = meaning
        rival = label if kind == "release" else "presses and taps"
        if rival in self._last and frame - self._last[rival] < self._wait:
            return
        if kind == "release" and finger not in self._pressed:
            return
        self._last[rival] = frame
        if kind == "press" and finger in self._pressed:
            yield Event(f"{finger}_release", "release", frame, 0.0)
        (self._pressed.add if kind == "press" else self._pressed.discard)(finger)
        yield Event(label, kind, frame, score)


def _meaning(label: str, labels: Sequence[str]) -> _Meaning:
    finger, _, way = label.rpartition("_")
    if {f"{finger}_press", f"{finger}_release"} <= set(labels):
        return _Meaning(label, "press" if way == "press" else "release", finger)
    return _Meaning(label, "tap", label)
