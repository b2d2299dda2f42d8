"""A simulated person under an array of electrodes: the same number is always the same person."""

from collections.abc import Iterator

import numpy as np

from drivers.simulation.arm import WHERE_IT_BELONGS, Arm, Array, Donning
from drivers.simulation.behaviour import activations, habits
from drivers.simulation.blocks import BLOCK_S
from drivers.simulation.electronics import Electronics
from drivers.simulation.forearm import MUSCLES
from drivers.simulation.neurons import Ints, MotorNeurons
from drivers.simulation.user import Block, Labels, recorded
from drivers.source import Samples

BODY, DAY = 5, 6  # as user.PERSON and user.SESSION: no two share random numbers

HD_GRID = Array("hd-grid", rows=8, middle_mm=0.0)
WRISTBAND = Array("wristband", rows=1, middle_mm=20.0)


class GridUser:
    """A person (``user``) on a day, in a session (``seed``).

    What the muscles do depends on user, day and seed alone: sessions that differ in their shift are the same moment,
    seen by electrodes at other places.
    """

    def __init__(
        self, array: Array, rate_hz: int, user: int = 0, seed: int = 0, donning: Donning = WHERE_IT_BELONGS
    ) -> None:
        body = np.random.default_rng([BODY, user])
        self._habits = habits(body)
        self._rate_hz = rate_hz
        self._potentials = Arm.of(body).potentials(array, donning, user, rate_hz)
        self._session = [DAY, user, donning.day, seed]
        self.told: str | None = None
        """The gesture to do from the next block on; ``None``: what they like."""

    def blocks(self) -> Iterator[Block]:
        """The session from its beginning, without end, as fast as it is asked for."""
        doing, firing, wiring = np.random.default_rng(self._session).spawn(3)
        neurons = MotorNeurons(len(MUSCLES), firing)
        skin = SampledSkin(self._potentials, round(self._rate_hz * BLOCK_S))
        electronics = Electronics(self._potentials.shape[-1], wiring, self._rate_hz)
        for label, activation in activations(self._habits, doing, lambda: self.told):
            muscles = skin.block(*neurons.fire(activation))
            yield Block((muscles + electronics.block()).astype(np.float32), label)

    def record(self, seconds: float) -> tuple[Samples, Labels]:
        """The first ``seconds`` of the session: (T, channel) microvolts, and the label of each sample, (T,)."""
        return recorded(self.blocks(), seconds, self._rate_hz)[:2]


class SampledSkin:
    """Adds up action potentials that a device sampled; those that a block cuts off go on in the next."""

    def __init__(self, potentials: Samples, block: int) -> None:
        """potentials: (unit, tick, time, channel); block: samples of the device."""
        _, self._ticks, self._length, channels = potentials.shape
        self._potentials, self._block = potentials, block
        self._sum = np.zeros((block + self._length, channels), potentials.dtype)

    def block(self, units: Ints, steps: Ints) -> Samples:
        """Spikes of ``units`` at ``steps`` of 1 / RATE_HZ in this block -> (block, channel) microvolts."""
        self._sum[: self._length] = self._sum[self._block :].copy()
        self._sum[self._length :] = 0
        for unit, step in zip(units.tolist(), steps.tolist(), strict=True):
            sample, tick = divmod(step, self._ticks)
            self._sum[sample : sample + self._length] += self._potentials[unit, tick]
        return self._sum[: self._block]
