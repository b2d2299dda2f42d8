"""How firmly the user contracts: the amplitude of a window, whether it is an effort, and its share of a firm one.

Each gesture has a scale of its own (class-normalised): a firm pinch is weaker on the skin than a firm fist, and both
shall drive a hand at full speed.
"""

import math

import numpy as np
import numpy.typing as npt

from models.spec import EffortSpec


def amplitude_uv(window: npt.NDArray[np.float32]) -> float:
    """(time, channel) filtered microvolts -> root mean square over time, then mean over channels.

    One root over everything would follow the loudest channel; on six people with an armband it told rest from effort
    less well (false activations and misses 11 and 8 %, against 10 and 7 %).
    """
    energies: list[float] = np.einsum("tc,tc->c", window, window).tolist()
    return sum(math.sqrt(energy / len(window)) for energy in energies) / len(energies)


class EffortStage:
    """Fed with every window, tells whether the user is active and how strong a gesture is.

    The gate has hysteresis: it opens at ``gate_uv`` and closes half-way back to rest (geometrically, as amplitudes
    spread by factors), so an effort near the gate does not flicker.
    """

    def __init__(self, spec: EffortSpec | None) -> None:
        self._spec = spec
        self.reset()

    def reset(self) -> None:
        """Forget the past: the user counts as relaxed."""
        self.amplitude_uv = 0.0
        """Of the last window."""
        self.active: bool | None = None if self._spec is None or self._spec.gate_uv is None else False
        """Whether the user contracts; ``None`` without a gate."""

    def feel(self, window: npt.NDArray[np.float32]) -> bool:
        """Take (time, channel) filtered microvolts; True if an effort begins with this window."""
        self.amplitude_uv = amplitude_uv(window)
        if self._spec is None or self._spec.gate_uv is None:
            return False
        before = self.active
        threshold_uv = math.sqrt(self._spec.rest_uv * self._spec.gate_uv) if before else self._spec.gate_uv
        self.active = self.amplitude_uv >= threshold_uv
        return self.active and not before

    def intensity(self, gesture: int) -> float | None:
        """The last window from 0, rest, to 1, a firm effort of this gesture; ``None`` where no effort was measured."""
        if self._spec is None:
            return None
        firm_uv, rest_uv = self._spec.firm_uv[gesture], self._spec.rest_uv
        if firm_uv is None or self.active is False:
            return 0.0
        return min(1.0, max(0.0, (self.amplitude_uv - rest_uv) / (firm_uv - rest_uv)))
