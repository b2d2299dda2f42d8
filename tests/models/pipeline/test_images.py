import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import GridUnusable
from models.pipeline.images import Images, flat_channels, stretched

GRID = ((5, 4, 3), (2, 1, 0), (8, 7, 6))
X = np.random.default_rng(0).normal(0, 900, (300, 9))


def test_each_place_has_its_channel_over_the_full_scale():
    images = Images(GRID, 9)(X)
    assert (images.shape, images.dtype) == ((300, 3, 3), np.float32)
    np.testing.assert_allclose(images[:, 0, 2], np.clip(X[:, 3] / 2500, -1, 1), rtol=1e-6)
    np.testing.assert_allclose(images[:, 2, 1], np.clip(X[:, 7] / 2500, -1, 1), rtol=1e-6)


def test_what_is_beyond_the_scale_is_clipped():
    images = Images(((0, 1, 2),), 3)(np.array([[2500.0, -2600.0, 1e9]]))
    assert images.tolist() == [[[1, -1, 1]]]


def test_a_dead_electrode_is_filled_from_those_around_it_and_reported():
    images = Images(GRID, 9, dead=[5])
    assert images.interpolated == ((0, 0),)
    x = X.copy()
    x[:, 5] = np.nan
    np.testing.assert_allclose(images(x)[:, 0, 0], X[:, [4, 2, 1]].mean(axis=1).clip(-2500, 2500) / 2500, rtol=1e-5)
    assert np.isfinite(images(x)).all()


def test_a_place_without_electrode_is_filled_and_healthy_places_stay_as_they_are():
    whole, holed = Images(GRID, 9), Images(((5, 4, 3), (2, -1, 0), (8, 7, 6)), 9)
    assert whole.interpolated == ()
    assert holed.interpolated == ((1, 1),)
    around = [0, 2, 3, 4, 5, 6, 7, 8]
    np.testing.assert_allclose(holed(X)[:, 1, 1], (X[:, around].mean(axis=1) / 2500).clip(-1, 1), atol=1e-6)
    others = np.ones((3, 3), bool)
    others[1, 1] = False
    assert np.array_equal(holed(X)[:, others], whole(X)[:, others])


def test_a_hole_without_healthy_neighbours_looks_further():
    images = Images((tuple(range(6)),), 6, dead=[0, 1, 2])
    assert images.interpolated == ((0, 0), (0, 1), (0, 2))
    np.testing.assert_allclose(images(X[:, :6])[:, 0, 0], (X[:, 3] / 2500).clip(-1, 1), rtol=1e-6)


@given(st.lists(st.integers(0, 90), max_size=12))
def test_chunking_changes_nothing(sizes):
    images = Images(((5, 4, 3), (2, -1, 0), (8, 7, 6)), 9, dead=[4])
    parts = [images(part) for part in np.split(X, np.minimum(np.cumsum(sizes), len(X)).astype(int))]
    assert np.array_equal(np.concatenate(parts), images(X))


def test_the_samples_stay_as_they_are():
    x = X.copy()
    Images(GRID, 9, dead=[0])(x)
    assert np.array_equal(x, X)


def test_no_healthy_electrode_makes_no_image():
    with pytest.raises(GridUnusable, match="all 2 electrodes are dead"):
        Images(((0, 1),), 2, dead=[0, 1])


def test_shape_is_rows_and_columns():
    assert Images(((0, 1),), 2).shape == (1, 2)


def test_stretching_takes_each_image_from_0_to_1_and_its_strength_away():
    images = Images(GRID, 9)(X / 10)
    full = stretched(images)
    assert full.dtype == np.float32
    assert full.min(axis=(1, 2)).tolist() == [0] * 300
    assert full.max(axis=(1, 2)).tolist() == [1] * 300
    np.testing.assert_allclose(stretched(images / 3), full, atol=1e-6)
    assert not stretched(np.full((2, 3, 3), 0.4, np.float32)).any()


def test_flat_channels_never_change_or_are_not_finite():
    x = X[:, :5].copy()
    x[:, 1] = 30_000.0
    x[7, 3] = np.nan
    x[9, 4] = np.inf
    assert flat_channels(x) == (1, 3, 4)
