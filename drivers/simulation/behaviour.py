"""What the simulated user does: rest, a gesture, rest, the next gesture, each time a little different.

Who is told what to do does that instead, until told otherwise: without it, nobody could calibrate a simulated user.
"""

from binascii import crc32
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from drivers.simulation.blocks import BLOCK_S
from drivers.simulation.forearm import MUSCLES
from drivers.simulation.neurons import Floats

REST = "rest"
#: gesture -> activation of each muscle, in the order of ``MUSCLES``, at full effort; what people have in common
GESTURES = {
    "hand_close": (0.20, 0.80, 0.30, 0.10, 0.15, 0.30),
    "hand_open": (0.05, 0.05, 0.05, 0.30, 0.75, 0.15),
    "pinch": (0.25, 0.40, 0.05, 0.05, 0.10, 0.05),
    "point": (0.05, 0.30, 0.05, 0.05, 0.40, 0.05),
    "wrist_flexion": (0.75, 0.15, 0.65, 0.05, 0.03, 0.03),
    "wrist_extension": (0.03, 0.05, 0.05, 0.60, 0.25, 0.80),
}
LABELS = (REST, *GESTURES)

REST_S = (1.8, 2.2)
GESTURE_S = (2.7, 3.3)
RISE_S = (0.05, 0.15)
TOLD_S = 60.0  # longer than anybody is asked to hold
EFFORT = (0.5, 1.0)
WOBBLE = 0.08  # of a held activation, relative; it wanders within WOBBLE_S
WOBBLE_S = 0.3

Habits = Mapping[str, Floats]
Told = Callable[[], str | None]
"""What the user is told to do right now; ``None``: what they like."""


def habits(rng: np.random.Generator) -> Habits:
    """How some person does each gesture: (muscle,) activations."""
    return {
        gesture: np.clip(np.array(shared) * _about_one(rng, 0.6) + rng.uniform(0, 0.12, len(MUSCLES)), 0, 1)
        for gesture, shared in GESTURES.items()
    }


def activations(habits: Habits, rng: np.random.Generator, told: Told = lambda: None) -> Iterator[tuple[str, Floats]]:
    """Block for block, without end: the label, and the (muscle,) activation that the muscles are asked for."""
    level = np.zeros(len(MUSCLES))
    wobble = np.zeros(len(MUSCLES))
    keep = np.exp(-BLOCK_S / WOBBLE_S)
    for wish, label, target, duration_s in _performances(habits, rng, told):
        start, rise_s = level, rng.uniform(*RISE_S)
        for block in range(round(duration_s / BLOCK_S)):
            if told() != wish:
                break
            level = start + (target - start) * _smooth((block + 0.5) * BLOCK_S / rise_s)
            wobble = keep * wobble + np.sqrt(1 - keep**2) * rng.normal(0, WOBBLE, len(MUSCLES))
            yield label, np.clip(level * (1 + wobble), 0, 1)


def _performances(
    habits: Habits, rng: np.random.Generator, told: Told
) -> Iterator[tuple[str | None, str, Floats, float]]:
    """What was told, label, activation and seconds: every gesture once, in some order, then all of them again."""
    while True:
        for gesture in rng.permutation(list(GESTURES)):
            while (wish := told()) is not None:
                yield wish, wish, _performed(wish, habits, rng), TOLD_S
            yield None, REST, np.zeros(len(MUSCLES)), rng.uniform(*REST_S)
            yield None, str(gesture), _performed(str(gesture), habits, rng), rng.uniform(*GESTURE_S)


def _performed(gesture: str, habits: Habits, rng: np.random.Generator) -> Floats:
    """(muscle,) activations of one repetition."""
    if gesture == REST:
        return np.zeros(len(MUSCLES))
    habit = habits[gesture] if gesture in habits else _invented(gesture)
    effort = rng.uniform(*EFFORT)
    repetition: Floats = effort * habit * _about_one(rng, 0.12)
    return repetition


def _invented(gesture: str) -> Floats:
    """How everybody does a gesture that is not among ``GESTURES``: the same at every call."""
    return np.random.default_rng(crc32(gesture.encode())).uniform(0.05, 0.8, len(MUSCLES))


def _about_one(rng: np.random.Generator, spread: float) -> Floats:
    return np.exp(rng.normal(0, spread, len(MUSCLES)))


def _smooth(x: float) -> float:
    """From 0 to 1 without corners."""
    x = min(x, 1)
    return x * x * (3 - 2 * x)
