"""Recordings into a data set in the EMG-BIDS layout.

Checked against BIDS 1.11.2, as the package bidsschematools 2.0.1 holds it: rules/sidecars/emg.yaml and
rules/tabular_data/emg.yaml say what is required, modality-specific-files/electromyography.md why. What is required and
not known is "n/a" or says so in words; nothing is made up. Electrode positions are optional there and not known here,
so electrodes.tsv and coordsystem.json are left out.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from drivers.errors import RecordingError
from drivers.recordings.edf_export import GAP, ODD, Survey, annotations_of, layout_of, survey, write_edf
from drivers.recordings.edf_writer import WIDTHS, EdfLayout
from drivers.recordings.recording import Recording
from drivers.source import SourceInfo

BIDS_VERSION = "1.11.2"
README = """# Surface EMG

Exported by Palmaris. Fields that say "n/a" or "not stated" in the *_emg.json files are for you to fill in: reference,
electrode placement, mains frequency and filters. Missing samples are filled in and marked {gap} in *_events.tsv,
values that were no numbers {odd}.
"""
EVENTS = {
    "trial_type": {
        "Description": "what the marker said; its duration is known where its end was marked",
        "Levels": {
            GAP: "no signal: samples are missing here, values near zero stand for them",
            ODD: "some channel had a value that is no number here, a value near zero stands for it",
        },
    }
}


@dataclass(frozen=True, slots=True)
class BidsName:
    """What a recording is called in the data set: letters and digits only."""

    subject: str
    task: str
    session: str | None = None
    run: int | None = None

    def __str__(self) -> str:
        """The beginning of every file's name. Raises ``RecordingError`` for a label with other characters."""
        entities = {"sub": self.subject, "ses": self.session, "task": self.task, "run": self.run}
        labels = {key: str(value) for key, value in entities.items() if value is not None}
        for key, label in labels.items():
            if not re.fullmatch(r"[0-9A-Za-z]+", label):
                raise RecordingError(f"{key}-{label} is no BIDS label; use letters and digits")
        return "_".join(f"{key}-{label}" for key, label in labels.items())

    @property
    def folders(self) -> list[str]:
        """Of the subject and, if there are any, of the session."""
        return str(self).split("_task-")[0].split("_")


@dataclass(frozen=True, slots=True)
class BidsExport:
    """What was written."""

    path: Path
    """The signals."""
    error: float
    """Most that rounding to the file's integers changed a value, in the unit of the signals."""


def export_bids(
    recording: Recording, folder: Path, name: BidsName, suffix: str = ".bdf", started: datetime | None = None
) -> BidsExport:
    """Add a recording to the data set in ``folder``, which is made where there is none.

    Args:
        recording: is read twice, block by block.
        folder: of the data set.
        name: of the recording in it.
        suffix: ``.bdf`` for 24 bits in a sample, ``.edf`` for 16.
        started: wall clock of the recording host, where it is known.

    Raises:
        RecordingError: the recording is there already or has no samples, a name is not allowed, or the disk refuses.
    """
    if suffix not in WIDTHS:
        raise RecordingError(f"{suffix} is no EMG-BIDS format; choose {' or '.join(WIDTHS)}")
    stem = folder.joinpath(*name.folders, "emg", str(name))
    if taken := [path for path in (Path(f"{stem}_emg{kind}") for kind in WIDTHS) if path.exists()]:
        raise RecordingError(f"{taken[0]} exists already and is never overwritten; choose another run")
    found = survey(recording)
    layout = layout_of(recording.info, found, suffix)
    path = Path(f"{stem}_emg{suffix}")
    try:
        _write_data_set(folder, name)
        _write_tables(stem, name.task, recording, found, layout)
        _write_signals(path, recording, found, layout, started)
        if started is not None:
            _write_start(path, name, started)
    except OSError as error:
        raise RecordingError(f"{folder} cannot be written ({error.strerror}); free space or choose another") from error
    return BidsExport(path, float(layout.step.max() / 2))


def _write_tables(stem: Path, task: str, recording: Recording, found: Survey, layout: EdfLayout) -> None:
    stem.parent.mkdir(parents=True, exist_ok=True)
    _write_json(Path(f"{stem}_emg.json"), {"TaskName": task} | _sidecar(recording, found, layout))
    _write_json(Path(f"{stem}_events.json"), EVENTS)
    _write_table(Path(f"{stem}_channels.tsv"), _channels(recording.info, layout))
    _write_table(Path(f"{stem}_events.tsv"), _events(found, layout))


def _write_signals(
    path: Path, recording: Recording, found: Survey, layout: EdfLayout, started: datetime | None
) -> None:
    """Whole or not at all: an export that failed can be repeated."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)  # of an export that was killed
    try:
        write_edf(part, recording, found, layout, started)
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)


def _sidecar(recording: Recording, found: Survey, layout: EdfLayout) -> dict[str, object]:
    """What is known; "continuous" is what is on disk: gaps are filled in."""
    simulated = "no person was measured: the signal is simulated"
    return {
        "EMGPlacementScheme": "Other",
        "EMGPlacementSchemeDescription": simulated if recording.info.simulated else "not stated",
        "EMGReference": "n/a",
        "SamplingFrequency": layout.rate_hz,
        "PowerLineFrequency": "n/a",
        "SoftwareFilters": "n/a",
        "HardwareFilters": "n/a",
        "RecordingType": "continuous",
        "RecordingDuration": found.rows / layout.rate_hz,
        "EMGChannelCount": len(layout.labels),
        "SourceName": recording.info.name,
        "SourceNotes": list(recording.notes),
    }


def _channels(info: SourceInfo, layout: EdfLayout) -> list[list[str]]:
    unit = info.unit if info.unit == "uV" else "n/a"
    rows = [
        [label, "EMG", unit, "n/a" if channel == label else _cell(channel)]
        for label, channel in zip(layout.labels, info.channels, strict=True)
    ]
    return [["name", "type", "units", "description"], *rows]


def _events(found: Survey, layout: EdfLayout) -> list[list[str]]:
    rows = [
        [str(word.onset_s), "n/a" if word.duration_s is None else str(word.duration_s), _cell(word.text)]
        for word in annotations_of(found, layout)
    ]
    return [["onset", "duration", "trial_type"], *rows]


def _write_data_set(folder: Path, name: BidsName) -> None:
    """The files that all recordings share; what is there already stays."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (about := folder / "dataset_description.json").exists():
        made_by = {"Name": "palmaris", "Version": version("palmaris")}
        title = folder.resolve().name
        _write_json(about, {"Name": title, "BIDSVersion": BIDS_VERSION, "DatasetType": "raw", "GeneratedBy": [made_by]})
    if not any(folder.glob("README*")):
        (folder / "README.md").write_text(README.format(gap=GAP, odd=ODD), "utf-8")
    _add_row(folder / "participants.tsv", "participant_id", name.folders[0])


def _write_start(path: Path, name: BidsName, started: datetime) -> None:
    """When the recording began, in local time, beside the folder of the signals."""
    scans = path.parent.with_name(f"{'_'.join(name.folders)}_scans.tsv")
    _add_row(scans, "filename\tacq_time", f"emg/{path.name}", started.replace(tzinfo=None).isoformat())


def _add_row(path: Path, header: str, *cells: str) -> None:
    """A row at the end of a table, unless its first cell is there; columns that others added are "n/a"."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else [header]
    if any(line.split("\t")[0] == cells[0] for line in lines[1:]):
        return
    columns = lines[0].count("\t") + 1
    row = [*cells, *["n/a"] * columns][:columns]
    path.write_text("\n".join([*lines, "\t".join(row)]) + "\n", "utf-8")


def _cell(text: str) -> str:
    return " ".join(text.split()) or "n/a"


def _write_table(path: Path, rows: list[list[str]]) -> None:
    path.write_text("".join("\t".join(row) + "\n" for row in rows), "utf-8")


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
