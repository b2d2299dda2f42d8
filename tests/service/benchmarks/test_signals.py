"""The recordings that benchmarks play, read by the drivers that play them."""

import numpy as np
import pytest
from tiny_grid import GRID, SPEC

from drivers.registry import open_source
from service.benchmarks.signals import grid, noise, played, sixteen_channels, two_channels


@pytest.mark.parametrize(("record", "channels", "rate_hz"), [(two_channels, 2, 4000), (sixteen_channels, 16, 2000)])
def test_a_recording_is_played_for_ever_in_chunks(tmp_path, record, channels, rate_hz):
    recording = record(tmp_path, 0.1)
    with open_source(played(recording, 5.0) + "&speed=max") as source:
        assert (source.info.rate_hz, len(source.info.channels)) == (rate_hz, channels)
        chunks = [source.read(1.0) for _ in range(30)]  # of 20 that it has
    assert {len(chunk.samples) for chunk in chunks} == {rate_hz // 200}
    played_once = np.concatenate([chunk.samples for chunk in chunks[:20]])
    assert len(np.unique(played_once[:, 0])) > len(played_once) / 2, "a flat channel costs nothing"
    np.testing.assert_array_equal(chunks[20].samples, chunks[0].samples)


def test_a_grid_says_where_its_electrodes_stand(tmp_path):
    with open_source(played(grid(tmp_path, 0.1))) as source:
        assert (source.info.rate_hz, len(source.info.grid), len(source.info.grid[0])) == (2000, 8, 8)
        assert len(source.read(1.0).samples) == 10
    with open_source(played(noise(tmp_path, SPEC, SPEC.images, 0.1))) as source:
        assert (source.info.rate_hz, source.info.grid, source.info.simulated) == (1000, GRID, True)
        assert len(source.read(1.0).samples) == 5
