"""Action potentials that run along muscle fibres, as pairs of contacts on the skin see them.

The fibres of a motor unit lie along the arm. Where the nerve enters, in the innervation zone, an action potential
begins; it runs both ways and ends at the tendons. So over the zone a pair of contacts along the arm sees little, and
on either side of it the same wave upside down; at the tendons a part appears everywhere at once.

The intracellular potential is Rosenfalck's (1969, Acta Physiologica Scandinavica Suppl. 321): u^3 exp(-u), u in mm
behind the front. Its slope is a moving line of dipoles in an endless volume that conducts better along the fibres than
across them. Simpler than an arm: no layers of skin, fat and bone, and a unit is one fibre with the strength of many.
"""

from dataclasses import dataclass

import numpy as np

from drivers.simulation.blocks import RATE_HZ
from drivers.simulation.neurons import Floats
from drivers.source import Samples

POTENTIAL = 128
"""Steps of 1 / RATE_HZ of an action potential: 32 ms."""

LEAD = 12
"""Steps before it begins: a filter that keeps the shape of a wave begins before the wave."""

CONDUCTS_ALONG = 2.0  # as well as across; muscle alone does so about 5 times, fat and skin do not
STEP_MS = 1000 / RATE_HZ
TRANSFORM = 2 * POTENTIAL
SOURCE_UV = 1.5e5  # of a unit of size 1; gives amplitudes that are measured on forearms
TAPER = (0.35, 0.5)
"""Of the rate of the device: its filter against aliasing passes all below, nothing above."""


@dataclass(frozen=True)
class Units:
    """Motor units: lengths in mm, along the arm from the elbow to the wrist, 0 in the middle of a grid."""

    across: Floats
    """(unit, 2) position in the cross-section."""
    zones: Floats
    """(unit,) where the action potentials begin."""
    halves: Floats
    """(unit, 2) length of the fibres from there to the wrist, and to the elbow."""
    speeds: Floats
    """(unit,) conduction velocity in mm/ms, which is m/s."""
    sizes: Floats
    """(unit,) strength; 1 is the largest of a muscle."""

    def part(self, units: slice) -> "Units":
        """Some of them."""
        return Units(*(getattr(self, name)[units] for name in self.__dataclass_fields__))


def action_potentials(units: Units, along: Floats, across: Floats, rate_hz: float) -> Floats:
    """What pairs of contacts see of each unit: (unit, row, column, POTENTIAL) microvolts, for a device of that rate.

    along: (row + 1,) mm; a pair is two neighbours. across: (column, 2) mm.
    """
    time_ms = np.arange(POTENTIAL) * STEP_MS
    behind = units.speeds[:, None] * time_ms
    slope = (3 * behind**2 - behind**3) * np.exp(-behind)
    waves = np.fft.rfft(slope, TRANSFORM)[:, None, None] * np.fft.rfft(_pairs(units, along, across), TRANSFORM)
    strength = SOURCE_UV * (units.sizes * units.speeds * STEP_MS)[:, None, None, None]
    potentials: Floats = strength * np.fft.irfft(waves * _passed(rate_hz), TRANSFORM)[..., :POTENTIAL]
    return potentials


def _pairs(units: Units, along: Floats, across: Floats) -> Floats:
    """(unit, row, column, POTENTIAL): what a dipole does that left the zone at step LEAD, both ways."""
    distance = np.linalg.norm(units.across[:, None] - across, axis=-1)
    depth = (CONDUCTS_ALONG * distance**2)[:, None, :, None]
    run = (units.speeds[:, None] * (np.arange(POTENTIAL) - LEAD) * STEP_MS)[:, None, None]
    beyond = (units.zones[:, None] - along)[:, :, None, None]
    pairs: Floats = np.zeros(())
    for way, half in zip((1, -1), units.halves.T, strict=True):
        on_its_way = (run >= 0) & (run < half[:, None, None, None])
        pairs = pairs + np.diff(_dipole(run + way * beyond, depth), axis=1) * on_its_way
    return pairs


def _dipole(along: Floats, depth: Floats) -> Floats:
    field: Floats = along * (depth + along**2) ** -1.5
    return field


def _passed(rate_hz: float) -> Floats:
    """(frequency,) from 1 to 0 without corners, between the two borders of ``TAPER``."""
    low, high = TAPER
    place = np.clip((np.fft.rfftfreq(TRANSFORM, 1 / RATE_HZ) / rate_hz - low) / (high - low), 0, 1)
    passed: Floats = (1 + np.cos(np.pi * place)) / 2
    return passed


def sampled(potentials: Samples, rate_hz: float) -> Samples:
    """(unit, channel, POTENTIAL) -> (unit, tick, time, channel): as a device samples them.

    A spike falls ``tick`` steps after a sample of the device; rates are whole fractions of ``RATE_HZ``.
    """
    ticks = round(RATE_HZ / rate_hz)
    padded = np.pad(potentials, ((0, 0), (0, 0), (ticks, 0)))
    late = [padded[..., ticks - tick :: ticks][..., : POTENTIAL // ticks] for tick in range(ticks)]
    return np.ascontiguousarray(np.moveaxis(np.stack(late, axis=1), -1, 2))
