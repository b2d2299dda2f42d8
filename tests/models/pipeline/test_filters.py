import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import sosfilt, sosfilt_zi, sosfreqz

from models.pipeline.filters import StreamFilter, design
from models.spec import FilterSpec

SOS = design(FilterSpec(), 4000)
X = np.random.default_rng(0).normal(500, 100, (3000, 2)).astype(np.float32)


def gain(frequency_hz: float, sos: np.ndarray = SOS) -> float:
    _, response = sosfreqz(sos, [frequency_hz], fs=4000)
    return float(abs(response[0]))


@given(st.lists(st.integers(0, 700), max_size=20))
def test_chunking_changes_nothing(sizes: list[int]) -> None:
    whole = StreamFilter(SOS)(X)
    chunked = StreamFilter(SOS)
    parts = [chunked(part) for part in np.split(X, np.minimum(np.cumsum(sizes), len(X)).astype(int))]
    assert np.array_equal(np.concatenate(parts), whole)


def test_it_is_the_filter_of_scipy() -> None:
    state = sosfilt_zi(SOS)[:, :, np.newaxis] * X[0].astype(np.float64)
    assert np.array_equal(StreamFilter(SOS)(X), sosfilt(SOS, X.astype(np.float64), axis=0, zi=state)[0])


@pytest.mark.parametrize(
    ("frequency_hz", "low", "high"), [(2, 0, 0.001), (50, 0, 0.01), (150, 0.9, 1.01), (1500, 0, 0.001)]
)
def test_band_and_mains(frequency_hz: float, low: float, high: float) -> None:
    assert low <= gain(frequency_hz) <= high


def test_without_notch_mains_passes() -> None:
    assert gain(50, design(FilterSpec(mains_hz=None), 4000)) > 0.9


def test_an_electrode_offset_does_not_ring() -> None:
    offset = np.full((1000, 2), 20_000.0)
    assert np.abs(StreamFilter(SOS)(offset)).max() < 0.01


def test_reset_starts_a_new_stream() -> None:
    used = StreamFilter(SOS)
    first = used(X)
    used.reset()
    assert np.array_equal(used(X), first)
