import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.pipeline.rolling_norm import Prior, RollingNorm
from models.spec import RollingSpec

FRAMES = np.random.default_rng(0).normal(3, 2, (200, 2, 5)).astype(np.float32)
PRIOR = Prior(np.full((2, 5), 1.0), np.full((2, 5), 4.0))
SPEC = RollingSpec(prior=10, memory=50)


@settings(max_examples=20)
@given(st.lists(st.integers(0, 80), max_size=6))
def test_any_chunking_gives_the_same_bits(sizes):
    norm = RollingNorm(PRIOR, SPEC)
    parts = [norm(part) for part in np.split(FRAMES, np.minimum(np.cumsum(sizes, dtype=int), len(FRAMES)))]
    np.testing.assert_array_equal(np.concatenate(parts), RollingNorm(PRIOR, SPEC)(FRAMES))


def test_no_later_frame_changes_an_earlier_one():
    later = FRAMES.copy()
    later[100:] = 1e3
    np.testing.assert_array_equal(RollingNorm(PRIOR, SPEC)(later)[:100], RollingNorm(PRIOR, SPEC)(FRAMES)[:100])


def test_until_its_memory_is_full_it_is_the_mean_of_prior_and_past():
    """The prior counts as 10 frames of its mean and variance, each later frame as one."""
    for heard in (1, 5, 40):
        x = FRAMES[:heard].astype(float)
        mean = (10 * 1.0 + x.sum(axis=0)) / (10 + heard)
        square = (10 * (4.0 + 1.0) + np.square(x).sum(axis=0)) / (10 + heard)
        expected = (x[-1] - mean) / np.sqrt(square - mean**2 + 1e-5)
        np.testing.assert_allclose(RollingNorm(PRIOR, SPEC)(FRAMES[:heard])[-1], expected, rtol=1e-5)


def test_it_follows_a_drift_within_its_memory():
    louder = np.concatenate([FRAMES, FRAMES, FRAMES + 100, FRAMES + 100])
    y = RollingNorm(PRIOR, SPEC)(louder)
    assert np.abs(y[-50:].mean()) < 0.2
    forgets_nothing = RollingNorm(PRIOR, RollingSpec(prior=10, memory=10**6))(louder)
    assert np.abs(forgets_nothing[-50:].mean()) > 0.7


def test_a_reset_starts_from_the_prior_again():
    norm = RollingNorm(PRIOR, SPEC)
    first = norm(FRAMES)
    norm.reset()
    np.testing.assert_array_equal(norm(FRAMES), first)


def test_a_dead_channel_stays_finite():
    dead = np.full((2000, 2, 5), -6, np.float32)
    assert np.isfinite(RollingNorm(PRIOR, SPEC)(dead)).all()


def test_the_prior_counts_every_frame_the_same():
    prior = Prior.of([FRAMES[:30], FRAMES[30:]])
    np.testing.assert_allclose(prior.mean, FRAMES.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(prior.variance, FRAMES.var(axis=0), rtol=1e-4)


def test_a_memory_shorter_than_the_prior_is_refused():
    with pytest.raises(ValueError, match="shorter than its prior"):
        RollingSpec(prior=10, memory=5)
