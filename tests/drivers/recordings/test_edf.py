import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import RecordingError
from drivers.recordings.formats import open_recording
from drivers.source import Marker

edfio = pytest.importorskip("edfio", reason="pip install 'palmaris[recordings]'")

RNG = np.random.default_rng(6)
SIGNALS = RNG.normal(0, 200, (2, 10_000)).clip(-900, 900)


def signal(kind, data, rate_hz, label, unit):
    return kind(data, rate_hz, label=label, physical_dimension=unit, physical_range=(-1000, 1000))


@pytest.fixture(params=["edf", "bdf"])
def path(request, tmp_path):
    """Two signals at 1 kHz, one in uV and one in mV, an accelerometer at 100 Hz, annotations; written by edfio."""
    kind = edfio.EdfSignal if request.param == "edf" else edfio.BdfSignal
    signals = [
        signal(kind, SIGNALS[0], 1000, "FCR", "uV"),
        signal(kind, SIGNALS[1], 1000, "EDC", "mV"),
        signal(kind, SIGNALS[0, :1000], 100, "acc", "g"),
    ]
    notes = [edfio.EdfAnnotation(1.5, None, "fist"), edfio.EdfAnnotation(4.0, 2.0, "rest")]
    file = (edfio.Edf if request.param == "edf" else edfio.Bdf)(signals, annotations=notes, data_record_duration=0.5)
    file.write(tmp_path / f"band.{request.param}")
    return tmp_path / f"band.{request.param}"


def test_as_edfio_reads_it(path, everything):
    reader = edfio.read_edf if path.suffix == ".edf" else edfio.read_bdf
    other = reader(path)
    recording = open_recording(path)
    index, samples, markers = everything(recording)
    assert (recording.info.rate_hz, recording.info.channels) == (1000, ("FCR", "EDC"))
    assert (recording.info.unit, recording.length) == ("uV", 10_000)
    assert np.array_equal(index, np.arange(10_000))
    assert samples[:, 0] == pytest.approx(other.signals[0].data, rel=1e-6, abs=1e-4)
    assert samples[:, 1] == pytest.approx(other.signals[1].data * 1000, rel=1e-6, abs=0.1)
    assert samples[:, 0] == pytest.approx(SIGNALS[0], abs=0.02)
    assert markers == [Marker(1500, "fist"), Marker(4000, "rest")]
    assert any("acc" in note for note in recording.notes)


@settings(max_examples=30, deadline=None)
@given(start=st.integers(0, 10_000))
def test_any_start_gives_the_same_samples(start, tmp_path_factory, everything):
    path = tmp_path_factory.mktemp("edf") / "band.edf"
    edfio.Edf([signal(edfio.EdfSignal, SIGNALS[0], 1000, "FCR", "uV")], data_record_duration=0.25).write(path)
    recording = open_recording(path)
    assert np.array_equal(everything(recording, start)[1], everything(recording)[1][start:])


def test_a_cut_file_plays_its_complete_records_and_says_so(path, everything):
    with path.open("r+b") as file:
        file.truncate(int(path.stat().st_size * 0.6))
    recording = open_recording(path)
    index, samples, _ = everything(recording)
    assert len(index) % 500 == 0
    assert 5000 <= len(index) < 7000
    assert samples[:, 0] == pytest.approx(SIGNALS[0, : len(index)], abs=0.02)
    assert any("cut short" in note for note in recording.notes)


def test_a_recording_that_was_never_closed(path, everything):
    content = bytearray(path.read_bytes())
    content[236:244] = b"-1      "
    path.write_bytes(content)
    recording = open_recording(path)
    assert len(everything(recording)[0]) == 10_000
    assert any("never closed" in note for note in recording.notes)


def discontinuous(path, before_s, shift_s):
    """Records before ``before_s`` begin ``shift_s`` earlier, in the annotations that keep the time; no byte moves."""

    def earlier(match):
        onset = float(match[1]) - shift_s * (float(match[1]) < before_s)
        new = f"{onset:+g}\x14\x14\x00".encode()
        assert len(new) == len(match[0])
        return new

    content = path.read_bytes()
    content = content[:195] + b"+D" + content[197:]
    path.write_bytes(re.sub(rb"(\+[\d.]+)\x14\x14\x00", earlier, content))


def test_records_apart_in_time_leave_out_indices(path, everything):
    discontinuous(path, 4, 3)
    recording = open_recording(path)
    index, samples, _ = everything(recording)
    assert not recording.timed
    assert np.flatnonzero(np.diff(index) != 1).tolist() == [3999]
    assert index[4000] == 7000
    assert samples[:, 0] == pytest.approx(SIGNALS[0], abs=0.02)
    assert np.array_equal(everything(recording, 8000)[1], samples[index >= 8000])


def test_records_that_go_back_are_refused(path):
    discontinuous(path, 4, -3)
    with pytest.raises(RecordingError, match="go back in time"):
        open_recording(path)


@pytest.mark.parametrize("keep", [100, 256, 700, 1300])
def test_a_cut_header_is_refused(keep, path):
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(RecordingError, match="damaged header"):
        open_recording(path)


@pytest.mark.parametrize(("at", "text"), [(252, b"many"), (252, b"0   "), (244, b"0       "), (244, b"long    ")])
def test_a_damaged_header_is_refused(at, text, path):
    content = bytearray(path.read_bytes())
    content[at : at + len(text)] = text
    path.write_bytes(content)
    with pytest.raises(RecordingError, match="damaged header"):
        open_recording(path)
