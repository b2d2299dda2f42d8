"""NumPy archives: our own simple layout here, those of public data sets in ``npz_datasets``.

Our own layout: ``samples`` (T, C) in microvolts, ``rate_hz``, and if wanted ``channels`` (C,) and ``labels`` (T,), one
word per sample. Archives are read whole, for a zip cannot be read from its middle; hours of many channels belong into
another format.
"""

import zipfile
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np

from drivers.errors import RecordingError
from drivers.recordings import npz_datasets
from drivers.recordings.npz_datasets import Arrays, extremes, number
from drivers.recordings.recording import Recording, channel_names, to_samples
from drivers.recordings.segments import Segment, SegmentedRecording, label_changes
from drivers.source import Samples, SourceInfo

#: What zipfile and numpy raise for damaged archives; RuntimeError where a flipped bit says "encrypted".
_DAMAGE = (OSError, ValueError, EOFError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error)


def read(path: Path) -> Recording:
    """The recording in an archive. Raises ``RecordingError`` where it is damaged or has no layout known here."""
    arrays = _load(path)
    layout = _own if "samples" in arrays else npz_datasets.layout_of(arrays)
    if layout is None:
        held = ", ".join(sorted(arrays)[:8]) or "none"
        raise RecordingError(f"{path}: no known layout (arrays: {held}); store samples (T, C) in uV and rate_hz")
    try:
        return layout(path, arrays)
    except KeyError as error:
        raise RecordingError(f"{path}: array {error} is missing; see drivers/recordings/npz.py") from error


def _load(path: Path) -> Arrays:
    """All arrays. Each is taken out of the zip first, which checks its sum, so that numpy never sees damaged bytes."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = {name.removesuffix(".npy"): archive.read(name) for name in archive.namelist()}
        return {name: np.load(BytesIO(content), allow_pickle=False) for name, content in members.items()}
    except _DAMAGE as error:
        raise RecordingError(f"{path} is damaged or cut short ({error}); copy or record it again") from error


def _own(path: Path, arrays: Arrays) -> Recording:
    samples = arrays["samples"]
    if samples.ndim != 2 or not samples.size or not np.issubdtype(samples.dtype, np.number):
        raise RecordingError(f"{path}: samples {samples.shape} should be numbers (time, channel), not empty")
    samples = to_samples(samples)
    names = tuple(str(name) for name in arrays.get("channels", channel_names(samples.shape[1])))
    labels = [str(label) for label in arrays.get("labels", ())]
    if len(names) != samples.shape[1] or len(labels) not in (0, len(samples)):
        raise RecordingError(f"{path}: channels or labels do not fit samples {samples.shape}; one per column, per row")
    info = SourceInfo(path.stem, number(path, arrays, "rate_hz"), names)
    segment = Segment(len(samples), lambda low, high: samples[low:high], label_changes(labels))
    return SegmentedRecording(info, [segment], (*_holes(samples), *extremes(samples)))


def _holes(samples: Samples) -> tuple[str, ...]:
    count = int((~np.isfinite(samples).all(axis=1)).sum())
    return (f"{count} samples hold a value that is not finite",) if count else ()
