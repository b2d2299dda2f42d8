"""Electrodes without a signal: noticed within a quarter of a second, trusted again half a second after their return."""

from collections import deque
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from models.pipeline.ring import Windower

STILL_UV: Final = 0.1
"""Peak to peak within a hop: an electrode that moves less is dead. Amplifiers alone make 0.08 uV rms or more."""
STILL_S: Final = 0.25
"""How long it must be still; signals that are only coarse and quiet do not stay at one value for so long."""
RETURN_S: Final = 0.5
"""How long it must move: until then the filter rings from the jump out of the end of the scale."""


class DeadElectrodes:
    """Fed unfiltered samples, it knows at the end of each hop which electrodes are dead.

    Unfiltered, as a jump to the end of the scale goes on in the filter for a second. One that has not moved since the
    last gap is dead as well. Where all are still, none is told: a silent grid is silent, not broken. It depends on the
    samples alone, so any chunking gives the same.
    """

    def __init__(self, rate_hz: float, hop: int, channels: int, electrodes: Sequence[int]) -> None:
        """``electrodes``: those of the channels, from 0, that stand on the grid."""
        self._electrodes = np.sort(electrodes)
        self._hops = Windower(hop, hop, channels)
        self._still, self._return = (max(1, round(seconds * rate_hz / hop)) for seconds in (STILL_S, RETURN_S))
        self._unmoved = np.zeros(len(electrodes), np.int64)  # hops
        self._moving = np.zeros(len(electrodes), np.int64)  # hops since it was dead
        self._known: deque[tuple[int, tuple[int, ...]]] = deque()  # end of a hop, who was dead then; not yet asked for
        self.reset()

    def reset(self) -> None:
        """Forget the past: the next samples come after a gap."""
        self._hops.reset()
        self._unmoved[:] = self._still  # until it moves
        self._moving[:] = self._return
        self._known.clear()
        self._dead: tuple[int, ...] = ()

    def feed(self, samples: npt.NDArray[np.floating]) -> None:
        """Take (time, channel) unfiltered microvolts."""
        for end, hop in self._hops.feed(samples):
            self._judge(np.ptp(hop[:, self._electrodes], axis=0) < STILL_UV)
            dead = self._moving < self._return
            self._known.append((end, () if dead.all() else tuple(self._electrodes[dead].tolist())))

    def at(self, end: int) -> tuple[int, ...]:
        """Who is dead at the end of this hop, counted in samples since the last gap; ends never fall."""
        while self._known and self._known[0][0] <= end:
            self._dead = self._known.popleft()[1]
        return self._dead

    def _judge(self, still: npt.NDArray[np.bool_]) -> None:
        self._unmoved = np.where(still, self._unmoved + 1, 0)
        self._moving = np.where(self._unmoved >= self._still, 0, self._moving + 1)
