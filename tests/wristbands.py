"""Wristbands of 16 channels at 2 kHz in the hands of the tests, which send a recording: by serial port and over LSL."""

from types import TracebackType
from typing import Any, Self

import emulators
import numpy as np

from drivers.lsl_streams import load_pylsl
from drivers.simulation.user import Recorded
from drivers.source import Samples

RATE_HZ = 2000
OPTIONS = emulators.WRISTBAND_OPTIONS.replace("rate=1000", f"rate={RATE_HZ}")
"""The layout of its frames, for ``serial://PORT?``: 39 bytes each, 780 of the 921.6 kbit/s that the line carries."""


def serial_wristband(samples: Samples) -> emulators.BoardModel:
    """A board that sends these samples (time, 16) from its start on, then nothing. Its counts are half microvolts."""
    counts = np.rint(samples / emulators.WRISTBAND.scale).astype(np.int64)

    def encode(first: int, count: int, zero: int) -> bytes:
        rows = counts[first - zero :][:count]
        return emulators.WRISTBAND.encode(np.arange(first - zero, first - zero + len(rows)), rows)

    return emulators.BoardModel(
        name="wristband",
        options=OPTIONS,
        rate_hz=RATE_HZ,
        channels=samples.shape[1],
        encode=encode,
        period=2**16,
        scale=emulators.WRISTBAND.scale,
        start=b"go",
        stop=b"halt",
    )


class LslWristband:
    """Two real outlets: ``NAME`` with the signal, and ``NAME markers`` with a word at each key or event."""

    def __init__(self, name: str, taken: Recorded) -> None:
        self._name, self._taken = name, taken
        self._sent = 0

    def __enter__(self) -> Self:
        pylsl = load_pylsl()
        channels = self._taken.samples.shape[1]
        signal = pylsl.StreamInfo(self._name, "EMG", channels, RATE_HZ, "float32", self._name)
        signal.set_channel_labels([f"ch{number}" for number in range(1, channels + 1)])
        signal.set_channel_units("microvolts")
        words = f"{self._name} markers"
        markers = pylsl.StreamInfo(words, "Markers", 1, pylsl.IRREGULAR_RATE, "string", words)
        self._signal: Any = pylsl.StreamOutlet(signal)
        self._markers: Any = pylsl.StreamOutlet(markers)
        self.zero_s: float = pylsl.local_clock()
        """LSL's time of the first sample."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._signal = self._markers = None  # liblsl closes them

    def send(self, count: int) -> None:
        """The next samples, and the words that belong to them, stamped evenly."""
        first, self._sent = self._sent, self._sent + count
        for index, row in enumerate(self._taken.samples[first : self._sent].tolist(), start=first):
            self._signal.push_sample(row, self.zero_s + index / RATE_HZ)
        for marker in self._taken.markers:
            if first <= marker.index < self._sent:
                self._markers.push_sample([marker.text], self.zero_s + marker.index / RATE_HZ)
