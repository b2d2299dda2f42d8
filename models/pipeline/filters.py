"""Causal filters that carry their state: any chunking of a signal gives the same output, bit for bit."""

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, iirnotch, sosfilt, sosfilt_zi, tf2sos

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
    """

    def __init__(self, sos: Signal) -> None:
        self._sos = sos
        self._rest: Signal = sosfilt_zi(sos)[:, :, np.newaxis]
        self._state: Signal | None = None

    def __call__(self, x: npt.NDArray[np.floating]) -> Signal:
        """(time, channel) -> (time, channel)."""
        if not len(x):  # sosfilt refuses an empty chunk
            return x.astype(np.float64)
        if self._state is None:
            self._state = self._rest * x[0].astype(np.float64)
        y: Signal
        y, self._state = sosfilt(self._sos, x.astype(np.float64, copy=False), axis=0, zi=self._state)
        return y

    def reset(self) -> None:
        """Forget the past; the next sample starts a new stream."""
        self._state = None
