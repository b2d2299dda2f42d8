"""A simulated person with a band of 16 channels on one wrist, or on both, who types or makes events."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from drivers.simulation.acts import Act, Drive
from drivers.simulation.arm import COLUMNS, WHERE_IT_BELONGS, Arm, Donning
from drivers.simulation.behaviour import Told
from drivers.simulation.blocks import BLOCK, BLOCK_S, RATE_HZ
from drivers.simulation.electronics import Electronics
from drivers.simulation.fingers import HAND, PARTS, Skills, skills
from drivers.simulation.grid_user import WRISTBAND, SampledSkin
from drivers.simulation.neurons import UNITS, Floats, Ints, MotorNeurons
from drivers.simulation.user import Block, Recorded, recorded
from drivers.source import Marker, Samples

WRISTBAND_HZ = 2000
HALF_SAMPLE_S = 0.5 / WRISTBAND_HZ  # words belong to the nearest sample, which may be the next block's
STEPS_S: Floats = (np.arange(6) + 0.5) / 6 * BLOCK_S
"""Activations are computed every 5 ms, as a key takes but 100: (step,) the middle of each within a block."""

HAND_BODY, HAND_DAY, HAND_SESSION = 7, 8, 9  # as grid_user.BODY and DAY: no two share random numbers
LEFT = 2**20
"""Added to the user's number: the other hand is another hand, with another band."""


class Doer(Protocol):
    """Decides what is done and when."""

    def acts(self, skills: Skills, told: Told) -> Iterator[Act]:
        """Without end."""
        ...


@dataclass(frozen=True)
class Wearer:
    """Who wears how many bands, how put on, in which session."""

    user: int = 0
    seed: int = 0
    donning: Donning = WHERE_IT_BELONGS
    bands: int = 1
    """1: on the right wrist. 2: the left one's channels come first."""

    @property
    def hands(self) -> tuple[int, ...]:
        """The number that each hand is made from, in the order of the bands."""
        return (self.user + LEFT, self.user)[-self.bands :]


class WristbandUser:
    """A person on a day, in a session: the same numbers give the same signal and the same truth."""

    def __init__(self, wearer: Wearer, does: Callable[[np.random.Generator], Doer]) -> None:
        """does: what the person does, made from the session's random numbers."""
        self._wearer, self._does = wearer, does
        self._potentials = [_potentials(hand, wearer) for hand in wearer.hands]
        days = ([HAND_DAY, wearer.user, wearer.donning.day], [HAND_BODY, wearer.user])
        day, body = map(np.random.default_rng, days)
        self._skills = skills(body, day)
        self.told: str | None = None
        """The text to type or the act to make, once; ``None``: what they like."""

    def blocks(self) -> Iterator[Block]:
        """The session from its beginning, without end, as fast as it is asked for."""
        session = [HAND_SESSION, self._wearer.user, self._wearer.donning.day, self._wearer.seed]
        doing, firing, wiring = np.random.default_rng(session).spawn(3)
        still = np.tile(self._skills["hover"], self._wearer.bands)
        drive = Drive(self._does(doing).acts(self._skills, lambda: self.told), still)
        neurons = MotorNeurons(len(still), firing)
        skins = [SampledSkin(potentials, BLOCK * WRISTBAND_HZ // RATE_HZ) for potentials in self._potentials]
        electronics = Electronics(COLUMNS * len(skins), wiring, WRISTBAND_HZ)
        number = 0
        while True:
            activations, words = drive.at(number * BLOCK_S + STEPS_S, (number + 1) * BLOCK_S - HALF_SAMPLE_S)
            muscles = _heard(skins, *neurons.fire(activations))
            markers = tuple(Marker(round(word.at_s * WRISTBAND_HZ), word.text) for word in words)
            yield Block((muscles + electronics.block()).astype(np.float32), "", markers)
            number += 1

    def record(self, seconds: float) -> Recorded:
        """The first ``seconds`` of the session; its truth is in the markers."""
        return recorded(self.blocks(), seconds, WRISTBAND_HZ)


def _potentials(hand: int, wearer: Wearer) -> Samples:
    """(unit, tick, time, channel): a left hand is the picture of a right one in a mirror, and so is its band."""
    arm = Arm.of(np.random.default_rng([HAND_BODY, hand, 1]), HAND)
    seen = arm.potentials(WRISTBAND, wearer.donning, hand, WRISTBAND_HZ)
    return np.ascontiguousarray(seen[..., -np.arange(COLUMNS) % COLUMNS]) if hand >= LEFT else seen


def _heard(skins: list[SampledSkin], units: Ints, steps: Ints) -> Floats:
    """(time, channel) of all bands: each hears the units of its own hand."""
    hands = units // (len(PARTS) * UNITS)
    parts = [
        skin.block(units[hands == hand] - hand * len(PARTS) * UNITS, steps[hands == hand])
        for hand, skin in enumerate(skins)
    ]
    return np.hstack(parts).astype(float)
