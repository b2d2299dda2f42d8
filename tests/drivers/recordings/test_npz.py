import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import RecordingError
from drivers.recordings.npz import read
from drivers.source import Marker

SAMPLES = np.arange(10_000, dtype=np.float32).reshape(5000, 2)


@pytest.fixture
def band(tmp_path):
    path = tmp_path / "band.npz"
    labels = np.array(["rest"] * 3000 + ["fist"] * 2000)
    np.savez_compressed(path, samples=SAMPLES, rate_hz=1000.0, channels=["flexor", "extensor"], labels=labels)
    return path


def test_our_own_layout(band, everything):
    recording = read(band)
    index, samples, markers = everything(recording)
    assert recording.info.channels == ("flexor", "extensor")
    assert (recording.info.rate_hz, recording.info.unit, recording.length) == (1000.0, "uV", 5000)
    assert np.array_equal(index, np.arange(5000))
    assert np.array_equal(samples, SAMPLES)
    assert markers == [Marker(0, "rest"), Marker(3000, "fist")]


def test_times_follow_the_rate(band):
    first, second, _ = read(band).blocks(start=100)
    assert (first.device_s, first.due_s) == (0.1, (100 + 2048 - 1) / 1000)
    assert second.device_s == 2.148


def test_infinities_are_passed_on_and_reported(tmp_path, everything):
    samples = SAMPLES.copy()
    samples[7, 1], samples[8, 0] = np.inf, np.nan
    np.savez(tmp_path / "band.npz", samples=samples, rate_hz=1000)
    recording = read(tmp_path / "band.npz")
    assert np.array_equal(everything(recording)[1], samples, equal_nan=True)
    assert any("2 samples" in note for note in recording.notes)


@settings(max_examples=60, deadline=None)
@given(cut=st.floats(0.01, 0.99), at=st.floats(0, 0.99), flip=st.integers(1, 255))
def test_damage_is_an_error_in_words_or_does_not_matter(cut, at, flip, tmp_path_factory):
    path = tmp_path_factory.mktemp("damaged") / "band.npz"
    np.savez_compressed(path, samples=SAMPLES, rate_hz=1000.0)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * cut)])
    with pytest.raises(RecordingError, match="damaged or cut short"):
        read(path)
    flipped = bytearray(whole)
    flipped[int(len(whole) * at)] ^= flip
    path.write_bytes(flipped)
    try:
        recording = read(path)
    except RecordingError:
        return
    assert np.array_equal(np.concatenate([block.samples for block in recording.blocks()]), SAMPLES)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"noise": [1.0]}, "no known layout"),
        ({"samples": SAMPLES}, "rate_hz"),
        ({"samples": SAMPLES, "rate_hz": 0.0}, "above zero"),
        ({"samples": SAMPLES, "rate_hz": "fast"}, "above zero"),
        ({"samples": SAMPLES[0], "rate_hz": 100.0}, "time, channel"),
        ({"samples": SAMPLES[:0], "rate_hz": 100.0}, "not empty"),
        ({"samples": SAMPLES, "rate_hz": 100.0, "labels": ["rest"]}, "do not fit"),
        ({"samples": np.array([["a", "b"]]), "rate_hz": 100.0}, "numbers"),
    ],
)
def test_other_layouts_are_refused_in_words(arrays, words, tmp_path):
    np.savez(tmp_path / "band.npz", **arrays)
    with pytest.raises(RecordingError, match=words):
        read(tmp_path / "band.npz")
