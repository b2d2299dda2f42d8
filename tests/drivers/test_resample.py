"""A source at another rate: markers, times and holes go with it; devices that drift or jitter come out even."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import EndOfStream
from drivers.registry import open_source
from drivers.resample import Conversion, ResampledSource
from drivers.source import Chunk, Losses, Marker, SourceInfo
from drivers.stamps import SampleClock


@dataclass
class Script:
    """A source that gives these chunks."""

    chunks: list[Chunk]
    info: SourceInfo = field(default_factory=lambda: SourceInfo("script", 1000.0, ("a",)))
    losses: Losses = field(default_factory=Losses)

    def __enter__(self):
        self._left = iter(self.chunks)
        return self

    def __exit__(self, *_):
        pass

    def read(self, timeout_s):
        return next(self._left, None)


def everything(source):
    """All chunks until the source ends or is silent."""
    found = []
    try:
        while (chunk := source.read(0.5)) is not None:
            found.append(chunk)
    except EndOfStream:
        pass
    return found


def joined(chunks):
    """Indices and samples."""
    index = np.concatenate([chunk.first + np.arange(len(chunk.samples)) for chunk in chunks])
    return index, np.concatenate([chunk.samples for chunk in chunks])


def test_times_and_markers_stand_where_they_stood():
    samples = np.zeros((100, 1), np.float32)
    marker = Marker(95, "pinch")
    with ResampledSource(
        Script([Chunk(0, samples, 1, 50.0, (marker,)), Chunk(100, samples, 2, 50.1)]), 2000.0
    ) as source:
        assert source.info.rate_hz == 2000.0
        first, second = source.read(0), source.read(0)
        assert source.read(0) is None
    for chunk in (first, second):
        assert chunk.device_s == pytest.approx(50.0 + chunk.first / 2000.0)
    assert (first.markers, second.markers) == ((), (Marker(190, "pinch"),))
    assert second.first <= 190 < second.first + len(second.samples)


def test_it_opens_again_from_the_beginning():
    samples = np.random.default_rng(2).standard_normal((100, 1)).astype(np.float32)
    source = ResampledSource(Script([Chunk(0, samples, 1, 0.0)]), 500.0)
    outputs = []
    for _ in range(2):
        with source:
            outputs.append(source.read(0).samples)
    np.testing.assert_array_equal(*outputs)


def test_a_marker_drifts_with_its_sample():
    """After 100 s of 500 ppm the sample of index 100 000 stands 50 ms later than its index says."""
    samples, period_s = np.zeros((100, 1), np.float32), 1.0005e-3
    chunks = [Chunk(at, samples, 0, at * period_s) for at in range(0, 101_000, 100)]
    chunks[1000] = Chunk(100_000, samples, 0, 100_000 * period_s, (Marker(100_040, "fist"),))
    with ResampledSource(Script(chunks), 2000.0) as source:
        found = [marker for chunk in everything(source) for marker in chunk.markers]
    assert found == [Marker(pytest.approx(100_040 * period_s * 2000, abs=1.01), "fist")]


def test_stamps_of_a_drifting_lsl_sender_give_the_exact_rate():
    """What an LSL inlet gives: stamps 500 ppm off that jitter by 2 ms, smoothed chunk by chunk."""
    clock, conversion, rng = SampleClock(1000.0), Conversion(1000.0, 2000.0, irregular=False), np.random.default_rng(5)
    off = []
    for at in range(0, 90_000, 20):
        true_s = (at + np.arange(20)) * 1.0005e-3
        sent = np.repeat(rng.exponential(2e-3), 20)
        for part in clock.place(true_s + sent, float(true_s[-1])):
            (out,) = conversion.feed(Chunk(part.first, true_s[:, None].astype(np.float32), 0, part.time_s))
            # The samples are their own true times: an output tells when it was.
            off.append((out.samples[:, 0] - (out.first + np.arange(len(out.samples))) / 2000.0) * 2000)
    settled = np.concatenate(off)[60_000:]
    assert np.ptp(settled) < 1.0
    assert np.polyfit(np.arange(len(settled)), settled, 1)[0] == pytest.approx(0, abs=10e-6)


@given(st.lists(st.integers(0, 60), max_size=20), st.sampled_from([500.0, 1000.0, 2000.0, 3000.0]))
def test_any_chunking_of_an_irregular_device_gives_the_same_output(sizes, to_hz):
    rng = np.random.default_rng(6)
    times_s = np.cumsum(rng.exponential(0.5e-3, 800) + 0.5e-3)
    samples = rng.standard_normal((800, 2)).astype(np.float32)
    outputs = []
    for cuts in ([], np.cumsum(sizes, dtype=int)):
        conversion = Conversion(1000.0, to_hz, irregular=True)
        rows = [part for part in np.split(np.arange(800), cuts) if len(part)]
        fed = [Chunk(int(part[0]), samples[part], 0, times_s[part[0]], (), times_s[part]) for part in rows]
        outputs.append(joined([out for chunk in fed for out in conversion.feed(chunk)]))
    np.testing.assert_array_equal(outputs[0][0], outputs[1][0])
    np.testing.assert_array_equal(outputs[0][1], outputs[1][1])


@pytest.fixture(scope="module")
def trial(shared_data, tmp_path_factory):
    """Two real trials: a gap of 32 ms is in the second."""
    path = shared_data("grove-rpi-2ch/P1a.npz")
    with np.load(path) as archive:
        keys = [f"{name}__{part}" for name in ("rest0", "fingerspread2") for part in ("adc", "dt_us")]
        arrays = {key: archive[key] for key in keys}
    short = tmp_path_factory.mktemp("grove") / "P1a.npz"
    np.savez(short, **arrays)
    return short, arrays


def test_a_real_irregular_recording_comes_out_even(trial):
    path, arrays = trial
    with open_source(f"replay://{path}?unit_uv=1&resample=4000&speed=max") as source:
        assert (source.info.rate_hz, source.info.unit) == (4000.0, "uV")
        chunks = [chunk for chunk in everything(source) if len(chunk.samples) or chunk.markers]
    index, samples = joined(chunks)
    assert (np.diff(index) > 0).all()
    assert np.isfinite(samples).all()
    start_s = {round(chunk.device_s - chunk.first / 4000, 9) for chunk in chunks}
    assert len(start_s) == 1
    spent_s = sum(int(arrays[f"{name}__dt_us"].sum()) for name in ("rest0", "fingerspread2")) * 1e-6
    assert index[-1] / 4000 == pytest.approx(spent_s, abs=0.01)
    gaps = np.flatnonzero(np.diff(index) > 0.032 * 4000)
    # What little lies between this gap and one shortly before it is too short to be resampled.
    np.testing.assert_allclose(index[gaps] / 4000, gap_begins(arrays), atol=0.02)
    assert [marker.text for chunk in chunks for marker in chunk.markers] == ["rest", "fingerspread"]
    low, high = np.min([arrays["rest0__adc"].min(), arrays["fingerspread2__adc"].min()]), 1023
    assert low - 100 < samples.min() < samples.max() < high + 100


def gap_begins(arrays):
    """Seconds at which steps of over 30 ms begin, both trials in a row."""
    steps_s = np.concatenate([arrays["rest0__dt_us"], arrays["fingerspread2__dt_us"]]) * 1e-6
    ends = np.cumsum(steps_s)[steps_s > 0.03]
    return ends - steps_s[steps_s > 0.03]


def test_a_text_board_with_jittered_times_comes_out_even(emulators, tmp_path):
    """Rows a millisecond apart, give or take 0.3: taken as even, a sine of 100 Hz would be 11 % wrong."""

    def encode(first, count, zero):
        numbers = np.arange(first, first + count)
        times_us = 1000 * numbers + np.random.default_rng(9).integers(-300, 300, 10**5)[numbers]
        values = 5000 * np.sin(2 * np.pi * 100e-6 * times_us)
        return "".join(f"{time},{value:.0f}\n" for time, value in zip(times_us, values, strict=True)).encode()

    model = emulators.BoardModel("text", "", 1000.0, 1, encode)
    with emulators.EmulatedBoard(model, tmp_path) as board:
        uri = f"serial://{board.port}?board=text&rate=1000&channels=1&time=us&unit_uv=1&resample=2000"
        with open_source(uri) as source:
            chunks = []
            while sum(len(chunk.samples) for chunk in chunks) < 1500:
                chunks.append(source.read(2.0))
    index, samples = joined(chunks)
    waves = np.stack([wave(2 * np.pi * 100 * index / 2000) for wave in (np.sin, np.cos)], axis=1)
    fit, *_ = np.linalg.lstsq(waves, samples[:, 0], rcond=None)
    assert np.hypot(*fit) == pytest.approx(5000, rel=0.01)
    assert np.sqrt(np.mean((samples[:, 0] - waves @ fit) ** 2)) < 0.01 * 5000
