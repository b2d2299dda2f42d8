"""Electrodes die and come back: told at once, trusted late, whatever the chunks; one that hums is not dead."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.pipeline.dead_electrodes import DeadElectrodes

RATE_HZ, HOP, CHANNELS = 1000.0, 20, 6
ELECTRODES = (3, 0, 1, 5)
"""Channels 2 and 4 stand nowhere."""
NOISE = np.random.default_rng(0).normal(0, 3, (3000, CHANNELS)).astype(np.float32)


def told(*runs: np.ndarray) -> dict[int, tuple[int, ...]]:
    """End of each hop -> who is dead there."""
    watch, found = DeadElectrodes(RATE_HZ, HOP, CHANNELS, ELECTRODES), {}
    end = 0
    for run in runs:
        watch.feed(run)
        last, end = end, end + len(run)
        found |= {hop: watch.at(hop) for hop in range(HOP, end + 1, HOP) if hop > last}
    return found


def broken(channel: int, start: int, stop: int, at: float) -> np.ndarray:
    samples = NOISE.copy()
    samples[start:stop, channel] = at
    return samples


@pytest.mark.parametrize("at", [0.0, 187_500.0])
def test_it_is_told_within_270_ms_and_trusted_half_a_second_after_its_return(at):
    dead = [end for end, channels in told(broken(1, 1010, 1990, at)).items() if channels]
    assert dead == list(range(1260, 2480, HOP))
    assert told(broken(1, 1010, 1990, at))[1260] == (1,)


def test_a_pause_shorter_than_that_is_none():
    assert not any(told(broken(1, 1010, 1240, 0.0)).values())


def test_one_that_never_moved_is_dead_from_the_first_hop_on():
    samples = broken(5, 0, 3000, -40.0)
    samples[:, 0] = 0
    assert set(told(samples).values()) == {(0, 5)}


def test_after_a_gap_it_is_known_at_once_too():
    watch = DeadElectrodes(RATE_HZ, HOP, CHANNELS, ELECTRODES)
    watch.feed(broken(1, 0, 3000, 0.0))
    assert watch.at(3000) == (1,)
    watch.reset()
    watch.feed(broken(5, 0, 40, 0.0)[:40])
    assert watch.at(40) == (5,)


def test_a_quiet_or_humming_electrode_is_alive():
    samples = NOISE.copy()
    samples[:, 0] = 0.08 * np.random.default_rng(1).standard_normal(3000)  # thermal noise of 1 kOhm
    samples[:, 1] = 400 * np.sin(2 * np.pi * 50 * np.arange(3000) / RATE_HZ)
    assert not any(told(samples).values())


def test_who_stands_nowhere_is_not_missed():
    assert not any(told(broken(2, 0, 3000, 0.0)).values())


def test_a_silent_grid_is_silent_not_broken():
    samples = NOISE.copy()
    samples[1000:2000] = 7
    found = told(samples)
    assert not any(found.values())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 300), max_size=40))
def test_any_chunking_tells_the_same(sizes):
    samples = broken(1, 1010, 1990, 0.0)
    edges = [0, *np.minimum(np.cumsum(sizes, dtype=int), 3000).tolist(), 3000]
    assert told(*(samples[start:stop] for start, stop in itertools.pairwise(edges))) == told(samples)
