import struct

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drivers.errors import RecordingError
from drivers.recordings.formats import open_recording
from drivers.recordings.xdf import read

pyxdf = pytest.importorskip("pyxdf", reason="the independent reader that these tests compare with")

RNG = np.random.default_rng(8)
SAMPLES = RNG.normal(0, 100, (5000, 3)).astype(np.float32)
TIMES = 500 + np.arange(5000) / 1000


def number(value):
    return bytes([1, value]) if value < 256 else b"\x04" + struct.pack("<I", value)


def chunk(tag, content):
    return number(len(content) + 2) + struct.pack("<H", tag) + content


def header(stream, kind, channels, form, rate_hz, units=(), name="band"):
    described = "".join(f"<channel><label>c{at}</label><unit>{unit}</unit></channel>" for at, unit in enumerate(units))
    xml = (
        f"<?xml version='1.0'?><info><name>{name}</name><type>{kind}</type><channel_count>{channels}</channel_count>"
        f"<nominal_srate>{rate_hz}</nominal_srate><channel_format>{form}</channel_format>"
        f"<created_at>1</created_at><desc><channels>{described}</channels></desc></info>"
    )
    return chunk(2, struct.pack("<I", stream) + xml.encode())


def samples(stream, values, times, stamped):
    """A chunk of samples; ``stamped``: which of them carry their time."""
    rows = [
        (b"\x08" + struct.pack("<d", at) if has else b"\x00") + row.tobytes()
        for row, at, has in zip(values, times, stamped, strict=True)
    ]
    return chunk(3, struct.pack("<I", stream) + number(len(rows)) + b"".join(rows))


def words(stream, events):
    rows = [b"\x08" + struct.pack("<d", at) + number(len(text)) + text.encode() for at, text in events]
    return chunk(3, struct.pack("<I", stream) + number(len(rows)) + b"".join(rows))


def offset(stream, at, value):
    return chunk(4, struct.pack("<Idd", stream, at, value))


def footer(stream):
    return chunk(6, struct.pack("<I", stream) + b"<?xml version='1.0'?><info></info>")


def write(path, *chunks):
    begin = b"XDF:" + chunk(1, b"<?xml version='1.0'?><info><version>1.0</version></info>")
    path.write_bytes(begin + b"".join(chunks))
    return path


def band(path, stamped=lambda size: [True] * size, times=TIMES, values=SAMPLES, form="float32", units=("uV",) * 3):
    """A stream of 1 kHz in chunks of up to 100 samples, written as LabRecorder does."""
    parts = [slice(at, at + 100) for at in range(0, len(values), 100)]
    chunks = [samples(1, values[part], times[part], stamped(len(values[part]))) for part in parts]
    return write(path, header(1, "EMG", 3, form, 1000, units), *chunks, footer(1))


STAMPED = {
    "all": lambda size: [True] * size,
    "first": lambda size: [True] + [False] * (size - 1),
    "some": lambda size: [at % 7 == 0 for at in range(size)],
}


@pytest.mark.parametrize("stamped", STAMPED)
def test_as_pyxdf_reads_it(stamped, tmp_path, everything):
    path = band(tmp_path / "band.xdf", STAMPED[stamped])
    (other,), _ = pyxdf.load_xdf(path, dejitter_timestamps=False)
    recording = open_recording(path)
    index, found, _ = everything(recording)
    assert (recording.info.name, recording.info.rate_hz, recording.info.unit) == ("band", 1000, "uV")
    assert recording.info.channels == ("c0", "c1", "c2")
    assert np.array_equal(found, other["time_series"])
    assert np.array_equal(index, np.arange(5000))
    for block in recording.blocks(1234):
        assert block.device_s == pytest.approx(other["time_stamps"][block.first] - other["time_stamps"][0], abs=1e-6)


@pytest.mark.parametrize("form", ["int8", "int16", "int32", "int64", "double64"])
def test_every_kind_of_number(form, tmp_path, everything):
    values = RNG.integers(-128, 128, (300, 3)).astype(form.replace("double64", "float64"))
    path = band(tmp_path / "band.xdf", values=values, form=form, units=("mV", "uV", "V"))
    assert np.array_equal(everything(read(path))[1], (values * [1e3, 1.0, 1e6]).astype(np.float32))


def test_gaps_and_bursts(tmp_path, everything):
    gap = TIMES + (np.arange(5000) >= 2000) * 0.3
    index = everything(read(band(tmp_path / "gap.xdf", times=gap)))[0]
    assert np.flatnonzero(np.diff(index) != 1).tolist() == [1999]
    assert index[2000] == 2300
    recording = read(band(tmp_path / "burst.xdf", times=TIMES[np.arange(5000) // 50 * 50]))
    assert np.array_equal(everything(recording)[0], np.arange(5000))
    assert [len(block.samples) for block in recording.blocks()] == [50] * 100
    assert any("bursts" in note for note in recording.notes)


def test_markers_of_another_clock_stand_at_their_samples(tmp_path, everything):
    """The markers' computer is 20 s behind and 100 ppm slow; LabRecorder measured that every 5 s."""
    slow = 1 - 100e-6
    events = [(at, f"g{number}") for number, at in enumerate((499.0, 500.5, 503.2))]
    their = [((at - 20) * slow, text) for at, text in events]
    offsets = [offset(2, (at - 20) * slow, at - (at - 20) * slow) for at in np.arange(490.0, 520, 5)]
    path = write(
        tmp_path / "two.xdf",
        header(2, "Markers", 1, "string", 0, name="prompts"),
        header(1, "EMG", 3, "float32", 1000, ("uV",) * 3),
        *offsets,
        *[samples(1, SAMPLES[at : at + 500], TIMES[at : at + 500], [True] * 500) for at in range(0, 5000, 500)],
        words(2, their),
    )
    markers = everything(read(path))[2]
    assert [marker.text for marker in markers] == ["g1", "g2"]
    assert [marker.index for marker in markers] == pytest.approx([500, 3200], abs=1)
    other = next(part for part in pyxdf.load_xdf(path)[0] if part["info"]["type"] == ["Markers"])
    assert other["time_stamps"] == pytest.approx([at for at, _ in events], abs=1e-3)


def test_of_several_signals_the_emg_is_played(tmp_path):
    eeg = samples(1, SAMPLES[:100], TIMES[:100], [True] * 100)
    path = write(
        tmp_path / "two.xdf",
        header(1, "EEG", 3, "float32", 1000, name="cap"),
        header(2, "emg", 3, "float32", 500, ("g",) * 3),
        eeg,
        samples(2, SAMPLES[:100], TIMES[:100], [True] * 100),
    )
    recording = read(path)
    assert (recording.info.name, recording.info.rate_hz, recording.info.unit) == ("band", 500, "a.u.")
    assert any("other signals in the file: cap" in note for note in recording.notes)


def test_an_unknown_unit_is_said(tmp_path):
    recording = read(band(tmp_path / "band.xdf", units=()))
    assert (recording.info.unit, recording.info.channels) == ("uV", ("ch1", "ch2", "ch3"))
    assert any("no unit" in note for note in recording.notes)


@settings(max_examples=60, deadline=None)
@given(share=st.floats(0.05, 0.999))
def test_a_cut_file_plays_what_it_holds(share, tmp_path_factory, everything):
    path = band(tmp_path_factory.mktemp("cut") / "band.xdf")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    recording = read(path)
    index, found, _ = everything(recording)
    assert len(index) % 100 == 0
    assert len(index) >= 5000 * share - 150
    assert np.array_equal(found, SAMPLES[: len(index)])
    assert any("cut short" in note for note in recording.notes) or len(index) == 5000


@example(at=0.6141211196191497, flip=62)  # makes a signalling NaN
@settings(max_examples=200, deadline=None)
@given(at=st.floats(0, 0.999), flip=st.integers(1, 255))
def test_damage_never_crashes(at, flip, tmp_path_factory):
    path = band(tmp_path_factory.mktemp("damaged") / "band.xdf", STAMPED["some"], values=SAMPLES[:300])
    content = bytearray(path.read_bytes())
    content[int(len(content) * at)] ^= flip
    path.write_bytes(content)
    try:
        for block in open_recording(path, None).blocks():
            assert block.samples.shape[1] >= 1
    except RecordingError:
        pass


def test_a_file_without_signals_is_refused(tmp_path):
    with pytest.raises(RecordingError, match="no stream of numbers"):
        read(write(tmp_path / "words.xdf", header(2, "Markers", 1, "string", 0), words(2, [(1.0, "go")])))
