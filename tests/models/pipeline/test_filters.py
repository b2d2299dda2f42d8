import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import butter, sosfilt, sosfilt_zi, sosfreqz

from models.pipeline.filters import StreamFilter, design
from models.spec import FilterSpec

SOS = design(FilterSpec(), 4000)
X = np.random.default_rng(0).normal(500, 100, (3000, 2)).astype(np.float32)


def gain(frequency_hz: float, sos: np.ndarray = SOS, rate_hz: float = 4000) -> float:
    _, response = sosfreqz(sos, [frequency_hz], fs=rate_hz)
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


STOP = FilterSpec(low_hz=None, high_hz=None, mains_hz=None, stop_hz=(45, 55))


def test_a_band_stop_alone_is_the_papers_second_order_butterworth() -> None:
    sos = design(STOP, 1000)
    assert np.array_equal(sos, butter(2, (45, 55), "bandstop", fs=1000, output="sos"))
    assert gain(50, sos, 1000) < 0.01
    assert gain(45, sos, 1000) == pytest.approx(0.5**0.5) == pytest.approx(gain(55, sos, 1000))
    assert gain(10, sos, 1000) == pytest.approx(1, abs=0.01)
    assert gain(300, sos, 1000) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    ("cut", "passes", "stops"),
    [({"low_hz": 20.0}, (100, 450), 2), ({"high_hz": 100.0}, (1, 50), 450), ({}, (100, 300), 2)],
)
def test_each_cut_off_stands_alone(cut: dict[str, float], passes: tuple[float, float], stops: float) -> None:
    none = {"low_hz": None, "high_hz": None} if cut else {}
    sos = design(FilterSpec(**{"mains_hz": None, **none, **cut}), 1000)
    assert all(gain(frequency_hz, sos, 1000) > 0.9 for frequency_hz in passes)
    assert gain(stops, sos, 1000) < 0.01


@given(st.lists(st.integers(0, 700), max_size=20))
def test_chunking_changes_no_band_stop(sizes: list[int]) -> None:
    sos = design(STOP, 1000)
    chunked = StreamFilter(sos)
    parts = [chunked(part) for part in np.split(X, np.minimum(np.cumsum(sizes), len(X)).astype(int))]
    assert np.array_equal(np.concatenate(parts), StreamFilter(sos)(X))


def test_an_electrode_offset_does_not_ring() -> None:
    offset = np.full((1000, 2), 20_000.0)
    assert np.abs(StreamFilter(SOS)(offset)).max() < 0.01


def test_reset_starts_a_new_stream() -> None:
    used = StreamFilter(SOS)
    first = used(X)
    used.reset()
    assert np.array_equal(used(X), first)
