"""A simulated person with two electrodes: the same number is always the same person."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from math import ceil
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from drivers.simulation.behaviour import activations, habits
from drivers.simulation.blocks import BLOCK, BLOCK_S, RATE_HZ
from drivers.simulation.electronics import Electronics
from drivers.simulation.forearm import ELECTRODES, MUSCLES, POTENTIAL, Forearm
from drivers.simulation.neurons import Floats, Ints, MotorNeurons
from drivers.source import Marker, Samples

Labels = npt.NDArray[np.str_]

PERSON, SESSION = 1, 2  # so that user 3 and session 3 share no random numbers


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of signal in which the user does one thing."""

    samples: Samples
    """(BLOCK, channel) microvolts."""
    label: str
    """What the user does, from its first sample to its last; empty where only the markers tell."""
    markers: tuple[Marker, ...] = ()
    """What happened at single samples of this block: a key, an event. Counted from the beginning of the session."""


class Recorded(NamedTuple):
    """The beginning of a session, with its truth."""

    samples: Samples
    """(T, channel) microvolts."""
    labels: Labels
    """(T,) what the user does at each sample."""
    markers: tuple[Marker, ...]


class SimulatedUser:
    """A person (``user``) in a session (``seed``); the body stays, the order and every repetition change."""

    def __init__(self, user: int = 0, seed: int = 0) -> None:
        body = np.random.default_rng([PERSON, user])
        self._potentials = Forearm.of(body).potentials(body)
        self._habits = habits(body)
        self._session = [SESSION, user, seed]
        self.told: str | None = None
        """The gesture to do from the next block on; ``None``: what they like."""

    def blocks(self) -> Iterator[Block]:
        """The session from its beginning, without end, as fast as it is asked for."""
        doing, firing, wiring = np.random.default_rng(self._session).spawn(3)
        neurons = MotorNeurons(len(MUSCLES), firing)
        electronics = Electronics(len(ELECTRODES), wiring)
        skin = Skin(self._potentials)
        for label, activation in activations(self._habits, doing, lambda: self.told):
            muscles = skin.block(*neurons.fire(activation))
            yield Block((muscles + electronics.block()).astype(np.float32), label)

    def record(self, seconds: float) -> tuple[Samples, Labels]:
        """The first ``seconds`` of the session: (T, channel) microvolts, and the label of each sample, (T,)."""
        return recorded(self.blocks(), seconds, RATE_HZ)[:2]


def recorded(blocks: Iterator[Block], seconds: float, rate_hz: float) -> Recorded:
    """The first ``seconds`` of a session."""
    length = round(seconds * rate_hz)
    parts = list(islice(blocks, max(1, ceil(length / (rate_hz * BLOCK_S)))))
    samples = np.concatenate([part.samples for part in parts])
    labels = np.repeat([part.label for part in parts], len(parts[0].samples))
    markers = tuple(marker for part in parts for marker in part.markers if marker.index < length)
    return Recorded(samples[:length], labels[:length], markers)


class Skin:
    """Adds up action potentials; those that a block cuts off go on in the next."""

    def __init__(self, potentials: Floats) -> None:
        units, length, self._channels = potentials.shape
        self._flat = potentials.reshape(units, length * self._channels)
        self._sum = np.zeros((BLOCK + POTENTIAL, self._channels))

    def block(self, units: Ints, samples: Ints) -> Floats:
        """Spikes of ``units`` at ``samples`` of this block -> (BLOCK, channel) microvolts."""
        at = samples[:, None] * self._channels + np.arange(self._flat.shape[1])
        new = np.bincount(at.ravel(), self._flat[units].ravel(), self._sum.size).reshape(self._sum.shape)
        self._sum = np.concatenate([self._sum[BLOCK:], np.zeros((BLOCK, self._channels))]) + new
        return self._sum[:BLOCK]
