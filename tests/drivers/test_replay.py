import math
import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import EndOfStream, RecordingError, SourceUnavailable, SourceUnknown
from drivers.recordings.formats import open_recording
from drivers.recordings.recording import Block
from drivers.registry import SourceUri
from drivers.replay import Pace, Playback, from_uri, pieces, play
from drivers.source import Marker

RATE_HZ = 1000.0
SAMPLES = np.arange(6000, dtype=np.float32).reshape(3000, 2)


@pytest.fixture
def path(tmp_path):
    labels = ["rest"] * 1000 + ["fist"] * 2000
    np.savez(tmp_path / "band.npz", samples=SAMPLES, rate_hz=RATE_HZ, labels=labels)
    return tmp_path / "band.npz"


@pytest.fixture
def bursty(tmp_path):
    """Bursts of 10 samples every 20 ms at 500 Hz, with a stall of half a second."""
    arrival_s = np.repeat(np.arange(200) * 0.02, 10)
    arrival_s[1000:] += 0.5
    rows = "\n".join(f"{at:.3f},{value}" for value, at in enumerate(arrival_s))
    (tmp_path / "band.csv").write_text(f"time,ch1\n{rows}\n")
    return tmp_path / "band.csv"


def source(path, options=""):
    return from_uri(SourceUri.parse(f"replay://{path}?{options}"))


def drain(open_source):
    chunks = []
    while True:
        try:
            chunks.append(open_source.read(0.0))
        except EndOfStream:
            return chunks


def test_as_fast_as_it_is_read_the_replay_is_exact(path):
    with source(path, "speed=max") as replay:
        assert replay.info.channels == ("ch1", "ch2")
        chunks = drain(replay)
    assert None not in chunks
    assert np.array_equal(np.concatenate([chunk.samples for chunk in chunks]), SAMPLES)
    assert max(len(chunk.samples) for chunk in chunks) == 5
    assert [chunk.first for chunk in chunks] == np.cumsum([0, *(len(chunk.samples) for chunk in chunks)])[:-1].tolist()
    assert [chunk.device_s for chunk in chunks] == pytest.approx([chunk.first / RATE_HZ for chunk in chunks])
    assert [mark for chunk in chunks for mark in chunk.markers] == [Marker(0, "rest"), Marker(1000, "fist")]
    arrivals = [chunk.arrived_ns for chunk in chunks]
    assert arrivals == sorted(arrivals)


@pytest.mark.parametrize("chunk_ms", [1, 7, 40, 5000])
def test_the_chunk_changes_no_sample(chunk_ms, path):
    with source(path, f"speed=max&chunk_ms={chunk_ms}") as replay:
        chunks = drain(replay)
    assert np.array_equal(np.concatenate([chunk.samples for chunk in chunks]), SAMPLES)
    assert max(len(chunk.samples) for chunk in chunks) <= chunk_ms


def test_bursts_stay_together_whatever_the_chunk(bursty):
    with source(bursty, "speed=max&chunk_ms=1") as replay:
        chunks = drain(replay)
        assert any("bursts" in note for note in replay.info.notes)
    assert [len(chunk.samples) for chunk in chunks] == [10] * 200


def test_a_replay_from_the_middle_begins_at_index_and_time_zero(path):
    with source(path, "speed=max&start=0.9") as replay:
        chunks = drain(replay)
    assert (chunks[0].first, chunks[0].device_s) == (0, 0.0)
    assert np.array_equal(np.concatenate([chunk.samples for chunk in chunks]), SAMPLES[900:])
    assert [mark for chunk in chunks for mark in chunk.markers] == [Marker(100, "fist")]


def test_a_loop_leaves_out_one_index_and_time_goes_on(path):
    with source(path, "speed=max&loop=true&start=2") as replay:
        chunks = [replay.read(0.0) for _ in range(600)]
    index = np.concatenate([chunk.first + np.arange(len(chunk.samples)) for chunk in chunks])
    samples = np.concatenate([chunk.samples for chunk in chunks])
    assert np.flatnonzero(np.diff(index) != 1).tolist() == [999, 1999]
    assert index[1000] == 1001
    assert np.array_equal(samples, np.tile(SAMPLES[2000:], (3, 1)))
    for chunk in chunks:
        assert chunk.device_s == pytest.approx(chunk.first / RATE_HZ)


def test_a_loop_repeats_the_markers(path):
    with source(path, "speed=max&loop=true") as replay:
        marks = [mark for _ in range(1200) for mark in replay.read(0.0).markers]
    assert marks == [Marker(0, "rest"), Marker(1000, "fist"), Marker(3001, "rest"), Marker(4001, "fist")]


def test_gaps_of_the_recording_stay(tmp_path):
    times_s = np.arange(1000) / 500
    times_s[600:] += 2.0
    rows = "\n".join(f"{at:.3f},{value}" for value, at in enumerate(times_s))
    (tmp_path / "gap.csv").write_text(f"time,ch1\n{rows}\n")
    with source(tmp_path / "gap.csv", "speed=max") as replay:
        chunks = drain(replay)
    index = np.concatenate([chunk.first + np.arange(len(chunk.samples)) for chunk in chunks])
    assert np.flatnonzero(np.diff(index) != 1).tolist() == [599]
    assert index[600] == 1600
    assert next(chunk for chunk in chunks if chunk.first == 1600).device_s == pytest.approx(3.2)


def test_values_that_are_not_finite_pass_and_are_counted(tmp_path):
    samples = SAMPLES.copy()
    samples[5, 0], samples[5, 1], samples[9, 1] = np.nan, np.inf, -np.inf
    np.savez(tmp_path / "band.npz", samples=samples, rate_hz=RATE_HZ)
    with source(tmp_path / "band.npz", "speed=max") as replay:
        chunks = drain(replay)
        assert replay.losses.samples == 2
    assert np.array_equal(np.concatenate([chunk.samples for chunk in chunks]), samples, equal_nan=True)


@given(
    begin_s=st.integers(0, 1000),
    due=st.lists(st.fractions(0, 100), min_size=1).map(sorted),
    speed=st.sampled_from([1, 2, Fraction(1, 4), 50]),
    late=st.fractions(0, 10),
)
def test_what_is_due_when(begin_s, due, speed, late):
    """The plan keeps the recording's distances, scaled; a reader that is late waits no more until it has caught up."""
    pace = Pace(begin_s, float(speed))
    waits = [pace.wait_s(float(at), begin_s) for at in due]
    assert waits == pytest.approx([float(at / speed) for at in due], abs=1e-9)
    for at, wait in zip(due, waits, strict=True):
        assert pace.wait_s(float(at), begin_s + float(late)) == pytest.approx(max(0.0, wait - float(late)), abs=1e-6)
    assert Pace(begin_s, math.inf).wait_s(float(due[-1]), begin_s) == 0


def test_the_plan_keeps_a_recordings_stall_and_bursts(bursty):
    blocks = list(play(open_recording(bursty), Playback()))
    expected = [number * 0.02 + 0.5 * (number >= 100) for number in range(200)]
    assert [block.due_s - blocks[0].due_s for block in blocks] == pytest.approx(expected)
    assert [block.device_s for block in blocks] == pytest.approx(np.arange(200) * 0.02)


def test_a_piece_is_due_when_its_last_sample_is():
    block = Block(100, SAMPLES[:12], 0.1, 0.111, (Marker(104, "fist"),))
    parts = list(pieces(block, RATE_HZ, 5))
    assert [(part.first, len(part.samples)) for part in parts] == [(100, 5), (105, 5), (110, 2)]
    assert [part.device_s for part in parts] == pytest.approx([0.1, 0.105, 0.11])
    assert [part.due_s for part in parts] == pytest.approx([0.104, 0.109, 0.111])
    assert [part.markers for part in parts] == [(Marker(104, "fist"),), (), ()]
    (whole,) = pieces(block, RATE_HZ, None)
    assert (len(whole.samples), whole.due_s, whole.markers) == (12, 0.111, block.markers)


def test_real_time_is_kept_and_none_comes_when_nothing_is_due(path):
    """1 s of signal at speed 5 takes 0.2 s; blocks of 200 samples are 40 ms apart."""
    with source(path, "speed=5&start=2&chunk_ms=200") as replay:
        begin = time.monotonic()
        assert replay.read(0.001) is None
        chunks, empty = [], 0
        while len(chunks) < 5:
            chunk = replay.read(0.01)
            chunks += [chunk] if chunk else []
            empty += chunk is None
        assert time.monotonic() - begin >= 0.999 / 5
        assert empty
        with pytest.raises(EndOfStream):
            replay.read(0.01)
    for number, chunk in enumerate(chunks, 1):
        assert chunk.arrived_ns / 1e9 - begin >= (number * 0.2 - 0.001) / 5 - 1e-6
    assert [chunk.first for chunk in chunks] == [0, 200, 400, 600, 800]


def test_it_can_be_opened_again(path):
    replay = source(path, "speed=max")
    for _ in range(2):
        with replay:
            assert sum(len(chunk.samples) for chunk in drain(replay)) == 3000
            with pytest.raises(EndOfStream):
                replay.read(0.0)


def test_before_and_after_it_is_open_it_says_so(path):
    replay = source(path)
    for use in (lambda: replay.info, lambda: replay.read(0.0)):
        with pytest.raises(SourceUnavailable, match="not open"):
            use()
        with replay:
            use()
    with pytest.raises(SourceUnavailable, match="not open"):
        replay.read(0.0)


def test_text_without_times_takes_its_rate_from_the_uri(tmp_path):
    (tmp_path / "band.csv").write_text("1,2\n3,4\n5,6\n")
    with source(tmp_path / "band.csv", "rate=250&speed=max") as replay:
        assert (replay.info.name, replay.info.rate_hz, replay.info.channels) == ("band", 250.0, ("ch1", "ch2"))
        assert np.array_equal(drain(replay)[0].samples, [[1, 2]])
    with pytest.raises(RecordingError, match=r"\?rate="), source(tmp_path / "band.csv"):
        pass


@pytest.mark.parametrize("options", ["start=3", "start=99&loop=true"])
def test_a_start_behind_the_end_is_refused(options, path):
    with pytest.raises(RecordingError, match="start earlier"), source(path, options):
        pass


@pytest.mark.parametrize(
    "options",
    [
        "speed=0",
        "speed=-1",
        "speed=fast",
        "speed=nan",
        "speed=inf",
        "loop=1",
        "start=-1",
        "chunk_ms=0",
        "rate=0",
        "x=1",
    ],
)
def test_options_that_make_no_sense_are_refused(options, path):
    with pytest.raises(SourceUnknown, match=options.split("=")[0]):
        source(path, options)


def test_a_khushaba_trial_is_replayed_sample_by_sample(shared_data):
    path = shared_data("khushaba2012-2ch/S01.npz")
    trial = np.load(path)["x"][0, 1].astype(np.float32) * np.float32(0.2)
    with source(path, "speed=max&start=5.00025") as replay:
        chunks = [replay.read(0.0) for _ in range(1010)]
    assert np.array_equal(np.concatenate([chunk.samples for chunk in chunks])[:20_000], trial)
