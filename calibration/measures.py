"""What is measured on a second of unfiltered signal to tell how good it is: one spectrum, and the pile at its ends."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Samples = npt.NDArray[np.floating]

BAND_HZ = (20.0, 450.0)  # where muscles speak
NYQUIST_SHARE = 0.9  # of half the rate: above it, slow devices roll off
MAINS_HZ = (50.0, 60.0)
LINE_HZ = 2.0  # half the width of a spectral line through a Hann window of a second
NEIGHBOUR_HZ = 8.0  # the muscle's own power at a line is that of its neighbours up to here

DEAD_UV = 0.05  # rms in the band; a bare 1 kOhm electrode already makes 0.08 by thermal noise
DROPOUT_S = 0.25  # without any change: as long as a window of most models, and coarse quiet signals do not do it
LEVELS = 64  # distinct values needed to tell clipping from coarse steps
TOP = 0.02  # of the span of values: natural signals thin out towards their extremes, clipped ones pile up
PILE = 5  # samples at the extreme that make a pile


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """What was measured on one window, or the average of several. Powers are in square microvolts."""

    muscle: Floats
    """(channel,) power in the band without mains."""
    hum: Floats
    """(channel,) power of the mains and its harmonics in the band, above the neighbouring frequencies."""
    wander: Floats
    """(channel,) power below the band, without offset and trend."""
    clipped: Floats
    """(channel,) share of the samples at the end of the scale."""
    dead: Floats
    """(channel,) 1 where nothing was there, else 0; averaged, a share of the windows."""
    alike: Floats
    """(channel, channel) absolute correlation in the band without mains; 0 on the diagonal."""
    mains_hz: float
    """50 or 60, whichever is stronger."""

    @classmethod
    def average(cls, parts: "Sequence[Measures]") -> "Measures":
        """Of one or more windows."""
        return cls(
            _mean([part.muscle for part in parts]),
            _mean([part.hum for part in parts]),
            _mean([part.wander for part in parts]),
            _mean([part.clipped for part in parts]),
            _mean([part.dead for part in parts]),
            _mean([part.alike for part in parts]),
            max(parts, key=lambda part: float(part.hum.sum())).mains_hz,
        )


def _mean(values: list[Floats]) -> Floats:
    mean: Floats = np.mean(values, axis=0)
    return mean


class Meter:
    """Measures windows of one length; the frequencies of interest are looked up once."""

    def __init__(self, size: int, rate_hz: float, mains_hz: Sequence[float]) -> None:
        self._dropout = round(DROPOUT_S * rate_hz)
        self._taper = np.hanning(size)[:, None]
        self._trend = np.linspace(-1, 1, size)[:, None]
        hz = np.fft.rfftfreq(size, 1 / rate_hz).astype(np.float64)
        top = min(BAND_HZ[1], NYQUIST_SHARE * rate_hz / 2)
        self._band = (hz >= BAND_HZ[0]) & (hz <= top)
        self._low = hz < BAND_HZ[0]
        self._lines = {mains: _lines(hz, mains, top) for mains in mains_hz}

    def __call__(self, window: Samples) -> Measures:
        """(time, channel) unfiltered microvolts, as long as announced."""
        x: Floats = window.astype(np.float64)
        rows = np.ascontiguousarray(window.T)  # (channel, time)
        clipped, unchanged = _clipped(rows), _longest_run(rows)
        x = self._flattened(x)
        spectrum = np.fft.rfft(x * self._taper, axis=0)
        power = 2 * np.abs(spectrum) ** 2 / (np.sum(self._taper**2) * len(x))
        band = power[self._band].sum(axis=0)
        hum, mains_hz = max(((_hum(power, lines), hz) for hz, lines in self._lines.items()), key=lambda h: h[0].sum())
        hum = np.minimum(hum, band)
        clear = self._band & (self._lines[mains_hz] <= 0).all(axis=0)
        dead = (np.sqrt(band) < DEAD_UV) | (unchanged >= self._dropout)
        alike = _alike(spectrum[clear], dead)
        return Measures(band - hum, hum, power[self._low].sum(axis=0), clipped, dead.astype(float), alike, mains_hz)

    def _flattened(self, x: Floats) -> Floats:
        """Without offset and trend: a slow drift is harmless, the high-pass removes it."""
        flat: Floats = x - x.mean(axis=0)
        flat -= self._trend * (self._trend.T @ flat / np.sum(self._trend**2))
        return flat


def _lines(hz: Floats, mains_hz: float, top: float) -> Floats:
    """(harmonic, frequency) weights: what stands above the neighbours, at each multiple of the mains."""
    weights = []
    for line in np.arange(mains_hz, top, mains_hz):
        away = np.abs(hz - line)
        at, beside = away <= LINE_HZ, (away > LINE_HZ) & (away <= NEIGHBOUR_HZ)
        weights.append(at - beside * (at.sum() / beside.sum()))
    return np.array(weights).reshape(-1, len(hz))  # a slow device has none in its band


def _hum(power: Floats, lines: Floats) -> Floats:
    """(channel,) Power of the lines above their neighbours."""
    hum: Floats = np.maximum(lines @ power, 0).sum(axis=0)
    return hum


def _alike(spectrum: npt.NDArray[np.complex128], dead: Mask) -> Floats:
    """(channel, channel) Absolute correlation over the frequencies given; dead channels are like none."""
    cross = (spectrum.conj().T @ spectrum).real
    size = np.sqrt(np.diag(cross))
    alive = ~dead & (size > 0)
    scale = np.where(alive, 1 / np.where(alive, size, 1), 0)
    alike = np.abs(cross) * scale[:, None] * scale
    np.fill_diagonal(alike, 0)
    return alike


def _longest_run(rows: Samples) -> npt.NDArray[np.intp]:
    """(channel,) Samples that the longest stretch of one value lasts."""
    size = rows.shape[1]
    begins = np.ones(rows.shape, bool)
    np.not_equal(rows[:, 1:], rows[:, :-1], out=begins[:, 1:])
    at = np.arange(size)
    begun = np.maximum.accumulate(np.where(begins, at, 0), axis=1)
    longest: npt.NDArray[np.intp] = (at - begun).max(axis=1) + 1
    return longest


def _clipped(rows: Samples) -> Floats:
    """(channel,) Share of samples piled up at the lowest or highest value, whatever the full scale may be."""
    low, high = rows.min(axis=1, keepdims=True), rows.max(axis=1, keepdims=True)
    top = TOP * (high.astype(np.float64) - low)
    piled = _pile(rows == low, rows <= low + top) + _pile(rows == high, rows >= high - top)
    for channel in np.flatnonzero(piled).tolist():
        if len(np.unique(rows[channel])) < LEVELS:
            piled[channel] = 0
    share: Floats = piled / rows.shape[1]
    return share


def _pile(extreme: Mask, strip: Mask) -> npt.NDArray[np.intp]:
    """(channel,) Samples at an extreme; none where they are not more than in all the strip beside it."""
    piled, beside = np.count_nonzero(extreme, axis=1), np.count_nonzero(strip, axis=1)
    return np.where((piled >= PILE) & (2 * piled > beside), piled, 0)
