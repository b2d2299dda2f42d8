"""NumPy archives in which public data sets are kept for development, one small function per layout."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from drivers.errors import RecordingError
from drivers.recordings.recording import Recording, channel_names
from drivers.recordings.segments import Labels, Segment, SegmentedRecording, joined, label_changes
from drivers.recordings.streamed import Rows, StreamedRecording
from drivers.recordings.timing import StampClock, rate_of
from drivers.source import Marker, Samples, SourceInfo

Array = npt.NDArray[Any]
Arrays = Mapping[str, Array]
Layout = Callable[[Path, Arrays], Recording]
Grid = tuple[tuple[int, ...], ...]

MYO_KEY = re.compile(r"s\d+_g\d+")
#: The label's number in the Myo readings -> its word.
MYO_GESTURES = np.array(["hibernation", "flexion", "extension", "radial", "ulnar", "pronation", "supination", "fist"])


def layout_of(arrays: Arrays) -> Layout | None:
    """The layout that an archive's arrays show, or ``None``."""
    if {"x", "classes"} <= arrays.keys():
        return _trials
    if {"dx", "seq"} <= arrays.keys():
        return _flexemg
    if any(key.endswith("__adc") for key in arrays):
        return _grove
    return _myo if any(MYO_KEY.fullmatch(key) for key in arrays) else None


def _trials(path: Path, arrays: Arrays) -> Recording:
    """Khushaba 2012 and UCI basic hand: x int16 [class, trial, sample, channel]; all trials of a class in a row."""
    x, classes = arrays["x"], arrays["classes"]
    if x.ndim != 4 or len(classes) != len(x) or not x.size:
        raise RecordingError(f"{path}: x has shape {x.shape}; it should be [class, trial, sample, channel], not empty")
    in_volts = "uV_per_lsb" in arrays
    scale = np.float32(number(path, arrays, "uV_per_lsb" if in_volts else "unit_per_lsb"))
    segments = [
        Segment(x.shape[2], _scaled(x[at], scale), ((0, str(classes[at[0]])),)) for at in np.ndindex(x.shape[:2])
    ]
    info = SourceInfo(path.stem, number(path, arrays, "fs"), channel_names(x.shape[3]), "uV" if in_volts else "a.u.")
    unscaled = () if in_volts else ("the makers state no unit; values are in units of their own",)
    return SegmentedRecording(info, segments, (*unscaled, *extremes(x)))


def _flexemg(path: Path, arrays: Arrays) -> Recording:
    """flexemg: dx [trial, channel, sample], first differences of raw counts; rest, gestures in their order, rest."""
    if arrays["dx"].ndim != 3 or len(arrays["dx"]) != len(arrays["seq"]):
        raise RecordingError(f"{path}: dx has shape {arrays['dx'].shape}; it should be [trial, channel, sample]")
    counts = np.cumsum(arrays["dx"], axis=-1, dtype=np.uint16).transpose(0, 2, 1)
    scale = np.float32(number(path, arrays, "uV_per_lsb"))
    segments = [Segment(len(x), _scaled(x, scale), _flexemg_labels(arrays, trial)) for trial, x in enumerate(counts)]
    grid, notes = _electrode_map(path.with_name("arraymap.mat"))
    info = SourceInfo(path.stem, number(path, arrays, "fs"), channel_names(counts.shape[2]), grid=grid)
    offset = f"raw signal with a DC offset of {counts[:, ::100].mean() * scale / 1000:.0f} mV"
    return SegmentedRecording(info, segments, (offset, *notes))


def _flexemg_labels(arrays: Arrays, trial: int) -> Labels:
    words, rest, held = arrays["labels"], int(arrays["timerest"]), int(arrays["timegest"])
    gestures = [str(words[position]) for position in arrays["seq"][trial]]
    starts = [0, *(rest + held * position for position in range(len(gestures) + 1))]
    return tuple(zip(starts, [str(words[0]), *gestures, str(words[0])], strict=True))


def _electrode_map(path: Path) -> tuple[Grid | None, tuple[str, ...]]:
    """Rows run round the forearm, columns along it; the file counts electrodes from 1."""
    if not path.exists():
        return None, (f"the electrode grid is unknown: {path.name} is not beside the recording",)
    from scipy.io import loadmat

    rows = loadmat(path)["arraymap"].astype(int) - 1
    return tuple(tuple(int(channel) for channel in row) for row in rows), ()


def _myo(path: Path, arrays: Arrays) -> Recording:
    """Readings of a Myo armband: s<session>_g<class> int8 [sample, 8 channels and the label's number]."""
    sets = [arrays[key] for key in arrays if MYO_KEY.fullmatch(key)]
    if any(x.ndim != 2 or x.shape[1] != 9 or not len(x) for x in sets):
        raise RecordingError(f"{path}: every reading should be [sample, 8 channels and label], not empty")
    segments = [Segment(len(x), _scaled(x[:, :8], np.float32(1)), label_changes(MYO_GESTURES[x[:, 8]])) for x in sets]
    info = SourceInfo(path.stem, number(path, arrays, "fs"), channel_names(8), "a.u.")
    counts = "values are the band's 8-bit counts: the maker states no scale"
    return SegmentedRecording(info, segments, (counts, *extremes(np.concatenate(sets)[:, :8])))


def _grove(path: Path, arrays: Arrays) -> Recording:
    """Grove detectors on a Raspberry Pi: <gesture><n>__adc (T, 2) counts, <gesture><n>__dt_us (T,) its clock's steps.

    The computer polled as fast as it could and no rate was ever set, so the nominal rate is its pace outside the gaps.
    """
    names = [key.removesuffix("__adc") for key in arrays if key.endswith("__adc")]
    trials = [(name.rstrip("0123456789"), arrays[f"{name}__adc"], arrays[f"{name}__dt_us"]) for name in names]
    if any(not len(adc) or adc.ndim != 2 or len(adc) != len(dt_us) for _, adc, dt_us in trials):
        raise RecordingError(f"{path}: every trial needs adc (T, 2) and as many time steps dt_us, not empty")
    steps_us = np.concatenate([dt_us for _, _, dt_us in trials])
    rate_hz = rate_of(np.cumsum(steps_us, dtype=np.float64) * 1e-6)
    low, high = np.percentile(steps_us, 1), steps_us.max()
    notes = {
        "joined": joined(len(trials)),
        "jitter": f"sampled irregularly: steps from {low:.0f} to {high} us, {rate_hz:.0f} Hz outside the gaps",
        "unit": "values are the converter's 10-bit counts with their offset: the makers state no scale",
    }
    info = SourceInfo(path.stem, rate_hz, channel_names(trials[0][1].shape[1]), "a.u.")
    return StreamedRecording(info, lambda found: _grove_rows(trials, rate_hz, found), notes)


def _grove_rows(trials: list[tuple[str, Array, Array]], rate_hz: float, notes: dict[str, str]) -> Iterator[Rows]:
    first, start_s = 0, 0.0
    clock = StampClock(rate_hz)
    for label, adc, dt_us in trials:
        clock = StampClock(rate_hz, gaps=clock.gaps, missing=clock.missing)
        index, seconds = clock.feed(np.cumsum(dt_us, dtype=np.float64) * 1e-6)
        notes.update(clock.notes())
        index, seconds = index + first, seconds + start_s
        yield Rows(index, adc.astype(np.float32), seconds, seconds, (Marker(first, label),), irregular=True)
        first, start_s = int(index[-1]) + 2, float(seconds[-1]) + 2 / rate_hz


def _scaled(counts: Array, scale: np.float32) -> Callable[[int, int], Samples]:
    return lambda low, high: np.ascontiguousarray(counts[low:high]).astype(np.float32) * scale


def number(path: Path, arrays: Arrays, key: str) -> float:
    """A positive number stored under ``key``. Raises ``RecordingError`` where it is none."""
    value = arrays[key]
    if value.size != 1 or not np.issubdtype(value.dtype, np.number) or not 0 < float(value.ravel()[0]) < np.inf:
        raise RecordingError(f"{path}: {key} should be one number above zero, not {value!r}")
    return float(value.ravel()[0])


def extremes(counts: Array) -> tuple[str, ...]:
    """A note where values pile up at an end of the range, as a saturated converter leaves them."""
    values = counts[np.isfinite(counts)].astype(np.float32)
    if not values.size or np.ptp(values) == 0:
        return ()
    share = (_piled_up(values) + _piled_up(-values)) / values.size
    return (f"{share:.2%} of the values stand at the ends of the range: saturated",) if share > 1e-4 else ()


def _piled_up(values: npt.NDArray[np.float32]) -> int:
    """How many values stand in the last 0.1 % of the range, if they are far more than in the 0.1 % before it."""
    margin, top = 1e-3 * float(np.ptp(values)), float(values.max())
    last, before = (int((values > top - n * margin).sum()) for n in (1, 2))
    return last if last > 10 and last > 4 * (before - last) else 0
