import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.registry import open_source
from models.pipeline.filters import StreamFilter, design
from models.spec import FilterSpec
from models.training.disturb import (
    FLOOR_UV,
    with_drift,
    with_fatigue,
    with_mains,
    with_noise,
    with_rotation,
    with_shift,
    without_channel,
)

RATE_HZ = 2000.0
TIME_S = np.arange(4000) / RATE_HZ


def signal(seed=0):
    """Two channels of different size, with an offset."""
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((4000, 2)) * [100.0, 10.0] + [30.0, -5.0]).astype(np.float32)


def tone(hz):
    return np.stack([50 * np.sin(2 * np.pi * hz * TIME_S)] * 2, axis=1).astype(np.float32)


def strongest_hz(x):
    power = np.abs(np.fft.rfft(x[1000:, 0] * np.hanning(len(x) - 1000))) ** 2  # without what rings at the start
    return np.fft.rfftfreq(len(x) - 1000, 1 / RATE_HZ)[power.argmax()]


@given(st.sampled_from([0.0, 5.0, 10.0, 20.0]), st.integers(0, 99))
def test_noise_is_as_small_as_said_on_every_channel(snr_db, seed):
    x = signal()
    noise = with_noise(x, snr_db, np.random.default_rng(seed)).astype(np.float64) - x
    np.testing.assert_allclose(20 * np.log10(x.std(axis=0) / noise.std(axis=0)), snr_db, atol=0.6)


def test_hum_has_the_size_of_the_channel_and_its_harmonics_theirs():
    x = signal()
    hum = with_mains(x, RATE_HZ, (1, 0, 0.5)).astype(np.float64) - x
    lines = np.abs(np.fft.rfft(hum, axis=0)) * np.sqrt(2) / len(x)
    hz = np.fft.rfftfreq(len(x), 1 / RATE_HZ)
    for frequency, share in ((50, 1), (100, 0), (150, 0.5)):
        np.testing.assert_allclose(lines[hz == frequency][0] / x.std(axis=0), share, atol=1e-3)


def test_drift_begins_with_what_was_there():
    x = np.ones((101, 2), np.float32)
    assert with_drift(x, 0.5)[[0, 50, 100], 0].tolist() == [1, 0.75, 0.5]


def test_a_lost_channel_is_noise_and_the_other_is_untouched():
    x = signal()
    before = x.copy()
    y = without_channel(x, 1, np.random.default_rng(0))
    assert (y[:, 0] == x[:, 0]).all()
    assert y[:, 1].std() == pytest.approx(FLOOR_UV, rel=0.1)
    assert abs(np.corrcoef(x[:, 1], y[:, 1])[0, 1]) < 0.1
    assert (x == before).all()


def test_shifted_electrodes_hear_some_of_their_neighbour():
    x = np.array([[10.0, 0.0, -10.0]], np.float32)
    np.testing.assert_allclose(with_shift(x, 0.3), [[7.0, -3.0, -4.0]], rtol=1e-6)
    assert (with_shift(signal(), 0) == signal()).all()


RINGS = ((0, 1, 2, 3), (7, 6, 5, 4))


def test_a_turned_ring_hears_what_stood_further_on():
    x = np.arange(9, dtype=np.float32)[np.newaxis]
    assert with_rotation(x, RINGS, 1).tolist() == [[1, 2, 3, 0, 7, 4, 5, 6, 8]]
    assert with_rotation(x, RINGS, -1).tolist() == [[3, 0, 1, 2, 5, 6, 7, 4, 8]]
    assert with_rotation(x, RINGS, 0.25)[0, :4].tolist() == [0.25, 1.25, 2.25, 2.25]
    assert x.tolist() == [list(range(9))]


@given(st.floats(-20, 20, allow_nan=False), st.integers(-3, 3))
def test_whole_turns_change_nothing_and_whole_electrodes_add_up(by, more):
    x = np.random.default_rng(0).standard_normal((50, 8)).astype(np.float32)
    turned = with_rotation(x, RINGS, by)
    np.testing.assert_allclose(with_rotation(x, RINGS, by + 4), turned, atol=1e-5)
    np.testing.assert_allclose(with_rotation(turned, RINGS, more), with_rotation(x, RINGS, by + more), atol=1e-5)


def test_it_is_what_a_wristband_turned_by_one_electrode_hears():
    """The same moment of the same simulated user, filtered; contacts, and so noise, stay with their electrodes."""
    worn, moved = (open_source(f"sim://wristband?rotation={by}").record(12.0) for by in (0, 1))

    def heard(x):
        return StreamFilter(design(FilterSpec(), RATE_HZ))(x)[worn.labels != "rest"].T

    def alike(by):
        pairs = zip(heard(with_rotation(worn.samples, (range(16),), by)), heard(moved.samples), strict=True)
        return np.mean([np.corrcoef(a, b)[0, 1] for a, b in pairs])

    assert alike(1) > 0.9
    assert max(alike(0), alike(-1)) < 0.75


@pytest.mark.parametrize("compression", [0.1, 0.2, 0.3])
def test_fatigue_lowers_every_frequency_by_the_same_share(compression):
    for hz in (100.0, 300.0):
        slow = with_fatigue(tone(hz), RATE_HZ, compression)
        assert strongest_hz(slow) == pytest.approx(hz * (1 - compression), abs=1)


def test_fatigue_keeps_the_size_but_not_the_hum():
    x = signal()
    tired = with_fatigue(x + 10 * tone(50.0), RATE_HZ, 0.2)
    assert strongest_hz(x + 10 * tone(50.0)) == pytest.approx(50, abs=1)
    lines = np.abs(np.fft.rfft(tired[1000:, 0]))
    hz = np.fft.rfftfreq(3000, 1 / RATE_HZ)
    assert lines[np.abs(hz - 40) < 2].max() < 5 * np.median(lines[hz < 700])
    np.testing.assert_allclose(with_fatigue(x, RATE_HZ, 0.2).std(axis=0), x.std(axis=0), rtol=1e-3)


@pytest.mark.parametrize(
    "disturbed",
    [
        with_noise(signal(), 10, np.random.default_rng(0)),
        with_mains(signal(), RATE_HZ),
        with_drift(signal(), 1.5),
        without_channel(signal(), 0, np.random.default_rng(0)),
        with_shift(signal(), 0.3),
        with_rotation(signal(), ((0, 1),), 0.3),
        with_fatigue(signal(), RATE_HZ, 0.3),
    ],
)
def test_shape_and_type_stay(disturbed):
    assert disturbed.shape == (4000, 2)
    assert disturbed.dtype == np.float32
    assert np.isfinite(disturbed).all()
