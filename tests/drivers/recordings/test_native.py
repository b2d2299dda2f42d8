import json
import os
import resource
import signal as signals
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import RecordingError
from drivers.recordings.native import Recorder, read, relabel
from drivers.recordings.native_layout import MAGIC, SAMPLES, pack
from drivers.recordings.native_reader import glance
from drivers.source import Chunk, Marker, SourceInfo

BAND = SourceInfo("band", 1000.0, ("left", "right"), grid=((0, 1), (-1, -1)))
SECOND_NS = 1_000_000_000
NO_CHANNELS = b'{"format": 1, "source": {"channels": [], "grid": null, "rate_hz": 1}}'


def chunk(first: int, rows: int, *words: str) -> Chunk:
    """Samples that carry their own index in the first channel."""
    index = np.arange(first, first + rows, dtype=np.float32)
    markers = tuple(Marker(first, word) for word in words)
    return Chunk(first, np.stack([index, -index], axis=1), first * 1_000_000, first / 1000, markers)


def write(path: Path, chunks: list[Chunk], info: SourceInfo = BAND) -> list[int]:
    """Record chunks; returns where each of them ends in the file."""
    ends = []
    with Recorder(path, info) as recorder:
        for part in chunks:
            recorder.write(part)
            ends.append(path.stat().st_size)
    return ends


def indices(path: Path, start: int = 0) -> list[int]:
    """Indices of all samples, after checking that each sample is where it says."""
    found = []
    for block in read(path).blocks(start):
        index = np.arange(block.first, block.first + len(block.samples))
        np.testing.assert_array_equal(block.samples, np.stack([index, -index], axis=1))
        found += index.tolist()
    return found


@st.composite
def streams(draw: st.DrawFn) -> list[Chunk]:
    chunks, first, arrived_ns = [], draw(st.integers(0, 2**40)), time.monotonic_ns()
    for _ in range(draw(st.integers(1, 8))):
        rows = draw(st.integers(0, 20))
        samples = np.frombuffer(draw(st.binary(min_size=8 * rows, max_size=8 * rows)), np.float32).reshape(-1, 2)
        arrived_ns += draw(st.integers(0, SECOND_NS))
        words = draw(st.lists(st.text(max_size=9), max_size=2)) if rows else []
        markers = tuple(Marker(draw(st.integers(first, first + rows - 1)), word) for word in words)
        chunks.append(Chunk(first, samples, arrived_ns, draw(st.floats(-1e6, 1e6)), markers))
        first += rows + draw(st.integers(0, 3))
    return chunks


@given(streams())
def test_everything_comes_back_as_it_arrived(chunks):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "session.palmaris"
        write(path, chunks)
        kept = [part for part in chunks if len(part.samples)]
        if not kept:
            with pytest.raises(RecordingError, match="no samples"):
                read(path)
            return
        recording = read(path)
        blocks = list(recording.blocks())

    assert recording.length == kept[-1].first + len(kept[-1].samples)
    assert [block.first for block in blocks] == [part.first for part in kept]
    assert [block.samples.tobytes() for block in blocks] == [part.samples.tobytes() for part in kept]
    np.testing.assert_array_equal([block.device_s for block in blocks], [p.device_s - kept[0].device_s for p in kept])
    np.testing.assert_allclose(
        np.diff([block.due_s for block in blocks]), np.diff([p.arrived_ns for p in kept]) / SECOND_NS, atol=1e-6
    )
    assert [sorted(block.markers, key=repr) for block in blocks] == [sorted(p.markers, key=repr) for p in kept]
    assert recording.notes == ()


def test_the_header_says_what_was_recorded_and_when(tmp_path):
    before = datetime.now(UTC)
    write(tmp_path / "session.palmaris", [chunk(0, 5)])

    recording = read(tmp_path / "session.palmaris")

    assert recording.info == BAND
    assert before <= recording.started <= datetime.now(UTC)
    assert recording.timed


def test_a_recording_can_be_read_while_it_is_written(tmp_path):
    path = tmp_path / "session.palmaris"
    with Recorder(path, BAND) as recorder:
        recorder.write(chunk(0, 5))
        assert indices(path) == list(range(5))
        assert read(path).notes == ("the recording was never closed; it is complete up to its last block",)


def test_it_starts_anywhere(tmp_path):
    path = tmp_path / "session.palmaris"
    write(path, [chunk(0, 5, "rest"), chunk(5, 5), chunk(20, 5, "fist")])
    everything = indices(path)

    for start in range(26):
        assert indices(path, start) == [index for index in everything if index >= start]
    block = next(read(path).blocks(7))
    assert (block.first, block.device_s, block.due_s) == (7, pytest.approx(0.007), pytest.approx(block.due_s))
    assert [block.markers for block in read(path).blocks(7)] == [(), (Marker(20, "fist"),)]


def test_markers_come_with_their_sample_however_late_they_are_written(tmp_path):
    path = tmp_path / "session.palmaris"
    with Recorder(path, BAND) as recorder:
        recorder.mark(Marker(6, "early"))
        recorder.write(chunk(0, 5))
        recorder.write(chunk(5, 5))
        recorder.mark(Marker(2, "late"))

    recording = read(path)

    assert [block.markers for block in recording.blocks()] == [(Marker(2, "late"),), (Marker(6, "early"),)]
    assert recording.notes == ()


def test_markers_of_missing_samples_are_not_lost(tmp_path):
    path = tmp_path / "session.palmaris"
    with Recorder(path, BAND) as recorder:
        recorder.write(chunk(0, 5))
        recorder.mark(Marker(7, "in the gap"))
        recorder.write(chunk(10, 5))
        recorder.mark(Marker(15, "end"))

    recording = read(path)

    assert [block.markers for block in recording.blocks()] == [(), (Marker(10, "in the gap"), Marker(14, "end"))]
    assert recording.notes == ("2 markers stand at missing samples; they come with the nearest ones",)


def test_every_place_to_tear_it_off_leaves_the_complete_blocks(tmp_path):
    whole, torn = tmp_path / "whole.palmaris", tmp_path / "torn.palmaris"
    ends = write(whole, [chunk(0, 3), chunk(3, 2), chunk(7, 4)])
    data = whole.read_bytes()

    for size in range(len(data)):
        torn.write_bytes(data[:size])
        complete = [
            index
            for end, part in zip(ends, ((0, 1, 2), (3, 4), (7, 8, 9, 10)), strict=True)
            for index in part
            if end <= size
        ]
        if not complete:
            with pytest.raises(RecordingError):
                read(torn)
            continue
        assert indices(torn) == complete
        left = size - max(end for end in ends if end <= size)
        assert "never closed" in read(torn).notes[0]
        assert (f"last {left} bytes" in read(torn).notes[-1]) == bool(left)


def test_a_flipped_bit_costs_only_its_block(tmp_path):
    path = tmp_path / "session.palmaris"
    parts = ((0, 1, 2), (3, 4), (7, 8, 9, 10))
    ends = write(path, [chunk(0, 3), chunk(3, 2), chunk(7, 4)])
    data = path.read_bytes()
    begins = [ends[0] - (ends[1] - ends[0]) - 8, *ends[:-1]]

    for byte in range(len(data)):
        damaged = bytearray(data)
        damaged[byte] ^= 1 << byte % 8
        path.write_bytes(damaged)
        hit = [begin <= byte < end for begin, end in zip(begins, ends, strict=True)]
        assert indices(path) == [index for part, lost in zip(parts, hit, strict=True) if not lost for index in part]
        recording = read(path)
        list(recording.blocks())
        assert recording.notes, f"a flip in byte {byte} passed in silence"


@given(st.data())
def test_bytes_cut_out_or_put_in_cost_only_the_blocks_they_touch(data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "session.palmaris"
        ends = write(path, [chunk(3 * part, 3) for part in range(20)])
        content = path.read_bytes()
        low = data.draw(st.integers(ends[0], len(content)))
        high = data.draw(st.integers(low, min(low + 300, len(content))))
        path.write_bytes(content[:low] + data.draw(st.binary(max_size=100)) + content[high:])

        found = indices(path)

    begins = [0, *ends[:-1]]
    whole = [part for part in range(20) if ends[part] <= low or begins[part] >= high]
    assert {3 * part + row for part in whole for row in range(3)} <= set(found)
    assert found == sorted(set(found))


def test_samples_that_do_not_follow_are_left_out(tmp_path):
    path = tmp_path / "session.palmaris"
    write(path, [chunk(10, 3)])
    good = path.read_bytes()
    for odd in (pack(SAMPLES, 2, bytes(16 + 8)), pack(SAMPLES, 20, bytes(16 + 7)), pack(SAMPLES, 20, bytes(16))):
        path.write_bytes(good + odd)
        assert indices(path) == [10, 11, 12]
        assert any("bytes are damaged" in note for note in read(path).notes)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "cannot be read"),
        (MAGIC, "no readable header"),
        (b"time,left,right\n" * 100, "no readable header"),
        (MAGIC + pack(b"HEAD", 0, b"{}"), "makes no sense"),
        (MAGIC + pack(b"HEAD", 0, b"not JSON"), "makes no sense"),
        (MAGIC + pack(b"HEAD", 0, NO_CHANNELS), "no channels"),
        (MAGIC + pack(b"HEAD", 0, json.dumps({"format": 2}).encode()), "newer palmaris"),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path, content, said):
    path = tmp_path / "session.palmaris"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=said):
        read(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(RecordingError, match="check the path"):
        read(tmp_path / "none.palmaris")


RECORD_UNTIL_KILLED = """
import sys
from pathlib import Path
import numpy as np
from drivers.recordings.native import Recorder
from drivers.source import Chunk, SourceInfo

first = 0
with Recorder(Path(sys.argv[1]), SourceInfo("band", 1000.0, ("left", "right"))) as recorder:
    while True:
        index = np.arange(first, first + 5, dtype=np.float32)
        recorder.write(Chunk(first, np.stack([index, -index], axis=1), first * 1_000_000, first / 1000))
        first += 5
        print(first, flush=True)
"""


@pytest.mark.parametrize("chunks", [1, 37, 1000])
def test_what_was_written_survives_the_kill(tmp_path, chunks):
    path = tmp_path / "session.palmaris"
    arguments = [sys.executable, "-c", RECORD_UNTIL_KILLED, str(path)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        written = [int(process.stdout.readline()) for _ in range(chunks)][-1]
        os.kill(process.pid, signals.SIGKILL)

    found = indices(path)

    assert len(found) >= written
    assert found == list(range(len(found)))
    assert "never closed" in read(path).notes[0]


def test_an_existing_file_is_never_overwritten(tmp_path):
    path = tmp_path / "session.palmaris"
    path.write_bytes(b"years of work")
    with pytest.raises(RecordingError, match="exists already"), Recorder(path, BAND):
        pass
    assert path.read_bytes() == b"years of work"


@pytest.mark.parametrize("folder", ["/sys", "/nowhere/at/all"])  # /sys refuses even root
def test_a_folder_that_takes_no_file_is_refused(folder):
    with pytest.raises(RecordingError, match="choose a folder"), Recorder(Path(folder) / "s.palmaris", BAND):
        pass


@contextmanager
def files_no_larger_than(size):
    """How a full disk looks. Kept short: the test runner's own output may go to a file, too."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signals.signal(signals.SIGXFSZ, signals.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signals.signal(signals.SIGXFSZ, handler)


def test_a_full_disk_is_an_error_and_keeps_what_is_there(tmp_path):
    path = tmp_path / "session.palmaris"
    with Recorder(path, BAND) as recorder:
        recorder.write(chunk(0, 5))
        half_a_chunk_more = path.stat().st_size + 50
        with files_no_larger_than(half_a_chunk_more), pytest.raises(RecordingError, match="free space"):
            recorder.write(chunk(5, 5))
        assert indices(path) == list(range(5))
        recorder.write(chunk(10, 5))  # somebody made room
    assert indices(path) == [*range(5), *range(10, 15)]


def test_a_full_disk_is_heard_of_once(tmp_path):
    def record_on_a_full_disk(path: Path, *chunks: Chunk) -> None:
        with ExitStack() as disk, Recorder(path, BAND) as recorder:
            disk.enter_context(files_no_larger_than(path.stat().st_size))
            for part in chunks:
                recorder.write(part)

    with pytest.raises(RecordingError, match="free space") as caught:
        record_on_a_full_disk(tmp_path / "noticed at the first chunk.palmaris", chunk(0, 5))
    assert caught.value.__context__ is caught.value.__cause__  # the OSError of the write, not one of closing
    with pytest.raises(RecordingError, match="free space"):
        record_on_a_full_disk(tmp_path / "noticed when closed.palmaris")


def test_a_disk_without_room_for_the_header_is_an_error(tmp_path):
    with (
        files_no_larger_than(10),
        pytest.raises(RecordingError, match="free space"),
        Recorder(tmp_path / "session.palmaris", BAND),
    ):
        pass


def test_chunks_that_do_not_fit_are_refused(tmp_path):
    with Recorder(tmp_path / "session.palmaris", BAND) as recorder:
        recorder.write(chunk(5, 5))
        with pytest.raises(RecordingError, match="went back"):
            recorder.write(chunk(9, 5))
        with pytest.raises(RecordingError, match="3 channels, not 2"):
            recorder.write(Chunk(10, np.zeros((5, 3), np.float32), 0, 0.0))
        recorder.write(chunk(10, 5))
    assert indices(tmp_path / "session.palmaris") == list(range(5, 15))


def words(path: Path) -> list[tuple[int, str]]:
    return [(marker.index, marker.text) for block in read(path).blocks() for marker in block.markers]


def test_markers_are_added_and_taken_back_without_touching_what_is_there(tmp_path):
    path = tmp_path / "session.palmaris"
    write(path, [chunk(0, 10, "rest"), chunk(10, 10, "fist", "fist")])
    before = path.read_bytes()
    relabel(path, [Marker(5, "point")], [Marker(10, "fist"), Marker(7, "never there")])
    assert words(path) == [(0, "rest"), (5, "point"), (10, "fist")]
    assert path.read_bytes().startswith(before)
    assert read(path).notes == ()


def test_a_relabelling_that_was_torn_loses_no_marker(tmp_path):
    path = tmp_path / "session.palmaris"
    write(path, [chunk(0, 10, "rest")])
    size = path.stat().st_size
    relabel(path, [Marker(0, "fist")], [Marker(0, "rest")])
    whole = path.read_bytes()
    for length in range(size, len(whole) + 1):
        path.write_bytes(whole[:length])
        assert {"rest", "fist"} & {text for _, text in words(path)}
        relabel(path, [Marker(9, "later")], [])  # what is added behind torn bytes is found
        assert (9, "later") in words(path)


def test_a_disk_that_is_full_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "session.palmaris"
    write(path, [chunk(0, 10, "rest")])
    before = path.read_bytes()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    before_signal = signals.signal(signals.SIGXFSZ, signals.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, limit[1]))
    try:
        with pytest.raises(RecordingError, match="free space"):
            relabel(path, [Marker(3, "fist")], [])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signals.signal(signals.SIGXFSZ, before_signal)
    assert path.read_bytes() == before


@given(streams())
def test_a_glance_tells_what_reading_tells(chunks):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "session.palmaris"
        write(path, chunks)
        relabel(path, [Marker(3, "later")], [])
        seen = glance(path)
        held = [part for part in chunks if len(part.samples)]
        if held:
            recording = read(path)
            assert (seen.first, seen.length) == (recording.first, recording.length)
        else:
            assert seen.first == seen.length == 0
