import numpy as np
import pytest
from muscle import RATE_HZ, held, hum

from calibration.measures import MAINS_HZ, Measures, Meter, Samples


def measure(signal: Samples, rate_hz: float = RATE_HZ) -> Measures:
    return Meter(len(signal), rate_hz, MAINS_HZ)(signal)


def test_the_power_of_the_muscle_is_that_of_its_samples() -> None:
    assert np.sqrt(measure(held(1, 100)).muscle) == pytest.approx([100, 100], rel=0.1)


@pytest.mark.parametrize("mains_hz", [50.0, 60.0])
def test_hum_is_measured_above_the_muscle_and_named(mains_hz: float) -> None:
    quiet, loud = measure(held(1)), measure(held(1) + hum(1, 100, mains_hz))
    assert loud.mains_hz == mains_hz
    assert np.sqrt(loud.hum) == pytest.approx([100, 100], rel=0.15)
    assert loud.muscle == pytest.approx(quiet.muscle, rel=0.1)
    assert (quiet.hum < 0.1 * quiet.muscle).all()


def test_a_slow_drift_is_no_wander_but_a_jump_is() -> None:
    time = np.arange(1000)[:, None]
    drift, jump = held(1) + time, held(1) + 1000 * (time > 400)
    assert (np.sqrt(measure(drift).wander) < 30).all()
    assert (np.sqrt(measure(jump).wander) > 200).all()


@pytest.mark.parametrize("limit", [100, 200])
def test_the_share_at_the_end_of_the_scale_is_counted(limit: float) -> None:
    signal = np.round(held(1) - held(1).mean(axis=0), 1)
    cut = np.clip(signal, -limit, limit)
    assert measure(cut).clipped == pytest.approx((np.abs(signal) >= limit).mean(axis=0))
    assert (measure(signal).clipped == 0).all()


def test_coarse_steps_are_no_clipping() -> None:
    assert (measure(np.round(held(1, 20) / 10)).clipped == 0).all()


def test_hum_makes_no_channels_alike_and_a_copy_does() -> None:
    signal = held(1, channels=3) + hum(1, 1000)
    assert measure(signal).alike.max() < 0.5
    signal[:, 2] = -signal[:, 0]
    assert measure(signal).alike[0, 2] > 0.9999


def test_dead_channels_are_like_none() -> None:
    signal = held(1)
    signal[:] = 7
    measures = measure(signal)
    assert measures.dead.tolist() == [1, 1]
    assert (measures.alike == 0).all()


def test_a_device_too_slow_for_a_mains_line_has_none() -> None:
    assert (measure(held(1)[:100], rate_hz=100).hum == 0).all()


def test_the_average_of_powers() -> None:
    loud, quiet = measure(held(1, 200)), measure(held(1, 100))
    assert Measures.average([loud, quiet]).muscle == pytest.approx((loud.muscle + quiet.muscle) / 2)
