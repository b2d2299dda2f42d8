"""A calibration of text or events as its user lives it: a band of sixteen channels, bursts where keys are struck."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from serving import UNHURRIED, HandFedSource

from drivers.source import SourceInfo
from models.any_model import load_any_model
from service.live import Live
from service.streams import DecisionOrder, recognizer_for

RATE_HZ = 2000
STEP = 100
"""Samples that the user gives at once."""
KEY_S = 0.25
"""Between two keys, of which a burst takes 100 ms."""
TYPING = {"user": "p-17", "gestures": ["abc", "cabac"], "hold_s": 2, "rest_s": 0.5, "prepare_s": 0.5}


class Band(HandFedSource):
    """Sixteen channels at 2 kHz."""

    info = SourceInfo("band", float(RATE_HZ), tuple(map(str, range(16))))


def band_stream(model: Path, source: Band, name: str = "default") -> Live:
    return Live(name, lambda: source, recognizer_for(load_any_model(str(model)), DecisionOrder()), UNHURRIED)


class Typist:
    """Types what is asked as soon as it is asked, then rests; also makes acts, each one burst."""

    def __init__(self, source: Band, seed: int = 0) -> None:
        self._source = source
        self._draw = np.random.default_rng(seed)
        self._given_s: float | None = None
        self.idle = False
        """Whether nothing is done, whatever is asked."""
        self.given: list[np.ndarray] = []

    def owes(self, prompt: dict[str, Any]) -> float:
        """Seconds that the user still has to give until the phase is over; nothing of one that is past."""
        if self._given_s is None:
            self._given_s = prompt["at_s"]
        return max(prompt["at_s"] + prompt["remaining_s"] - self._given_s, 0)

    def obey(self, prompt: dict[str, Any]) -> None:
        """Do what is asked until the phase is over."""
        keys = prompt["trial"]["gesture"] if prompt["phase"] == "hold" and not self.idle else ""
        if owed := self.owes(prompt):
            self.give(keys, owed)

    def give(self, keys: Sequence[str], seconds: float) -> None:
        """Noise of so many seconds, with a burst for each key."""
        signal = 5 * self._draw.standard_normal((round(seconds * RATE_HZ), 16))
        for number, key in enumerate(keys):
            start = round((0.3 + number * KEY_S) * RATE_HZ)
            burst = signal[start : start + 200, 2 * (ord(key) % 8) : 2 * (ord(key) % 8) + 2]
            burst += 80 * self._draw.standard_normal(burst.shape)
        self.feed(signal.astype(np.float32))

    def feed(self, signal: np.ndarray) -> None:
        """Samples as they are."""
        self.given.append(signal)
        self._source.feed(*np.split(signal, range(STEP, len(signal), STEP)))
        if self._given_s is not None:
            self._given_s += len(signal) / RATE_HZ
