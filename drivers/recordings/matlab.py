"""MATLAB files of two public data sets, known by the names of their variables.

NinaPro (instructions of DB1 and DB2 at ninapro.hevs.ch): ``emg`` (T, C) with one label per sample, ``restimulus`` (the
refined one) or ``stimulus``, 0 at rest. The rate is not in every file: it is ``frequency`` where that stands, else 100
Hz for the 10 electrodes of DB1 and 2 kHz for the 12 of DB2; otherwise it must be given. The unit is not stated.

CapgMyo (zju-capg.org): ``data`` (T, 128) at 1 kHz, values -1 to 1 meaning -2.5 mV to 2.5 mV; ``gesture`` is the label
of the file (``sss_ggg_ttt.mat``) or of every sample (``sss_ggg.mat``). Not verified: that the raw files hold labels so,
and in which order the columns stand on the 8 x 16 array, so no grid is stated.

Files up to version 7 are loaded whole, for scipy reads no part of a variable (and damage inside a file can make scipy
itself crash); for those of 7.3 ``h5py`` is needed.
"""

import re
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from drivers.errors import RecordingError
from drivers.recordings.extras import require
from drivers.recordings.recording import Recording, channel_names, to_samples
from drivers.recordings.segments import Labels, Segment, SegmentedRecording, label_changes
from drivers.source import Samples, SourceInfo

Array = npt.NDArray[Any]
Arrays = Mapping[str, Array]

NINAPRO_RATES_HZ = {10: 100.0, 12: 2000.0}
CAPGMYO_RATE_HZ = 1000.0
CAPGMYO_UV = 2500.0


def read(path: Path, rate_hz: float | None = None) -> Recording:
    """The recording in a file. Raises ``RecordingError`` where it is damaged, of another layout, or needs a rate."""
    arrays = _load(path)
    if "emg" in arrays:
        return _ninapro(path, arrays, rate_hz)
    if "data" in arrays:
        return _capgmyo(path, arrays, rate_hz)
    held = ", ".join(sorted(arrays)[:8]) or "none"
    raise RecordingError(f"{path}: no known layout (variables: {held}); known are NinaPro (emg) and CapgMyo (data)")


def _ninapro(path: Path, arrays: Arrays, rate_hz: float | None) -> Recording:
    emg = _table(path, arrays["emg"])
    rate = rate_hz or _number(arrays.get("frequency")) or NINAPRO_RATES_HZ.get(emg.shape[1])
    if rate is None:
        raise RecordingError(f"{path} states no rate; give it, for example ?rate=200 for DB5")
    stimulus = arrays.get("restimulus", arrays.get("stimulus"))
    notes = ["the file states no unit; values are in units of its own"]
    if emg.shape[1] == 10:
        notes.append("DB1 holds rectified, smoothed signals at 100 Hz, not raw EMG")
    labels = () if stimulus is None else _labels(path, stimulus, len(emg))
    info = SourceInfo(path.stem, rate, channel_names(emg.shape[1]), "a.u.")
    return SegmentedRecording(info, [Segment(len(emg), lambda low, high: emg[low:high], labels)], notes)


def _capgmyo(path: Path, arrays: Arrays, rate_hz: float | None) -> Recording:
    emg = _table(path, arrays["data"], CAPGMYO_UV)
    named = re.match(r"\d+[-_](\d+)", path.stem)
    gesture = arrays.get("gesture", np.array(int(named[1])) if named else None)
    labels = () if gesture is None else _labels(path, gesture, len(emg))
    info = SourceInfo(path.stem, rate_hz or CAPGMYO_RATE_HZ, channel_names(emg.shape[1]))
    notes = ["where each column stands on the array of electrodes is not stated"]
    return SegmentedRecording(info, [Segment(len(emg), lambda low, high: emg[low:high], labels)], notes)


def _table(path: Path, values: Array, scale: float = 1.0) -> Samples:
    if values.ndim != 2 or not values.size or not np.issubdtype(values.dtype, np.number):
        raise RecordingError(f"{path}: its signal has shape {values.shape}; it should be numbers (time, channel)")
    return to_samples(values, scale)


def _labels(path: Path, numbers: Array, length: int) -> Labels:
    """One number for the file or one per sample; 0 is rest."""
    if numbers.size not in (1, length):
        raise RecordingError(f"{path}: {numbers.size} labels do not fit {length} samples; download it again")
    words = ["rest" if number == 0 else str(int(number)) for number in numbers.ravel()]
    return label_changes(words)


def _number(value: Array | None) -> float | None:
    return None if value is None or value.size != 1 else float(value.ravel()[0])


def _load(path: Path) -> Arrays:
    try:
        return {key: value for key, value in loadmat(path).items() if isinstance(value, np.ndarray)}
    except NotImplementedError:  # version 7.3, which is HDF5
        return _load_hdf5(path)
    except (OSError, ValueError, TypeError, LookupError, EOFError, MatReadError, zlib.error) as error:
        raise RecordingError(f"{path} is damaged or cut short ({error}); copy it again") from error


def _load_hdf5(path: Path) -> Arrays:
    """Variables of a 7.3 file; HDF5 holds MATLAB's arrays with their axes turned."""
    h5py = require("h5py")
    try:
        with h5py.File(path, "r") as file:
            return {key: item[()].T for key, item in file.items() if isinstance(item, h5py.Dataset)}
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise RecordingError(f"{path} is damaged or cut short ({error}); copy it again") from error
