"""The hand that types: the parts of the forearm's muscles that move single fingers, and what movements ask of them.

Each finger has its own part of the deep and the superficial flexors and of the extensors; neighbours lie side by side
and pull a little along. Where the parts lie and how strongly they pull are our assumptions, as in ``arm``.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from drivers.simulation.arm import Anatomy
from drivers.simulation.neurons import Floats

FINGERS: Final = ("thumb", "index", "middle", "ring", "little")

#: part -> angle in degrees, depth of its middle under the fat in mm, innervation zone in mm towards the wrist
PARTS: Final = {
    "thumb flexor": (42, 15, 10),
    "index flexor": (20, 13, 8),
    "middle flexor": (2, 12, 2),
    "ring flexor": (-16, 12, -4),
    "little flexor": (-34, 13, 4),
    "thumb abductor": (95, 12, 12),
    "thumb extensor": (148, 11, 14),
    "index extensor": (164, 13, 16),
    "middle extensor": (178, 11, 6),
    "ring extensor": (-168, 11, 2),
    "little extensor": (-150, 12, 8),
    "radial flexor": (55, 12, -12),
    "ulnar flexor": (-58, 12, -3),
    "ulnar extensor": (-125, 12, 0),
    "radial extensor": (115, 12, -20),
}
HAND: Final = Anatomy(
    {part: (angle, depth) for part, (angle, depth, _) in PARTS.items()},
    {part: zone for part, (_, _, zone) in PARTS.items()},
    radius=4.0,
)
Asked = Mapping[str, float]
"""Part -> activation, from 0 to 1; the others relax."""


def _neighbours(finger: str, kind: str, pull: float) -> dict[str, float]:
    """The fingers beside it, which cannot keep still; the thumb has muscles of its own."""
    at = FINGERS.index(finger)
    return {f"{FINGERS[near]} {kind}": pull for near in (at - 1, at + 1) if 0 < near < len(FINGERS)}


def _finger(finger: str) -> dict[str, Asked]:
    """What a finger does on keys."""
    flexor, extensor = f"{finger} flexor", f"{finger} extensor"
    return {
        f"press {finger}": {
            flexor: 0.34,
            extensor: 0.06,
            "radial extensor": 0.05,
            **_neighbours(finger, "flexor", 0.09),
        },
        f"lift {finger}": {extensor: 0.26, **_neighbours(finger, "extensor", 0.09)},
        f"stretch {finger}": {extensor: 0.16, "radial extensor": 0.14, "ulnar extensor": 0.08},
        f"bend {finger}": {flexor: 0.12, "radial flexor": 0.12, "ulnar flexor": 0.10},
    }


#: movement -> what it asks of the muscles; what people have in common
MOVES: Final[dict[str, Asked]] = {
    **{move: asked for finger in FINGERS[1:] for move, asked in _finger(finger).items()},
    "press thumb": {"thumb flexor": 0.32, "thumb abductor": 0.12},
    "lift thumb": {"thumb extensor": 0.24, "thumb abductor": 0.10},
    "towards the thumb": {"radial flexor": 0.12, "radial extensor": 0.14},
    "away from the thumb": {"ulnar flexor": 0.13, "ulnar extensor": 0.13},
    "hover": {"radial extensor": 0.035, "ulnar extensor": 0.025, "middle extensor": 0.02, "ring extensor": 0.02},
    "pinch index": {"index flexor": 0.34, "thumb flexor": 0.22, "middle flexor": 0.08},
    "pinch middle": {"middle flexor": 0.34, "thumb flexor": 0.22, "ring flexor": 0.09},
    "thumb click": {"thumb flexor": 0.36, "index flexor": 0.10, "thumb extensor": 0.06},
    "thumb down": {"thumb flexor": 0.26, "radial flexor": 0.16},
    "thumb in": {"thumb flexor": 0.18, "thumb extensor": 0.16, "index extensor": 0.05},
    "thumb out": {"thumb abductor": 0.34, "radial extensor": 0.10},
    "thumb up": {"thumb extensor": 0.32, "thumb abductor": 0.16},
    "wrist flexion": {"radial flexor": 0.35, "ulnar flexor": 0.30},
    "wrist extension": {"radial extensor": 0.35, "ulnar extensor": 0.30, "middle extensor": 0.10},
    "curl": {"ring flexor": 0.25, "little flexor": 0.25, "middle flexor": 0.12},
}

HABIT = 0.35  # how far people differ, in the logarithm of each activation, and:
MOOD = 0.12  # a person from day to day
STRAY = 0.03
"""Of full effort, at most: muscles that some people pull along though nobody has to."""

Skills = Mapping[str, Floats]
"""Movement -> (part,) activations."""


def skills(body: np.random.Generator, day: np.random.Generator) -> Skills:
    """How some person makes each movement on some day."""
    return {
        move: (_asked(parts) * _about_one(body, HABIT) + _stray(body)) * _about_one(day, MOOD)
        for move, parts in MOVES.items()
    }


def _asked(parts: Asked) -> Floats:
    return np.array([parts.get(part, 0.0) for part in PARTS])


def _stray(body: np.random.Generator) -> Floats:
    return body.uniform(0, STRAY, len(PARTS)) * (body.random(len(PARTS)) < 0.3)


def _about_one(rng: np.random.Generator, spread: float) -> Floats:
    return np.exp(rng.normal(0, spread, len(PARTS)))
