"""Causal filters that carry their state: any chunking of a signal gives the same output, bit for bit."""

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, iirnotch, sosfilt_zi, tf2sos
from scipy.signal._sosfilt import _sosfilt as sosfilt_kernel

from models.spec import FilterSpec

Signal = npt.NDArray[np.float64]

STOP_ORDER: Final = 2


def design(spec: FilterSpec, rate_hz: float) -> Signal:
    """Second-order sections of the band-pass, the notch and the band-stop, (n_sections, 6)."""
    parts = _band(spec, rate_hz)
    if spec.mains_hz is not None:
        parts.append(tf2sos(*iirnotch(spec.mains_hz, spec.mains_q, fs=rate_hz)))
    if spec.stop_hz is not None:
        parts.append(butter(STOP_ORDER, spec.stop_hz, "bandstop", fs=rate_hz, output="sos"))
    return np.concatenate(parts)


def _band(spec: FilterSpec, rate_hz: float) -> list[Signal]:
    """One part, or none where nothing is cut off."""
    if spec.low_hz is not None and spec.high_hz is not None:
        return [butter(spec.order, (spec.low_hz, spec.high_hz), "bandpass", fs=rate_hz, output="sos")]
    if spec.low_hz is not None:
        return [butter(spec.order, spec.low_hz, "highpass", fs=rate_hz, output="sos")]
    if spec.high_hz is not None:
        return [butter(spec.order, spec.high_hz, "lowpass", fs=rate_hz, output="sos")]
    return []


class StreamFilter:
    """Second-order sections over a stream.

    The state starts as if the first sample had always been there. An electrode offset of some millivolts would
    otherwise ring through the first windows; and it depends on a sample, never on how many came with it.

    SciPy's kernel is called directly: the checks and copies of ``scipy.signal.sosfilt`` around it cost ten times as
    much as filtering a hop. A test holds the two together, bit for bit.
    """

    def __init__(self, sos: Signal) -> None:
        self._sos = np.ascontiguousarray(sos, np.float64)
        self._rest: Signal = sosfilt_zi(sos)  # (section, 2)
        self._state: Signal | None = None  # (channel, section, 2)

    def __call__(self, x: npt.NDArray[np.floating]) -> Signal:
        """(time, channel) -> (time, channel)."""
        y = np.array(x.T, np.float64, order="C")  # (channel, time): a copy, filtered in place
        if self._state is None:
            if not len(x):
                return y.T
            self._state = self._rest * y[:, :1, np.newaxis]
        sosfilt_kernel(self._sos, y, self._state)
        return y.T

    def reset(self) -> None:
        """Forget the past; the next sample starts a new stream."""
        self._state = None
