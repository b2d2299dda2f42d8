"""Somebody whose wrist bends to and fro: the angle wanders, and its speed is what the muscles are asked for."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from drivers.simulation.acts import Act, Pull, Word
from drivers.simulation.behaviour import Told
from drivers.simulation.fingers import Skills
from drivers.simulation.neurons import Floats
from drivers.simulation.typist import START_S, varied

STEP_S = 0.04
"""From one word, and one pull, to the next."""
DELAY_S = 0.08  # from the muscle to the movement
PERIODS_S: Final = ((1.5, 3.0), (3.0, 6.0), (6.0, 12.0))
SWINGS_DEG: Final = (12.0, 16.0, 20.0)
FULL_DEG_S = 90.0
"""At this speed muscles are asked for all that ``wrist flexion`` or ``wrist extension`` says."""


class WristMover:
    """Its words are angles: degrees of flexion, one every 40 ms. Who is told anything keeps still."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._turns_s: Floats = 2 * np.pi / np.array([rng.uniform(*period_s) for period_s in PERIODS_S])
        self._phases = rng.uniform(0, 2 * np.pi, len(PERIODS_S))

    def acts(self, skills: Skills, told: Told) -> Iterator[Act]:
        """Without end."""
        step, moved_s = 0, 0.0
        while True:
            at_s = START_S + step * STEP_S
            if told() is None:
                pull = Pull(self._asked(skills, self._speed_deg_s(moved_s)), at_s - DELAY_S, at_s - DELAY_S + STEP_S)
                yield Act(at_s, (pull,), (Word(at_s, f"{self._angle_deg(moved_s):.2f}"),))
                moved_s += STEP_S
            else:
                yield Act(at_s, (), (Word(at_s, f"{self._angle_deg(moved_s):.2f}"),))
            step += 1

    def _angle_deg(self, time_s: float) -> float:
        return float(np.sin(self._turns_s * time_s + self._phases) @ SWINGS_DEG)

    def _speed_deg_s(self, time_s: float) -> float:
        return float((np.cos(self._turns_s * time_s + self._phases) * self._turns_s) @ SWINGS_DEG)

    def _asked(self, skills: Skills, speed_deg_s: float) -> Floats:
        move = skills["wrist flexion" if speed_deg_s > 0 else "wrist extension"]
        return varied(move, self._rng) * abs(speed_deg_s) / FULL_DEG_S
