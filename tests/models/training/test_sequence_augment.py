import numpy as np
import pytest
import torch

from models.training.sequence_augment import SequenceAugmentation, augment_frames, mask, rotate, smooth


@pytest.fixture(autouse=True)
def _seeded():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


@pytest.mark.parametrize(("shape", "channels"), [((40, 50, 16), 2), ((40, 16, 50), 1), ((40, 5, 6, 4, 16), 4)])
def test_rotation_rolls_electrodes_and_never_time(shape, channels):
    """The public code of the gesture networks rolls time: here every channel of the result is one that was there."""
    x = torch.randn(shape)
    y = rotate(x, 2, channels).movedim(channels, 1)
    found = set()
    for before, after in zip(x.movedim(channels, 1), y, strict=True):
        rolls = [by for by in range(-8, 8) if torch.equal(before.roll(by, dims=0), after)]
        assert len(rolls) == 1
        found.update(rolls)
    assert found == {-2, -1, 0, 1, 2}


def test_two_bands_slip_apart_from_each_other():
    x = torch.arange(32.0).expand(60, 3, 32)
    y = rotate(x, 1, channels=2)
    left, right = y[:, 0, 0], y[:, 0, 16]
    assert set(left.tolist()) == {0.0, 1.0, 15.0}
    assert set(right.tolist()) == {16.0, 17.0, 31.0}
    assert len(set(zip(left.tolist(), right.tolist(), strict=True))) == 9


@pytest.mark.parametrize(("axis", "most", "width"), [(1, 3, 25), (3, 2, 4), (3, 5, 4)])
def test_masks_are_stretches_of_zeros_and_differ_between_channels(axis, most, width):
    x = torch.ones(30, 100, 4, 33)
    lines = mask(x, most, width, axis).amin(dim=4 - axis)  # (B, size, C) over time, (B, C, size) over frequency
    lines = lines.movedim(1, 2) if axis == 1 else lines
    gone = (lines == 0).numpy()
    assert gone.sum(axis=-1).max() <= most * width
    starts = np.diff(gone.astype(int), axis=-1, prepend=0) == 1
    assert 1 < starts.sum(axis=-1).max() <= most
    assert len({row.tobytes() for row in gone[gone.any(axis=(1, 2))][0]}) > 1
    assert not gone.any(axis=(1, 2)).all()  # as many as none are drawn too


def test_a_mask_wider_than_the_axis_blanks_whole_channels():
    """SplashNet's: up to 12 of 6 bands."""
    y = mask(torch.ones(200, 2, 16, 6), 2, 12, axis=3)
    touched = (y == 0).any(dim=3)
    whole = (y == 0).all(dim=3)
    assert whole.sum() > 0.5 * touched.sum()


def test_smoothing_is_a_bell_over_frequency_alone():
    x = torch.zeros(1, 2, 3, 33)
    x[0, 0, 1, 16] = 1
    y = smooth(x, 30 / 31.25)
    assert y.shape == x.shape
    line = y[0, 0, 1]
    torch.testing.assert_close(line.sum(), torch.tensor(1.0))
    assert line.argmax() == 16
    torch.testing.assert_close(line[15] / line[16], torch.tensor(np.exp(-0.5 * (31.25 / 30) ** 2)).float())
    assert y[0, 1].abs().max() == y[0, 0, 0].abs().max() == 0
    torch.testing.assert_close(smooth(torch.ones(2, 3, 1, 33), 1.0), torch.ones(2, 3, 1, 33))


def test_noise_has_the_size_that_was_asked_for():
    x = torch.zeros(4, 100, 16, 33)
    y = augment_frames(x, SequenceAugmentation(noise=0.01), 31.25)
    assert y.std() == pytest.approx(0.01, rel=0.02)


def test_nothing_asked_for_changes_nothing():
    x = torch.randn(2, 10, 16, 33)
    torch.testing.assert_close(augment_frames(x, SequenceAugmentation(), 31.25), x, atol=0, rtol=0)


def test_the_same_seed_draws_the_same():
    x, how = torch.randn(3, 50, 32, 33), SequenceAugmentation(1, 0, 3, 25, 2, 4, 0.01)
    torch.manual_seed(5)
    first = augment_frames(x, how, 31.25)
    torch.manual_seed(5)
    torch.testing.assert_close(augment_frames(x, how, 31.25), first, atol=0, rtol=0)
