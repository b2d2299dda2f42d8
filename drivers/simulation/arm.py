"""A forearm with muscles along it, and how an array of electrodes lies on it.

Muscles, their angles and depths are those of the two-channel user. Where their innervation zones lie, how long their
fibres are and how much people differ are our assumptions: zones are spread, so that each row of a grid sees some.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from drivers.simulation.fibres import Units, action_potentials, sampled
from drivers.simulation.forearm import MUSCLE_RADIUS, MUSCLES, disc, polar
from drivers.simulation.neurons import THRESHOLDS, UNITS, Floats
from drivers.source import Samples

#: muscle -> middle of its innervation zone, mm towards the wrist from the middle of a grid
ZONES = {
    "flexor carpi radialis": -12,
    "flexor digitorum superficialis": 6,
    "flexor carpi ulnaris": -3,
    "extensor carpi ulnaris": 0,
    "extensor digitorum": 14,
    "extensor carpi radialis": -20,
}
ZONE_MM = 6.0  # how far a person's differ from these, and:
UNIT_ZONE_MM = 2.5  # how far a unit's lies from that of its muscle
HALF_MM = (35.0, 55.0)  # from the zone to either tendon
UNIT_HALF_MM = 3.0
SPEED = 4.0  # m/s
SLOWEST = 3.0

COLUMNS = 16
"""Electrodes round the arm."""
ROW_MM = 10.0
"""From one contact to the next along the arm: each channel is the difference of two neighbours."""


@dataclass(frozen=True)
class Anatomy:
    """The muscles of a forearm, as people have them in common."""

    places: Mapping[str, tuple[float, float]]
    """Muscle -> angle in degrees, depth of its middle under the fat in mm."""
    zones: Mapping[str, float]
    """Muscle -> middle of its innervation zone, mm towards the wrist from the middle of a grid."""
    radius: float
    """Of each muscle, mm."""


SIX_MUSCLES: Final = Anatomy(MUSCLES, ZONES, MUSCLE_RADIUS)

SKIN = 0.25  # of the logarithm of the gain, rms; a map that belongs to the person
CONTACT = 0.12  # likewise, of each electrode, new whenever they are put on
REDONNED = 0.5
"""Electrodes are put on again up to so many electrode distances away, each way."""

DONNING = 4  # beside user.PERSON and user.SESSION, and grid_user's: no two share random numbers


@dataclass(frozen=True)
class Array:
    """Electrodes in rows along the arm, ``COLUMNS`` in a ring."""

    name: str
    rows: int
    middle_mm: float
    """Along the arm, from the middle of a grid towards the wrist."""

    @property
    def channels(self) -> int:
        """How many electrodes."""
        return self.rows * COLUMNS

    @property
    def grid(self) -> tuple[tuple[int, ...], ...]:
        """Rows of channel numbers: the first row is nearest to the elbow."""
        return tuple(tuple(range(row, row + COLUMNS)) for row in range(0, self.channels, COLUMNS))


@dataclass(frozen=True)
class Donning:
    """How an array was put on."""

    day: int = 0
    """0: where it belongs. Every other day a bit beside it, and the contacts are others."""
    shift_rows: float = 0.0
    """Towards the wrist, in electrode distances, on top of the day's."""
    shift_columns: float = 0.0
    """Round the arm, likewise."""

    def of(self, user: int) -> tuple[float, float, np.random.Generator]:
        """Rows and columns by which this user's array is off, and the numbers that its contacts are made of."""
        rng = np.random.default_rng([DONNING, user, self.day])
        rows, columns = rng.uniform(-REDONNED, REDONNED, 2) * (self.day > 0)
        return self.shift_rows + rows, self.shift_columns + columns, rng


WHERE_IT_BELONGS: Final = Donning()


@dataclass(frozen=True)
class Arm:
    """Some person's."""

    radius: float
    """To the skin, mm."""
    units: Units
    """Those of the first muscle, those of the next, ..."""
    skin: Floats
    """(wave, 3): cosine and sine round the arm and slope along it, of the logarithm of the gain."""

    @classmethod
    def of(cls, rng: np.random.Generator, anatomy: Anatomy = SIX_MUSCLES) -> "Arm":
        """A forearm as people have it."""
        radius, fat = rng.uniform(34, 46), rng.uniform(1.5, 6)
        angles, depths = np.array(list(anatomy.places.values()), float).T
        angles += rng.normal(0, 8, len(angles))
        depths *= rng.uniform(0.8, 1.3, len(depths))
        middles = polar(angles, radius - depths)
        across = (middles[:, None] + disc(rng, anatomy.radius, (len(middles), UNITS))).reshape(-1, 2)
        zones = np.array(list(anatomy.zones.values()))
        return cls(radius + fat, _units(across, zones, rng), rng.normal(0, SKIN / np.sqrt(3), (3, 3)))

    def potentials(self, array: Array, donning: Donning, user: int, rate_hz: float) -> Samples:
        """(unit, tick, time, channel) action potentials in microvolts, as the array sees and samples them."""
        rows, columns, rng = donning.of(user)
        along: Floats = array.middle_mm + ROW_MM * (np.arange(array.rows + 1, dtype=float) - array.rows / 2 + rows)
        angles: Floats = 360 / COLUMNS * (np.arange(COLUMNS, dtype=float) + columns)
        gains = np.exp(self._skin(along, angles) + rng.normal(0, CONTACT, (array.rows, COLUMNS)))
        muscles = [self.units.part(slice(first, first + UNITS)) for first in range(0, len(self.units.sizes), UNITS)]
        return np.concatenate([self._muscle(muscle, along, angles, rate_hz, gains) for muscle in muscles])

    def _muscle(self, units: Units, along: Floats, angles: Floats, rate_hz: float, gains: Floats) -> Samples:
        waves = action_potentials(units, along, polar(angles, np.array(self.radius)), rate_hz) * gains[..., None]
        return sampled(waves.reshape(len(waves), gains.size, -1).astype(np.float32), rate_hz)

    def _skin(self, along: Floats, angles: Floats) -> Floats:
        """(row, column) logarithm of the gain."""
        turns = np.radians(angles)[:, None] * np.arange(1, len(self.skin) + 1)
        around = np.cos(turns) @ self.skin[:, 0] + np.sin(turns) @ self.skin[:, 1]
        slope = self.skin[0, 2] * (along[1:] + along[:-1]) / 2 / (4 * ROW_MM)
        logarithm: Floats = slope[:, None] + around
        return logarithm


def _units(across: Floats, middles: Floats, rng: np.random.Generator) -> Units:
    """across: (unit, 2) position in the cross-section; middles: (muscle,) where innervation zones lie."""
    muscles, units = len(middles), len(across)
    zones = np.repeat(middles + rng.normal(0, ZONE_MM, muscles), UNITS)
    halves = np.repeat(rng.uniform(*HALF_MM, (muscles, 2)), UNITS, axis=0)
    speeds = np.repeat(SPEED * np.exp(rng.normal(0, 0.08, muscles)), UNITS)
    return Units(
        across,
        zones=zones + rng.normal(0, UNIT_ZONE_MM, units),
        halves=halves + rng.normal(0, UNIT_HALF_MM, (units, 2)),
        speeds=np.maximum(speeds * np.tile(np.linspace(0.9, 1.1, UNITS), muscles), SLOWEST),  # large units are fast
        sizes=np.tile(THRESHOLDS / THRESHOLDS[-1], muscles),
    )
