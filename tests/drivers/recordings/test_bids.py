import csv
import json
import re
import resource
import signal as signals
from datetime import datetime
from pathlib import Path

import edfio
import jsonschema
import numpy as np
import pytest
from bidsschematools.rules import regexify_all
from bidsschematools.schema import load_schema
from bidsschematools.types.namespace import Namespace

from drivers.errors import RecordingError
from drivers.recordings.bids import BidsName, export_bids
from drivers.recordings.native import NativeRecording, Recorder, read
from drivers.source import Chunk, Marker, SourceInfo

NAME = BidsName("01", "calibration", session="a", run=2)
STEM = "sub-01/ses-a/emg/sub-01_ses-a_task-calibration_run-2"


@pytest.fixture(scope="session")
def schema() -> Namespace:
    return load_schema()


@pytest.fixture
def recording(tmp_path, signal) -> NativeRecording:
    with Recorder(tmp_path / "session.palmaris", SourceInfo("my band", 1000.0, ("left", "µ right"))) as recorder:
        recorder.write(Chunk(0, signal[:1000], 1, 0.0, (Marker(10, "make a\tfist"),)))
        recorder.write(Chunk(1500, signal[1500:], 2, 1.5))
    return read(tmp_path / "session.palmaris")


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", [NAME, BidsName("01", "rest")])
@pytest.mark.parametrize("suffix", [".bdf", ".edf"])
def test_every_path_is_one_of_bids(recording, tmp_path, name, suffix):
    folder = tmp_path / "study"
    export = export_bids(recording, folder, name, suffix, recording.started)
    patterns = [re.compile(rule["regex"]) for rule in regexify_all()[0]]
    found = names(folder)
    assert str(export.path.relative_to(folder)) in found
    for path in found:
        assert any(pattern.fullmatch(path) for pattern in patterns), path


def test_the_sidecar_has_what_the_schema_requires_and_nothing_made_up(recording, tmp_path, schema):
    export_bids(recording, tmp_path / "study", NAME)
    sidecar = json.loads((tmp_path / "study" / f"{STEM}_emg.json").read_text())
    rules = schema.rules.sidecars.emg
    fields = {
        field: level if isinstance(level, str) else level["level"]
        for group in (
            rules.EMGRequired,
            rules.EMGTaskInformation,
            rules.EMGRecommended,
            rules.EMGPlacementSchemeDescription,
        )
        for field, level in group.fields.to_dict().items()
    }
    missing = {field for field, level in fields.items() if level == "required"} - set(sidecar)
    assert not missing
    for field, value in sidecar.items():
        if field in schema.objects.metadata:
            jsonschema.validate(value, schema.objects.metadata[field].to_dict())
    assert sidecar["EMGReference"] == sidecar["PowerLineFrequency"] == sidecar["SoftwareFilters"] == "n/a"
    assert (sidecar["SamplingFrequency"], sidecar["RecordingDuration"], sidecar["EMGChannelCount"]) == (1000, 4, 2)


def test_a_simulation_says_so(tmp_path, signal):
    with Recorder(tmp_path / "s.palmaris", SourceInfo("nobody", 1000.0, ("l", "r"), simulated=True)) as recorder:
        recorder.write(Chunk(0, signal, 1, 0.0))
    export_bids(read(tmp_path / "s.palmaris"), tmp_path / "study", NAME)
    sidecar = json.loads((tmp_path / "study" / f"{STEM}_emg.json").read_text())
    assert "simulated" in sidecar["EMGPlacementSchemeDescription"]


def test_the_data_set_describes_itself(recording, tmp_path, schema):
    export_bids(recording, tmp_path / "study", NAME)
    about = json.loads((tmp_path / "study" / "dataset_description.json").read_text())
    required = {f for f, level in schema.rules.json.dataset.dataset_description.fields.items() if level == "required"}
    assert required <= set(about)
    assert about["BIDSVersion"] == schema.bids_version
    for field, value in about.items():
        jsonschema.validate(value, schema.objects.metadata[field].to_dict())


def test_tables(recording, tmp_path, schema):
    export = export_bids(recording, tmp_path / "study", NAME)
    channels = table(tmp_path / "study" / f"{STEM}_channels.tsv")
    assert list(channels[0])[:3] == ["name", "type", "units"]
    assert set(channels[0]) <= {column.split("__")[0] for column in schema.rules.tabular_data.emg.EMGChannels.columns}
    assert [tuple(row.values()) for row in channels] == [
        ("left", "EMG", "uV", "n/a"),
        ("channel 2", "EMG", "uV", "µ right"),
    ]
    assert [row["name"] for row in channels] == list(edfio.read_bdf(export.path).labels)
    events = [tuple(row.values()) for row in table(tmp_path / "study" / f"{STEM}_events.tsv")]
    assert events == [("0.01", "n/a", "make a fist"), ("1.0", "0.5", "BAD_ACQ_SKIP")]
    levels = json.loads((tmp_path / "study" / f"{STEM}_events.json").read_text())["trial_type"]["Levels"]
    assert "BAD_ACQ_SKIP" in levels


@pytest.mark.parametrize(("suffix", "limit"), [(".bdf", 0.0001), (".edf", 0.1)])
def test_the_error_stated_is_the_error_made(recording, tmp_path, signal, suffix, limit):
    export = export_bids(recording, tmp_path / "study", NAME, suffix)
    file = {".bdf": edfio.read_bdf, ".edf": edfio.read_edf}[suffix](export.path)
    values = np.stack([channel.data for channel in file.signals], axis=1)
    there = np.r_[0:1000, 1500:4000]
    assert abs(values[there] - signal[there]).max() <= export.error * 1.001 + 1e-9
    assert export.error < limit


def test_recordings_are_added_to_a_data_set(recording, tmp_path):
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "participants.tsv").write_text("participant_id\tage\nsub-02\t44\n")
    (folder / "README").write_text("mine")
    (folder / "dataset_description.json").write_text("{}")

    export_bids(recording, folder, NAME, started=datetime(2026, 3, 5, 14, 7, 9))
    export_bids(recording, folder, BidsName("01", "calibration", session="a", run=3), started=datetime(2026, 3, 6))
    export_bids(recording, folder, BidsName("02", "calibration"))

    assert (folder / "participants.tsv").read_text() == "participant_id\tage\nsub-02\t44\nsub-01\tn/a\n"
    assert (folder / "README").read_text() == "mine"
    assert not (folder / "README.md").exists()
    assert (folder / "dataset_description.json").read_text() == "{}"
    assert [tuple(row.values()) for row in table(folder / "sub-01/ses-a/sub-01_ses-a_scans.tsv")] == [
        ("emg/sub-01_ses-a_task-calibration_run-2_emg.bdf", "2026-03-05T14:07:09"),
        ("emg/sub-01_ses-a_task-calibration_run-3_emg.bdf", "2026-03-06T00:00:00"),
    ]


def test_nothing_is_overwritten(recording, tmp_path):
    path = export_bids(recording, tmp_path / "study", NAME).path
    before = path.read_bytes()
    for suffix in (".bdf", ".edf"):
        with pytest.raises(RecordingError, match="choose another run"):
            export_bids(recording, tmp_path / "study", NAME, suffix)
    assert path.read_bytes() == before


def test_a_failed_export_leaves_no_signals_and_can_be_repeated(recording, tmp_path):
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signals.signal(signals.SIGXFSZ, signals.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        with pytest.raises(RecordingError, match="free space"):
            export_bids(recording, tmp_path / "study", NAME)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signals.signal(signals.SIGXFSZ, handler)
    assert not [name for name in names(tmp_path / "study") if "bdf" in name]
    export_bids(recording, tmp_path / "study", NAME)


@pytest.mark.parametrize("folder", ["/sys", "/dev/null/study"])  # /sys refuses even root
def test_a_folder_that_takes_no_file_is_refused(recording, folder):
    with pytest.raises(RecordingError, match="cannot be written"):
        export_bids(recording, Path(folder), NAME)


@pytest.mark.parametrize("name", [BidsName("anna b", "rest"), BidsName("01", "make-fist"), BidsName("", "rest")])
def test_names_that_bids_does_not_allow_are_refused(recording, tmp_path, name):
    with pytest.raises(RecordingError, match="letters and digits"):
        export_bids(recording, tmp_path / "study", name)


def test_other_formats_are_refused(recording, tmp_path):
    with pytest.raises(RecordingError, match=r"choose \.bdf or \.edf"):
        export_bids(recording, tmp_path / "study", NAME, ".BDF")
