import numpy as np
import pytest

from drivers.errors import RecordingError
from drivers.recordings.formats import open_recording
from drivers.recordings.wfdb import read

COUNTS = np.random.default_rng(7).integers(-32_767, 32_768, (5000, 2)).astype("<i2")
HEADER = "rec 2 2000 5000\nrec.dat 16 1000(50)/mV 16 0 0 0 0 FCR\nrec.dat 16 2(-3)/uV 16 0 0 0 0 EDC\n# a comment\n"


@pytest.fixture
def record(tmp_path):
    (tmp_path / "rec.hea").write_text(HEADER)
    COUNTS.tofile(tmp_path / "rec.dat")
    return tmp_path / "rec.hea"


def test_counts_become_microvolts(record, everything):
    for path in (record, record.with_suffix(".dat")):
        recording = open_recording(path)
        _, samples, _ = everything(recording)
        assert (recording.info.rate_hz, recording.info.unit) == (2000.0, "uV")
        assert (recording.info.channels, recording.length) == (("FCR", "EDC"), 5000)
        assert samples[:, 0] == pytest.approx(COUNTS[:, 0] - 50.0, rel=1e-6)
        assert samples[:, 1] == pytest.approx((COUNTS[:, 1] + 3.0) / 2, rel=1e-6)


def test_a_sample_that_is_not_there_is_nan(record, everything):
    counts = COUNTS.copy()
    counts[9, 1] = -32_768
    counts.tofile(record.with_suffix(".dat"))
    assert np.argwhere(np.isnan(everything(open_recording(record))[1])).tolist() == [[9, 1]]


def test_defaults_of_the_header(record, everything):
    record.write_text("rec 2 1000\nrec.dat 16\nrec.dat 16 0 12 1024\n")
    recording = read(record)
    _, samples, _ = everything(recording)
    assert recording.info.channels == ("ch1", "ch2")
    assert samples[:, 0] == pytest.approx(COUNTS[:, 0] * 5.0)  # 200 counts per mV
    assert samples[:, 1] == pytest.approx((COUNTS[:, 1] - 1024.0) * 5)


def test_a_cut_record_plays_what_is_there_and_says_so(record, everything):
    with record.with_suffix(".dat").open("r+b") as file:
        file.truncate(4 * 1234 + 3)
    recording = open_recording(record)
    assert len(everything(recording)[0]) == 1234
    assert "5000 samples, 1234 are there" in recording.notes[0]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("", "no WFDB header"),
        ("rec two 2000\n", "no WFDB header"),
        ("rec 3 2000\nrec.dat 16\n", "no signals"),
        ("rec 1 0\nrec.dat 16\n", "no rate"),
        ("rec 1 100\nrec.dat 212\n", "format 16"),
        ("rec 2 100\nrec.dat 16\nother.dat 16\n", "format 16"),
        ("rec 1 100\nother.dat 16\n", "cannot be read"),
        ("rec 1 100\nrec.dat 16 fast/mV\n", "no WFDB header"),
    ],
)
def test_other_headers_are_refused_in_words(header, words, record):
    record.write_text(header)
    with pytest.raises(RecordingError, match=words):
        read(record)


def test_data_without_its_header_is_refused(record):
    record.unlink()
    with pytest.raises(RecordingError, match="needs its .hea"):
        open_recording(record.with_suffix(".dat"))


def test_a_real_record_begins_as_its_header_says(shared_data, everything):
    path = shared_data("grabmyo-sample-28ch/session1_participant1_gesture11_trial1.hea")
    samples = everything(open_recording(path))[1]
    counts = np.fromfile(path.with_suffix(".dat"), "<i2").reshape(-1, 32)
    assert counts[0, 0] == 6600  # the header's first value of F1
    assert samples[0, 0] == pytest.approx((6600 - 3539) / 30262.96582642538 * 1000, rel=1e-6)
    assert (counts.astype(int).sum(0)[:2] % 65536).tolist() == [21632, 48932]  # the header's checksums
    assert 20 < samples[:, :16].std() < 300
