"""Causal filters that carry their state: any chunking of a signal gives the same output, bit for bit."""

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, iirnotch, sosfilt_zi, tf2sos
from scipy.signal._sosfilt import _sosfilt as sosfilt_kernel

from models.spec import FilterSpec

Signal = npt.NDArray[np.float64]


def design(spec: FilterSpec, rate_hz: float) -> Signal:
    """Second-order sections of the band-pass and the notch, (n_sections, 6)."""
    band = butter(spec.order, (spec.low_hz, spec.high_hz), "bandpass", fs=rate_hz, output="sos")
    if spec.mains_hz is None:
        return np.asarray(band)
    notch = tf2sos(*iirnotch(spec.mains_hz, spec.mains_q, fs=rate_hz))
    return np.concatenate([band, notch])


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
