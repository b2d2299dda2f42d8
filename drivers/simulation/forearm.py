"""A forearm in cross-section: where muscles and electrodes lie decides how each motor unit looks on the skin.

A unit's action potential is a three-phase wave (Hermite functions of order 2 and 3: the passing dipole seen by a
bipolar electrode). Tissue between unit and electrode makes it smaller and slower. Geometry is in millimetres; angles
run from the middle of the palm's side towards the thumb.
"""

from dataclasses import dataclass

import numpy as np

from drivers.simulation.blocks import RATE_HZ
from drivers.simulation.neurons import THRESHOLDS, UNITS, Floats

#: muscle -> angle in degrees, depth of its middle under the fat in mm
MUSCLES = {
    "flexor carpi radialis": (35, 8),
    "flexor digitorum superficialis": (0, 14),
    "flexor carpi ulnaris": (-55, 8),
    "extensor carpi ulnaris": (-130, 8),
    "extensor digitorum": (180, 9),
    "extensor carpi radialis": (110, 10),
}
ELECTRODES = {"flexors": 15, "extensors": 165}
"""Channel -> the angle where it belongs. Nobody puts it exactly there."""

MISPLACED_DEG = 45.0  # electrode, either way
MUSCLE_RADIUS = 6.0
POTENTIAL = 128
"""Samples of an action potential: 32 ms."""

LARGEST_UV = 1200.0  # the largest unit, seen from NEAR; each stands for several, as a pool of 50 is a small one
NEAR = 10.0


@dataclass(frozen=True)
class Forearm:
    """What differs between people under the same electrodes."""

    electrodes: Floats
    """(channel, 2) position in mm."""
    units: Floats
    """(muscle * unit, 2) position in mm."""
    gains: Floats
    """(channel,) contact and amplifier, about 1."""
    slowness: Floats
    """(muscle,) duration of the muscle's action potentials, about 1: fibre type and temperature."""

    @classmethod
    def of(cls, rng: np.random.Generator) -> "Forearm":
        """Some person's forearm."""
        radius, fat = rng.uniform(34, 46), rng.uniform(1.5, 6)
        shifts = rng.uniform(-MISPLACED_DEG, MISPLACED_DEG, len(ELECTRODES))
        angles, depths = np.array(list(MUSCLES.values()), float).T
        angles += rng.normal(0, 8, len(MUSCLES))
        depths *= rng.uniform(0.8, 1.3, len(MUSCLES))
        middles = polar(angles, radius - depths)
        return cls(
            electrodes=polar(np.array(list(ELECTRODES.values())) + shifts, np.array(radius + fat)),
            units=(middles[:, None] + disc(rng, MUSCLE_RADIUS, (len(MUSCLES), UNITS))).reshape(-1, 2),
            gains=np.exp(rng.normal(0, 0.2, len(ELECTRODES))),
            slowness=np.exp(rng.normal(0, 0.15, len(MUSCLES))),
        )

    def potentials(self, rng: np.random.Generator) -> Floats:
        """(muscle * unit, POTENTIAL, channel) action potentials in microvolts; ``rng`` gives each unit its shape."""
        distance = np.linalg.norm(self.units[:, None] - self.electrodes, axis=-1)
        largest = LARGEST_UV * np.tile(THRESHOLDS / THRESHOLDS[-1], len(MUSCLES))  # who is recruited late, is large
        amplitude = largest[:, None] * self.gains * (NEAR / distance) ** 2
        width_ms = np.repeat(self.slowness, UNITS)[:, None] * (1.1 + 0.03 * distance)
        phase = rng.uniform(-np.pi / 2, np.pi / 2, len(self.units))[:, None, None]
        time_ms = (np.arange(POTENTIAL) - POTENTIAL / 2) / RATE_HZ * 1000
        waves: Floats = amplitude[:, None] * _wave(time_ms[:, None] / width_ms[:, None], phase)
        return waves


def _wave(u: Floats, phase: Floats) -> Floats:
    """Between the even and the odd wave; its mean is 0 at every phase, so it carries little below 20 Hz."""
    return (np.cos(phase) * (1 - u**2) + np.sin(phase) * (u**3 / 3 - u)) * np.exp(-(u**2) / 2)


def polar(angle_deg: Floats, radius: Floats) -> Floats:
    """(..., 2) positions in the cross-section."""
    angle = np.radians(angle_deg)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)


def disc(rng: np.random.Generator, radius: float, shape: tuple[int, ...]) -> Floats:
    """(*shape, 2) positions, evenly within a circle around 0."""
    return polar(rng.uniform(0, 360, shape), radius * np.sqrt(rng.uniform(0, 1, shape)))
