"""Irregular samples on an even grid: right in time, the same in any chunking, and honest about gaps."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drivers.resampling.grid import GAP_PERIODS, EvenGrid, cubic
from drivers.source import Chunk, Marker

#: Steps between samples of a Raspberry Pi that polls as fast as it can: quantiles of grove-rpi-2ch, P1a.
QUANTILES = [0, 0.01, 0.05, 0.5, 0.75, 0.95, 0.99, 0.999, 0.9999, 1]
STEPS_US = [195, 196, 198, 202, 203, 262, 385, 1057, 3909, 9000]


def polled(count, seed=0):
    """(count,) times in seconds."""
    return np.cumsum(np.interp(np.random.default_rng(seed).random(count), QUANTILES, STEPS_US)) * 1e-6


def chunks(times_s, samples, sizes, first=0, markers=()):
    for rows in np.split(np.arange(len(times_s)), np.cumsum(sizes, dtype=int)):
        own = tuple(marker for marker in markers if rows.size and rows[0] <= marker.index - first <= rows[-1])
        start_s = float(times_s[rows[0]]) if rows.size else float(times_s[0])
        yield Chunk(first + int(rows[0]) if rows.size else first, samples[rows], 0, start_s, own, times_s[rows])


def run(grid, source):
    """Indices and samples of everything that a grid gives."""
    parts = [part for chunk in source for part in grid.feed(chunk, chunk.times_s)]
    index = np.concatenate([part.first + np.arange(len(part.samples)) for part in parts])
    return index, np.concatenate([part.samples for part in parts]), parts


@pytest.mark.parametrize(("frequency_hz", "rms", "typical"), [(100, 0.002, 2e-4), (200, 0.01, 5e-4), (400, 0.08, 4e-3)])
def test_a_sine_sampled_like_a_real_irregular_device(frequency_hz, rms, typical):
    """``rms`` is that of the long steps, ``typical`` the median error; both relative to the sine's amplitude."""
    times_s = polled(50_000) + 100.0
    sine = np.sin(2 * np.pi * frequency_hz * times_s).astype(np.float32)[:, None]
    index, out, _ = run(EvenGrid(4800, 4800), chunks(times_s, sine, []))
    error = out[:, 0] - np.sin(2 * np.pi * frequency_hz * (times_s[0] + index / 4800))
    assert np.sqrt(np.mean(error**2)) < rms
    assert np.median(np.abs(error)) < typical
    assert len(index) > 0.95 * np.ptp(times_s) * 4800


@pytest.mark.parametrize(("share", "rms"), [(0.1, 0.004), (0.2, 0.045)])
def test_the_stated_error_of_the_cubic(share, rms):
    at = np.arange(5000) + np.random.default_rng(1).uniform(-0.2, 0.2, 5000)
    wanted = np.arange(10, 4990)
    error = cubic(at, np.sin(2 * np.pi * share * at)[:, None], wanted)[:, 0] - np.sin(2 * np.pi * share * wanted)
    assert np.sqrt(np.mean(error**2)) / np.sqrt(0.5) < rms


def test_a_line_stays_a_line():
    times_s = polled(3000)
    index, out, parts = run(EvenGrid(4800, 4800), chunks(times_s, times_s.astype(np.float32)[:, None], [7] * 100))
    np.testing.assert_allclose(out[:, 0], times_s[0] + index / 4800, atol=1e-6)
    assert all(part.device_s == pytest.approx(times_s[0] + part.first / 4800, abs=1e-9) for part in parts)


@given(st.lists(st.integers(0, 40), max_size=30), st.integers(0, 5))
def test_any_chunking_gives_the_same_samples(sizes, seed):
    rng = np.random.default_rng(seed)
    times_s = polled(600, seed) + np.cumsum(rng.random(600) < 0.01) * 0.02
    times_s[rng.integers(1, 600, 20)] = 0
    times_s = np.maximum.accumulate(times_s)  # some samples have the time of the one before
    samples = rng.standard_normal((600, 2)).astype(np.float32)
    whole = run(EvenGrid(4800, 2000), chunks(times_s, samples, []))
    parts = run(EvenGrid(4800, 2000), (chunk for chunk in chunks(times_s, samples, sizes) if len(chunk.samples)))
    np.testing.assert_array_equal(parts[0], whole[0])
    np.testing.assert_array_equal(parts[1], whole[1])


@pytest.mark.parametrize(("periods", "holes"), [(GAP_PERIODS - 0.5, 0), (GAP_PERIODS + 0.5, 1)])
def test_a_long_step_is_a_gap(periods, holes):
    times_s = np.arange(200) / 1000
    times_s[100:] += (periods - 1) / 1000
    index, out, _ = run(EvenGrid(1000, 1000), chunks(times_s, np.ones((200, 1), np.float32), []))
    steps = np.diff(index)
    assert (steps > 1).sum() == holes
    assert steps.max() <= (periods + 4 if holes else 1)
    assert steps.sum() == pytest.approx(198 + periods - 1, abs=3)
    np.testing.assert_allclose(out, 1)


@given(st.floats(0.0, 0.01), st.integers(1, 5), st.sampled_from([0.1, 0.3, 1.0]))
@example(0.0, 1, 0.1)  # a burst: no place of the grid lies in the hole
def test_an_index_left_out_is_left_out_again_whatever_the_times_say(later_s, missing, periods):
    """Before the hole all samples are 0, after it 1: none may lie between, and an index must be missing."""
    grid = EvenGrid(1000, 1000)
    times_s = np.arange(100) / 1000 * periods
    zeros = Chunk(0, np.zeros((100, 1), np.float32), 0, 0.0, (), times_s)
    after_s = times_s + times_s[-1] + later_s
    ones = Chunk(100 + missing, np.ones((100, 1), np.float32), 0, float(after_s[0]), (), after_s)
    index, out, _ = run(grid, [zeros, ones])
    assert set(out[:, 0].tolist()) <= {0.0, 1.0}
    hole = np.flatnonzero(np.diff(out[:, 0]))
    assert len(hole) == 1
    assert index[hole[0] + 1] - index[hole[0]] > 1
    assert (np.diff(index) > 0).all()


def test_a_marker_stays_at_its_time():
    times_s = polled(1000)
    marker = Marker(705, "pinch")
    _, _, parts = run(EvenGrid(4800, 4800), chunks(times_s, np.zeros((1000, 1), np.float32), [300, 300], 5, (marker,)))
    found = [marker for part in parts for marker in part.markers]
    assert found == [Marker(int(np.ceil((times_s[700] - times_s[0]) * 4800)), "pinch")]


def test_samples_without_time_between_them_count_once():
    times_s = np.repeat(np.arange(100), 2) / 1000
    index, out, _ = run(EvenGrid(1000, 1000), chunks(times_s, np.arange(200, dtype=np.float32)[:, None], [31, 31]))
    np.testing.assert_allclose(out[:, 0], 2 * index, atol=1e-3)
