"""The change of rate: exact in time and in gain, any chunking alike, on the device's clock, honest about holes."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drivers.resampling.sinc import HALF_WIDTH, Resampler

RATES = [(1000.0, 2000.0), (4000.0, 2000.0), (2048.0, 2000.0), (1000.5, 1000.0), (200.0, 2000.0), (1000.0, 1000.0)]
OTHER_RATES = RATES[:-1]


def sine(rate_hz, frequency_hz, positions):
    return np.sin(2 * np.pi * frequency_hz * np.asarray(positions) / rate_hz)


def cut(samples, sizes, first=0):
    for part in np.split(samples, np.cumsum(sizes, dtype=int)):
        yield first, part
        first += len(part)


@pytest.mark.parametrize(("from_hz", "to_hz"), OTHER_RATES)
def test_a_sine_keeps_its_size_and_its_time(from_hz, to_hz):
    low_hz = 0.4 * min(from_hz, to_hz)
    samples = sine(from_hz, low_hz, np.arange(2000)).astype(np.float32)[:, None]
    first, out = Resampler(from_hz, to_hz).feed(0, samples, 0.0)
    assert len(out) == pytest.approx((2000 - 2 * HALF_WIDTH * max(1, from_hz / to_hz)) * to_hz / from_hz, abs=12)
    np.testing.assert_allclose(out[:, 0], sine(to_hz, low_hz, first + np.arange(len(out))), atol=5e-3)


@pytest.mark.parametrize(("from_hz", "to_hz"), [(4000.0, 2000.0), (4000.0, 1000.0)])
def test_what_the_new_rate_cannot_carry_is_removed(from_hz, to_hz):
    samples = sine(from_hz, 0.53 * to_hz, np.arange(4000)).astype(np.float32)[:, None]
    _, out = Resampler(from_hz, to_hz).feed(0, samples, 0.0)
    assert np.abs(out).max() < 10 ** (-45 / 20)


def test_the_same_rate_passes_untouched():
    samples = np.random.default_rng(0).standard_normal((50, 2)).astype(np.float32)
    first, out = Resampler(1000, 1000).feed(7, samples, 0.007)
    assert first == 7
    np.testing.assert_array_equal(out, samples)


def test_a_constant_stays_exactly_what_it_was():
    _, out = Resampler(2048, 2000).feed(0, np.full((500, 2), 3000.0, np.float32), 0.0)
    np.testing.assert_allclose(out, 3000.0, rtol=1e-6)


@given(
    st.sampled_from(RATES),
    st.lists(st.integers(0, 90), max_size=12),
    st.integers(0, 10**9),
    st.floats(0, 10**5),
)
def test_any_chunking_of_an_even_source_gives_the_same_output(rates, sizes, first, start_s):
    samples = np.random.default_rng(1).standard_normal((400, 3)).astype(np.float32)
    whole = Resampler(*rates).feed(first, samples, start_s)
    resampler = Resampler(*rates)
    parts = [resampler.feed(at, part, start_s + (at - first) / rates[0]) for at, part in cut(samples, sizes, first)]
    assert [index for index, _ in parts] == [whole[0] + n for n in np.cumsum([0, *(len(o) for _, o in parts[:-1])])]
    np.testing.assert_array_equal(np.concatenate([out for _, out in parts]), whole[1])


@given(st.sampled_from(OTHER_RATES), st.integers(1, 500), st.floats(-0.09, 0.09))
@example((1000.0, 2000.0), 1, -0.09)  # by their times the samples after the hole come before those in front of it
def test_no_output_reaches_over_a_hole(rates, missing, error_s):
    resampler = Resampler(*rates)
    first = np.zeros((300, 1), np.float32)
    begin, before = resampler.feed(0, first, 0.0)
    after_begin, after = resampler.feed(300 + missing, first + 1, (300 + missing) / rates[0] + error_s)
    assert (before == 0).all()
    np.testing.assert_allclose(after, 1, rtol=1e-6)
    assert after_begin > begin + len(before)


@pytest.mark.parametrize("ppm", [500, -500])
@pytest.mark.parametrize(("from_hz", "to_hz", "jitter_s"), [(1000.0, 2000.0, 1e-3), (2000.0, 2000.0, 0.0)])
def test_a_drifting_device_is_brought_onto_its_own_time(from_hz, to_hz, jitter_s, ppm):
    """Two minutes: 60 ms of drift, 120 samples of the new rate."""
    period_s = (1 + ppm * 1e-6) / from_hz
    frequency_hz, size = 100.0, 50
    resampler, rng = Resampler(from_hz, to_hz), np.random.default_rng(4)
    indices, outputs = [], []
    for at in range(0, int(120 * from_hz), size):
        signal = np.sin(2 * np.pi * frequency_hz * (at + np.arange(size)) * period_s)
        jitter = rng.uniform(-jitter_s, jitter_s) if at else 0.0
        first, out = resampler.feed(at, signal.astype(np.float32)[:, None], 500.0 + at * period_s + jitter)
        indices.append(first + np.arange(len(out)))
        outputs.append(out[:, 0])
    index, output = np.concatenate(indices), np.concatenate(outputs)
    assert (np.diff(index) == 1).all()
    settled = index > 20 * to_hz
    carrier = np.exp(-2j * np.pi * frequency_hz * index[settled] / to_hz)
    by_cycle = (2j * output[settled] * carrier)[: settled.sum() // 2000 * 2000].reshape(-1, 2000).mean(axis=1)
    samples_off = np.angle(by_cycle) / (2 * np.pi * frequency_hz) * to_hz
    assert np.abs(samples_off).max() < (0.5 if jitter_s else 0.01)
    np.testing.assert_allclose(np.abs(by_cycle), 1, atol=5e-3)


def test_a_drift_that_shows_later_neither_repeats_nor_skips():
    """The same rate passes untouched only as long as the clock keeps it."""
    resampler, ramp = Resampler(1000, 1000), np.arange(6000, dtype=np.float32)[:, None]
    found = [
        resampler.feed(at, ramp[at : at + 10], at / 1000 + max(0, at - 2000) * 5e-7) for at in range(0, len(ramp), 10)
    ]
    index = np.concatenate([first + np.arange(len(out)) for first, out in found])
    np.testing.assert_array_equal(index, np.arange(len(index)))
    np.testing.assert_allclose(np.concatenate([out[:, 0] for _, out in found]), index, atol=2.1, rtol=0)
