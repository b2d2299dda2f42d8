"""Somebody who makes the discrete gestures of a neuromotor wristband: pinches that are held, and flicks of the thumb.

In between they move freely, which is no event and must not pass for one.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from drivers.simulation.acts import Act, Pull, Word
from drivers.simulation.behaviour import REST, Told
from drivers.simulation.fingers import Skills
from drivers.simulation.typist import IDLE_S, START_S, varied

PINCHES: Final = ("index", "middle")
"""Each is two events: it is pressed, and released."""
FLICKS: Final = ("thumb_click", "thumb_down", "thumb_in", "thumb_out", "thumb_up")
GESTURES: Final = PINCHES + FLICKS
EVENTS: Final = tuple(f"{finger}_{way}" for finger in PINCHES for way in ("press", "release")) + FLICKS
FREE: Final = ("wrist flexion", "wrist extension", "curl", "stretch index", "lift middle")

DELAY_S = (0.05, 0.11)  # from the muscle to the event
HELD_S = (0.15, 1.2)
FLICKED_S = (0.02, 0.07)  # how long the thumb pulls on, after the event
RELEASED_S = (0.05, 0.09)
GAP_S = (0.5, 1.4)
FREE_S = (0.3, 1.2)
FREELY = 0.25
"""Share of the movements that are no event."""


class EventMaker:
    """Makes ``gestures`` in random order; who is told to make one makes it once, then waits."""

    def __init__(self, gestures: Sequence[str], rng: np.random.Generator) -> None:
        self._gestures, self._rng = gestures, rng

    def acts(self, skills: Skills, told: Told) -> Iterator[Act]:
        """Without end."""
        at_s, made = START_S, None
        while True:
            wish = told()
            act, busy_s = self._make(REST if wish and wish == made else self._choose(wish), skills, at_s)
            made = wish
            yield act
            free_at_s = at_s + busy_s + self._rng.uniform(*GAP_S)
            while at_s < free_at_s and (told() == wish or at_s < act.at_s + busy_s):
                at_s += IDLE_S
                yield Act(at_s)

    def _choose(self, wish: str | None) -> str:
        """What to make: a gesture, a free movement, or nothing (``REST``)."""
        if wish is None:
            return str(self._rng.choice(FREE if self._rng.random() < FREELY else self._gestures))
        named = wish.removesuffix("_press").removesuffix("_release")
        return named if named in GESTURES else REST

    def _make(self, name: str, skills: Skills, at_s: float) -> tuple[Act, float]:
        """The act, and how many seconds it takes."""
        if name == REST:
            return Act(at_s), 0.0
        if name in PINCHES:
            return self._pinch(name, skills, at_s)
        if name in FLICKS:
            start_s, end_s = at_s - self._rng.uniform(*DELAY_S), at_s + self._rng.uniform(*FLICKED_S)
            pull = Pull(varied(skills[name.replace("_", " ")], self._rng), start_s, end_s)
            return Act(at_s, (pull,), (Word(at_s, name),)), end_s - at_s
        end_s = at_s + self._rng.uniform(*FREE_S)
        return Act(at_s, (Pull(varied(skills[name], self._rng), at_s, end_s),)), end_s - at_s

    def _pinch(self, finger: str, skills: Skills, at_s: float) -> tuple[Act, float]:
        delay_s, held_s = self._rng.uniform(*DELAY_S), self._rng.uniform(*HELD_S)
        released_s = at_s + held_s
        end_s = released_s + self._rng.uniform(*RELEASED_S)
        pinch = Pull(varied(skills[f"pinch {finger}"], self._rng), at_s - delay_s, released_s - delay_s)
        lift = Pull(varied(skills[f"lift {finger}"], self._rng), released_s - delay_s, end_s)
        words = Word(at_s, f"{finger}_press"), Word(released_s, f"{finger}_release")
        return Act(at_s, (pinch, lift), words), end_s - at_s
