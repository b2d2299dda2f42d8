"""The board on a pseudo-terminal, read by the driver that reads real ones."""

import numpy as np

from drivers.registry import open_source
from drivers.source import Source
from service.benchmarks.volunteer import Device, Volunteer

DEVICE = Device(rate_hz=4000, channels=2, uv_per_count=0.2)
RAMP = np.stack([np.arange(1000, 4000), -np.arange(1000, 4000)], axis=1).astype(np.int16)
QUIET_UV = 100  # far above the noise, below the ramp


def until(source: Source, samples: int) -> np.ndarray:
    """What is read up to so many samples, without a gap."""
    read, following = [], None
    while sum(map(len, read)) < samples:
        if (chunk := source.read(1.0)) is not None:
            assert following in (None, chunk.first)
            following = chunk.first + len(chunk.samples)
            read.append(chunk.samples)
    return np.concatenate(read)


def test_a_signal_is_played_once_and_whole_between_quiet():
    with Volunteer(DEVICE, {"ramp": RAMP}) as volunteer, open_source(volunteer.uri) as source:
        assert np.abs(until(source, 500)).max() < QUIET_UV
        volunteer.play("ramp")
        signal = until(source, 2 * 4000)
        assert source.losses.samples == 0
    loud = np.flatnonzero(np.abs(signal[:, 0]) > QUIET_UV)
    np.testing.assert_allclose(signal[loud], RAMP * 0.2, rtol=1e-6)
    assert loud[-1] - loud[0] + 1 == len(RAMP)


def test_a_new_signal_replaces_the_one_that_is_played():
    long = np.full((4000 * 60, 2), 5000, np.int16)
    with Volunteer(DEVICE, {"long": long, "ramp": RAMP}) as volunteer, open_source(volunteer.uri) as source:
        volunteer.play("long")
        until(source, 2000)
        volunteer.play("ramp")
        assert np.abs(until(source, 3 * 4000)[-100:]).max() < QUIET_UV


def test_the_device_says_what_a_model_asks():
    with Volunteer(DEVICE, {}) as volunteer, open_source(volunteer.uri) as source:
        assert (source.info.rate_hz, len(source.info.channels), source.info.unit) == (4000, 2, "uV")


def test_counts_are_the_nearest_that_the_converter_has():
    assert DEVICE.counts(np.array([[0.29, -0.31]])).tolist() == [[1, -2]]
