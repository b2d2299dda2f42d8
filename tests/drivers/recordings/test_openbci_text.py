import numpy as np
import pytest

from drivers.errors import RecordingError
from drivers.recordings.formats import open_recording
from drivers.recordings.openbci_text import Cycle, read

OLD = "%OpenBCI Raw EEG Data\n%\n%Sample Rate = 200.0 Hz\n%First Column = SampleIndex\n%Last Column = Timestamp \n"
NEW = (
    "%OpenBCI Raw EXG Data\n%Number of channels = 8\n%Sample Rate = 250 Hz\n"
    "%Board = OpenBCI_GUI$BoardCytonSerial\n"
    "Sample Index, " + ", ".join(f"EXG Channel {number}" for number in range(8)) + ", Accel Channel 0, "
    "Accel Channel 1, Accel Channel 2, Other, Other, Other, Other, Other, Other, Other, Analog Channel 0, "
    "Analog Channel 1, Analog Channel 2, Timestamp, Other, Timestamp (Formatted)\n"
)


def clock(seconds: float) -> str:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours % 24:02d}:{minutes:02d}:{seconds:06.3f}"


def ganglion(path, kept, begin_s=36_000.0):
    """Rows of an old Ganglion file: samples ``kept`` of a steady stream, delivered in pairs."""
    rows = [f"{n % 201}, {n}.5, {-n}, 0.00, 0.00, 0.0, 0.0, 0.0, {clock(begin_s + n // 2 * 0.01)}" for n in kept]
    path.write_text(OLD + "\n".join(rows) + "\n")
    return path


def cyton(path, kept):
    """Rows of a new Cyton file."""
    values = ["0.0"] * 14
    rows = []
    for n in kept:
        signal = [f"{n + channel}.25" for channel in range(8)]
        rows.append(", ".join([f"{n % 256}.0", *signal, *values[:13], "1.6e9", "0.0", f"2024-03-01 {clock(n / 250)}"]))
    path.write_text(NEW + "\n".join(rows) + "\n")
    return path


def test_an_old_file(tmp_path, everything):
    recording = open_recording(ganglion(tmp_path / "OpenBCI-RAW-old.txt", range(3000)))
    index, samples, _ = everything(recording)
    assert (recording.info.rate_hz, recording.info.channels) == (200.0, ("ch1", "ch2", "ch3", "ch4"))
    assert np.array_equal(index, np.arange(3000))
    assert np.array_equal(samples[:, 0], np.arange(3000) + 0.5)
    assert np.array_equal(samples[:, 1], -np.arange(3000))
    assert any("ch3, ch4" in note for note in recording.notes)


def test_a_new_file(tmp_path, everything):
    recording = open_recording(cyton(tmp_path / "OpenBCI-RAW-new.txt", range(1500)))
    index, samples, _ = everything(recording)
    assert recording.info.rate_hz == 250
    assert recording.info.channels == tuple(f"EXG Channel {number}" for number in range(8))
    assert np.array_equal(index, np.arange(1500))
    assert np.array_equal(samples, np.arange(1500)[:, None] + np.arange(8) + np.float32(0.25))


def test_a_pair_comes_together(tmp_path):
    blocks = list(read(ganglion(tmp_path / "old.txt", range(1000))).blocks())
    assert [len(block.samples) for block in blocks] == [2] * 500
    assert [block.due_s for block in blocks] == pytest.approx(np.arange(500) * 0.01)
    assert blocks[10].device_s == 0.1


@pytest.mark.parametrize("lost", [range(500, 501), range(500, 650), range(500, 701), range(500, 1705)])
@pytest.mark.parametrize("write", [ganglion, cyton])
def test_lost_samples_are_left_out_in_the_index(lost, write, tmp_path, everything):
    kept = [n for n in range(4000) if n not in lost]
    recording = read(write(tmp_path / "lossy.txt", kept))
    index, _, _ = everything(recording)
    assert index.tolist() == kept
    assert any(f"{len(lost)} samples are missing" in note for note in recording.notes)


def test_a_row_that_cannot_be_read_is_missing(tmp_path, everything):
    path = ganglion(tmp_path / "bad.txt", range(1000))
    lines = path.read_text().splitlines()
    lines[300], lines[400] = lines[300][:20], "garbage"
    path.write_text("\n".join(lines))
    recording = read(path)
    index, _, _ = everything(recording)
    assert sorted(set(range(1000)) - set(index.tolist())) == [295, 395]
    assert any("2 rows" in note for note in recording.notes)


def test_midnight_is_no_gap(tmp_path, everything):
    recording = read(ganglion(tmp_path / "late.txt", range(2000), begin_s=86_395.0))
    index, _, _ = everything(recording)
    assert np.array_equal(index, np.arange(2000))
    assert list(recording.blocks())[-1].due_s == pytest.approx(9.99)


def test_two_samples_may_share_a_count():
    counts = np.repeat(np.arange(1, 101), 2)
    assert Cycle.of(np.tile(counts, 5)) == Cycle(step=1, length=101, sharing=2)


@pytest.mark.parametrize("text", [OLD, NEW, "%OpenBCI Raw EEG Data\n0, 1, 2\n", OLD + "words, words\n"])
def test_files_without_rows_or_header_are_refused(text, tmp_path):
    (tmp_path / "cut.txt").write_text(text)
    with pytest.raises(RecordingError, match="record it again"):
        read(tmp_path / "cut.txt")


def test_a_real_ganglion(shared_data, everything):
    path = shared_data("ganglion-myoware-2ch/S02/OpenBCI-RAW-S02_S1REST.txt")
    recording = read(path)
    index, samples, _ = everything(recording)
    table = np.genfromtxt(path, delimiter=",", comments="%", usecols=(1, 2, 3, 4))
    assert np.array_equal(samples, table.astype(np.float32))
    assert np.array_equal(index, np.arange(len(table)))
    last = list(recording.blocks())[-1]
    assert last.due_s == pytest.approx(32.065)  # 10:30:31.035 to 10:31:03.100
