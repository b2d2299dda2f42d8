"""The resampler: exact in time and in gain, the same in any chunking, and honest about holes."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.resample import HALF_WIDTH, ResampledSource, Resampler
from drivers.source import Chunk, Losses, Marker, SourceInfo

RATES = [(1000.0, 2000.0), (4000.0, 2000.0), (2048.0, 2000.0), (1000.5, 1000.0), (200.0, 2000.0)]


def sine(rate_hz, frequency_hz, positions):
    return np.sin(2 * np.pi * frequency_hz * np.asarray(positions) / rate_hz)


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


def cut(samples, sizes, first=0):
    for part in np.split(samples, np.cumsum(sizes, dtype=int)):
        yield first, part
        first += len(part)


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
def test_a_sine_keeps_its_size_and_its_time(from_hz, to_hz):
    low_hz = 0.4 * min(from_hz, to_hz)
    samples = sine(from_hz, low_hz, np.arange(2000)).astype(np.float32)[:, None]
    first, out = Resampler(from_hz, to_hz).feed(0, samples)
    assert len(out) == pytest.approx((2000 - 2 * HALF_WIDTH * max(1, from_hz / to_hz)) * to_hz / from_hz, abs=12)
    np.testing.assert_allclose(out[:, 0], sine(to_hz, low_hz, first + np.arange(len(out))), atol=5e-3)


@pytest.mark.parametrize(("from_hz", "to_hz"), [(4000.0, 2000.0), (4000.0, 1000.0)])
def test_what_the_new_rate_cannot_carry_is_removed(from_hz, to_hz):
    samples = sine(from_hz, 0.53 * to_hz, np.arange(4000)).astype(np.float32)[:, None]
    _, out = Resampler(from_hz, to_hz).feed(0, samples)
    assert np.abs(out).max() < 10 ** (-45 / 20)


def test_the_same_rate_passes_untouched():
    samples = np.random.default_rng(0).standard_normal((50, 2)).astype(np.float32)
    first, out = Resampler(1000, 1000).feed(7, samples)
    assert first == 7
    np.testing.assert_array_equal(out, samples)


def test_a_constant_stays_exactly_what_it_was():
    _, out = Resampler(2048, 2000).feed(0, np.full((500, 2), 3000.0, np.float32))
    np.testing.assert_allclose(out, 3000.0, rtol=1e-6)


@given(st.sampled_from(RATES), st.lists(st.integers(0, 90), max_size=12), st.integers(0, 10**9))
def test_any_chunking_gives_the_same_output(rates, sizes, first):
    samples = np.random.default_rng(1).standard_normal((400, 3)).astype(np.float32)
    whole = Resampler(*rates).feed(first, samples)
    resampler = Resampler(*rates)
    parts = [resampler.feed(at, part) for at, part in cut(samples, sizes, first)]
    assert [index for index, _ in parts] == [whole[0] + n for n in np.cumsum([0, *(len(o) for _, o in parts[:-1])])]
    np.testing.assert_array_equal(np.concatenate([out for _, out in parts]), whole[1])


@given(st.sampled_from(RATES), st.integers(1, 500))
def test_no_output_reaches_over_a_hole(rates, missing):
    resampler = Resampler(*rates)
    first = np.zeros((300, 1), np.float32)
    begin, before = resampler.feed(0, first)
    after_begin, after = resampler.feed(300 + missing, first + 1)
    step = rates[0] / rates[1]
    assert (before == 0).all()
    np.testing.assert_allclose(after, 1, rtol=1e-6)
    assert (begin + len(before) - 1) * step < 300
    assert after_begin * step >= 300 + missing


def test_times_and_markers_stand_where_they_stood():
    samples = np.zeros((100, 1), np.float32)
    marker = Marker(95, "pinch")
    chunks = [
        Chunk(0, samples, 1, 50.0, (marker,)),
        Chunk(100, samples, 2, 50.1),
    ]
    with ResampledSource(Script(chunks), 2000.0) as source:
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
