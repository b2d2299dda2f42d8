"""Predictions out to the Lab Streaming Layer, so that LabRecorder writes them beside the signal, on one clock."""

from types import TracebackType
from typing import Any, Self

from drivers.lsl_streams import load_pylsl


class PredictionOutlet:
    """Two streams: ``NAME`` with gesture index and confidence, and ``NAME markers`` with a word at each change.

    It is fed and knows no model. Raises, from ``with``: ``SourceUnavailable`` where liblsl is not installed.
    """

    _pylsl: Any
    _values: Any
    _markers: Any

    def __init__(self, name: str) -> None:
        self._name = name
        self._text: str | None = None

    def __enter__(self) -> Self:
        self._pylsl = load_pylsl()
        values = self._stream(self._name, "Prediction", "float32", ["gesture index", "confidence"])
        markers = self._stream(f"{self._name} markers", "Markers", "string", ["gesture"])
        self._values, self._markers = self._pylsl.StreamOutlet(values), self._pylsl.StreamOutlet(markers)
        self._text = None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del self._values, self._markers  # closes both streams

    def now_s(self) -> float:
        """LSL's clock."""
        return float(self._pylsl.local_clock())

    def push(self, index: int, confidence: float, text: str, lsl_s: float | None = None) -> None:
        """Send one prediction, stamped ``lsl_s`` on LSL's clock, or now."""
        stamp = self.now_s() if lsl_s is None else lsl_s
        self._values.push_sample([index, confidence], stamp)
        if text != self._text:  # a word with every hop would bury the changes
            self._markers.push_sample([text], stamp)
            self._text = text

    def _stream(self, name: str, kind: str, values: str, labels: list[str]) -> Any:
        # The source id lets a recorder find the stream again after a restart of the service.
        stream = self._pylsl.StreamInfo(name, kind, len(labels), self._pylsl.IRREGULAR_RATE, values, f"palmaris {name}")
        stream.set_channel_labels(labels)
        return stream
