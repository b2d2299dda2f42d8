"""Samples collected into steps of up to 20 ms, for a call of a network costs more than the frames in it."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from models.spec import ModelSpec

Array = npt.NDArray[np.float32]

STEP_MS: Final = 20.0
"""Samples wait until so many milliseconds are there. Steps are counted from the first sample after a gap, so answers
agree to the bit however samples were cut into chunks."""


class Steps:
    """Runs in, whole steps out."""

    def __init__(self, spec: ModelSpec) -> None:
        self.hops = max(1, int(STEP_MS / spec.hop_ms))
        self._waiting = np.zeros((self.hops * spec.hop, spec.channels), np.float32)
        self._filled = 0

    def feed(self, run: npt.NDArray[np.floating]) -> Iterator[Array]:
        """(time, channel) that continues what was fed -> steps that became full; each is valid until the next one."""
        while len(run):
            part, run = np.split(run, [len(self._waiting) - self._filled])
            self._waiting[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            if self._filled == len(self._waiting):
                self._filled = 0
                yield self._waiting

    def restart(self) -> Array:
        """After a gap: the next sample begins a step. What there was of a broken-off one."""
        rest, self._filled = self._waiting[: self._filled], 0
        return rest
