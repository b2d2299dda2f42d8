"""Motor neurons: how strongly a muscle is asked decides which units fire, and how fast (the size principle).

Fuglevand, Winter and Patla 1993 (J Neurophysiol 70:2470), "Models of recruitment and rate coding organization in
motor-unit pools". Thresholds rise exponentially, exp(i ln RR / N), as in MyoGen's
``simulator/core/physiological_distribution.py``; the constants are those that public re-implementations agree on.
Ours differs in one point: an interval already begun stretches when the drive changes (time is rescaled).
"""

import numpy as np
import numpy.typing as npt

from drivers.simulation.blocks import BLOCK, BLOCK_S

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

UNITS = 50
"""Motor units per muscle: a forearm muscle has more, this many give an interference pattern."""

RECRUITMENT_RANGE = 30.0  # largest threshold over smallest
LOWEST_RATE_HZ = 8.0
FIRST_PEAK_RATE_HZ = 35.0  # of the unit recruited first; later ones peak lower, by up to:
PEAK_RATE_SPREAD_HZ = 10.0
INTERVAL_CV = 0.2  # irregularity of the intervals
SHORTEST_INTERVAL = 0.5  # of the mean
MOST_SPIKES = int(FIRST_PEAK_RATE_HZ * BLOCK_S / SHORTEST_INTERVAL) + 1  # of one unit within a block

THRESHOLDS: Floats = np.exp(np.log(RECRUITMENT_RANGE) * np.arange(1, UNITS + 1) / UNITS)
"""(unit,) Excitation at which each unit of a pool begins to fire."""

PEAK_RATES_HZ: Floats = FIRST_PEAK_RATE_HZ - PEAK_RATE_SPREAD_HZ * THRESHOLDS / RECRUITMENT_RANGE
FULL_EXCITATION = THRESHOLDS[-1] + PEAK_RATES_HZ[-1] - LOWEST_RATE_HZ  # one pulse/s for each unit of excitation


def firing_rates(activation: Floats) -> Floats:
    """(..., muscle) activation from 0 to 1 -> (..., muscle, unit) spikes per second, 0 below the unit's threshold."""
    excess = activation[..., None] * FULL_EXCITATION - THRESHOLDS
    return np.where(excess >= 0, np.minimum(LOWEST_RATE_HZ + excess, PEAK_RATES_HZ), 0)


class MotorNeurons:
    """The pools of several muscles, and how far each neuron is from its next spike."""

    def __init__(self, muscles: int, rng: np.random.Generator) -> None:
        self._rng = rng
        self._wait = rng.uniform(0, 1, muscles * UNITS)  # in mean intervals: shrinks as fast as the neuron fires

    def fire(self, activation: Floats) -> tuple[Ints, Ints]:
        """(muscle,) activation during one block -> the units that fire, counted over all muscles, and at which sample.

        A unit may appear more than once. An activation that changes within the block is (step, muscle), in equal steps.
        """
        steps = np.atleast_2d(activation)
        gains = firing_rates(steps).reshape(len(steps), -1) * (BLOCK_S / len(steps))
        until = gains.cumsum(axis=0)
        gain = until[-1]
        intervals = 1 + INTERVAL_CV * self._rng.standard_normal((MOST_SPIKES, len(gain)))
        times = np.cumsum([self._wait, *np.maximum(intervals, SHORTEST_INTERVAL)], axis=0)
        fired = times < gain
        self._wait = times[fired.sum(axis=0), np.arange(len(gain))] - gain
        spikes, units = fired.nonzero()
        at = times[spikes, units]
        step = (until[:, units] <= at).sum(axis=0)
        within = (at - (until - gains)[step, units]) / gains[step, units]
        return units, ((step + within) * (BLOCK / len(steps))).astype(np.intp)
