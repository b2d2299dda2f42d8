"""``palmaris export``: a recording into the EMG-BIDS layout, for every other tool of the field."""

import sys
from pathlib import Path

from drivers.recordings.bids import BidsName, export_bids
from drivers.recordings.formats import open_recording
from drivers.recordings.native import NativeRecording


def export(file: Path, folder: Path, name: BidsName, rate_hz: float | None, suffix: str) -> None:
    """Write the recording as a BIDS data set, and say how exact the copy is."""
    recording = open_recording(file, rate_hz)
    started = recording.started if isinstance(recording, NativeRecording) else None
    done = export_bids(recording, folder, name, suffix, started)
    for note in recording.notes:
        sys.stderr.write(f"note: {note}\n")
    sys.stdout.write(f"{done.path} (largest rounding error {done.error:.3g} {recording.info.unit})\n")
