"""Somebody who types: which keys, when, and what each asks of the fingers.

Numbers are ours, near what is known of typists: a key is a burst of about 100 ms that begins 50 to 110 ms before it,
then the finger is lifted; intervals scatter by a quarter, a finger that goes twice takes longer, some keys are hit in
place of their neighbours and taken back.
"""

from collections.abc import Iterator

import numpy as np

from drivers.simulation.acts import Act, Pull, Word
from drivers.simulation.behaviour import REST, Told
from drivers.simulation.fingers import PARTS, Skills
from drivers.simulation.keyboard import BACKSPACE, ENTER, SHIFT, Keyboard, Reach, keys_of
from drivers.simulation.neurons import Floats

START_S = 1.0
IDLE_S = 0.05
DELAY_S, DELAY_SPREAD_S = 0.08, 0.012  # from the muscle to the key
DELAYS_S = (0.05, 0.11)
LINGER_S = (0.0, 0.03)  # the press, after the key
LIFT_S = (0.05, 0.08)  # when the lift begins, after the key
LIFTED_S = 0.06
INTERVAL_SPREAD = 0.25  # of the logarithm
SHORTEST_S = 0.08
SAME_FINGER = 1.25  # times the interval
LINE_S = 0.8  # a look at the next sentence
SHIFT_INTERVALS = 1.3
"""How long shift is held, in mean intervals."""
SLIP = 0.015
"""Share of the keys that are missed, and corrected."""
STRENGTH, SHAPE = 0.22, 0.15  # spread of each movement, and of each muscle in it, in the logarithm
CHARACTERS_PER_WORD = 5


def known(text: str) -> str:
    """The text, if there is a key for each of its characters. Raises ``ValueError`` where not."""
    for character in text:
        try:
            keys_of(character)
        except KeyError:
            raise ValueError(f"no key of a US keyboard writes {character!r}") from None
    return text


class Typist:
    """Types ``text``, piece after piece; who is told to type something types that once, then waits."""

    def __init__(self, hands: int, words_per_minute: float, text: Iterator[str], rng: np.random.Generator) -> None:
        self._keyboard, self._hands = Keyboard(hands), hands
        self._interval_s = 60 / CHARACTERS_PER_WORD / words_per_minute
        self._text, self._rng = text, rng

    def acts(self, skills: Skills, told: Told) -> Iterator[Act]:
        """Without end."""
        at_s, finger = START_S, ""
        for key in self._keys(told):
            if key is None:
                at_s += IDLE_S
                yield Act(at_s)
                continue
            reach = self._keyboard.reach(key)
            at_s += self._pause_s(f"{reach.hand} {reach.finger}" == finger)
            finger = f"{reach.hand} {reach.finger}"
            yield Act(at_s, self._pulls(key, reach, skills, at_s), (Word(at_s, key),))
            at_s += LINE_S * (key == ENTER)

    def _keys(self, told: Told) -> Iterator[str | None]:
        """``None``: nothing to do for now. Shift goes down once for a run of characters that need it."""
        before: tuple[str, ...] = ()
        for character in self._characters(told):
            keys = keys_of(character) if character else ()
            if not keys:
                yield None
            if keys[:-1] != before[:-1]:
                yield from keys[:-1]
            for key in keys[-1:]:
                yield from self._slipped(key)
                yield key
            before = keys

    def _characters(self, told: Told) -> Iterator[str | None]:
        typed: str | None = None
        while True:
            wish = told()
            if wish is not None and wish in (typed, REST):
                typed = wish  # who has rested types again what is asked again
                yield None
                continue
            for character in next(self._text) if wish is None else known(wish):
                if told() != wish:
                    break
                yield character
            typed = wish

    def _slipped(self, key: str) -> Iterator[str]:
        near = self._keyboard.beside(key)
        if near and self._rng.random() < SLIP:
            yield str(self._rng.choice(near))
            yield BACKSPACE

    def _pause_s(self, same_finger: bool) -> float:
        interval_s = self._interval_s * np.exp(self._rng.normal(0, INTERVAL_SPREAD))
        return float(max(SHORTEST_S, interval_s * (SAME_FINGER if same_finger else 1)))

    def _pulls(self, key: str, reach: Reach, skills: Skills, at_s: float) -> tuple[Pull, ...]:
        start_s = at_s - float(np.clip(self._rng.normal(DELAY_S, DELAY_SPREAD_S), *DELAYS_S))
        end_s = at_s + (self._interval_s * SHIFT_INTERVALS if key == SHIFT else self._rng.uniform(*LINGER_S))
        lift_s = max(end_s, at_s) + self._rng.uniform(*LIFT_S)
        press, lift = skills[f"press {reach.finger}"] + _on_the_way(reach, skills), skills[f"lift {reach.finger}"]
        return (
            Pull(self._asked(reach.hand, press), start_s, end_s),
            Pull(self._asked(reach.hand, lift), lift_s, lift_s + LIFTED_S),
        )

    def _asked(self, hand: int, move: Floats) -> Floats:
        """A movement of one hand, never twice the same -> (hand * part,)."""
        asked = np.zeros((self._hands, len(PARTS)))
        asked[hand] = varied(move, self._rng)
        return asked.ravel()


def varied(move: Floats, rng: np.random.Generator) -> Floats:
    """A movement as it is made once."""
    made: Floats = move * np.exp(rng.normal(0, STRENGTH) + rng.normal(0, SHAPE, len(move)))
    return made


def _on_the_way(reach: Reach, skills: Skills) -> Floats:
    """(part,) what the way to the key asks for: rows up or down, columns either way."""
    up, down = max(reach.rows, 0), max(-reach.rows, 0)
    outwards, inwards = max(reach.outwards, 0), max(-reach.outwards, 0)
    way: Floats = outwards * skills["away from the thumb"] + inwards * skills["towards the thumb"]
    if reach.finger != "thumb":
        way = way + up * skills[f"stretch {reach.finger}"] + down * skills[f"bend {reach.finger}"]
    return way
