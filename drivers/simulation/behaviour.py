"""What the simulated user does: rest, a gesture, rest, the next gesture, each time a little different."""

from collections.abc import Iterator, Mapping

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
EFFORT = (0.5, 1.0)
WOBBLE = 0.08  # of a held activation, relative; it wanders within WOBBLE_S
WOBBLE_S = 0.3

Habits = Mapping[str, Floats]


def habits(rng: np.random.Generator) -> Habits:
    """How some person does each gesture: (muscle,) activations."""
    return {
        gesture: np.clip(np.array(shared) * _about_one(rng, 0.6) + rng.uniform(0, 0.12, len(MUSCLES)), 0, 1)
        for gesture, shared in GESTURES.items()
    }


def activations(habits: Habits, rng: np.random.Generator) -> Iterator[tuple[str, Floats]]:
    """Block for block, without end: the label, and the (muscle,) activation that the muscles are asked for."""
    level = np.zeros(len(MUSCLES))
    wobble = np.zeros(len(MUSCLES))
    keep = np.exp(-BLOCK_S / WOBBLE_S)
    for label, target, duration_s in _performances(habits, rng):
        start, rise_s = level, rng.uniform(*RISE_S)
        for block in range(round(duration_s / BLOCK_S)):
            level = start + (target - start) * _smooth((block + 0.5) * BLOCK_S / rise_s)
            wobble = keep * wobble + np.sqrt(1 - keep**2) * rng.normal(0, WOBBLE, len(MUSCLES))
            yield label, np.clip(level * (1 + wobble), 0, 1)


def _performances(habits: Habits, rng: np.random.Generator) -> Iterator[tuple[str, Floats, float]]:
    """Label, activation and seconds: every gesture once, in some order, then all of them again."""
    while True:
        for gesture in rng.permutation(list(GESTURES)):
            yield REST, np.zeros(len(MUSCLES)), rng.uniform(*REST_S)
            effort = rng.uniform(*EFFORT)
            yield str(gesture), effort * habits[str(gesture)] * _about_one(rng, 0.12), rng.uniform(*GESTURE_S)


def _about_one(rng: np.random.Generator, spread: float) -> Floats:
    return np.exp(rng.normal(0, spread, len(MUSCLES)))


def _smooth(x: float) -> float:
    """From 0 to 1 without corners."""
    x = min(x, 1)
    return x * x * (3 - 2 * x)
