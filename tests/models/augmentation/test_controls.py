import numpy as np
import torch

from models.augmentation.controls import Classical, classical, oversampled, warped
from models.training.augment import Augmentation, Rotation

STILL = Classical(Augmentation(gain=1.0, jitter=0, noise_db=(200.0, 200.0)), warp=0.0, mixed=0.0)


def windows(count=6, length=50, channels=3):
    x = np.random.default_rng(0).standard_normal((count, length, channels)).astype(np.float32)
    return 50 * x, np.arange(count) % 2


def test_copies_are_exact():
    x, y = windows()
    many, labels = oversampled(x, y, 2)
    np.testing.assert_array_equal(many, np.concatenate([x, x, x]))
    np.testing.assert_array_equal(labels, np.concatenate([y, y, y]))


def test_real_windows_come_first_and_the_rest_is_changed():
    x, y = windows()
    many, labels = classical(x, y, 2, seed=3)
    assert (many.shape, many.dtype) == ((18, 50, 3), np.float32)
    np.testing.assert_array_equal(many[:6], x)
    np.testing.assert_array_equal(labels, np.tile(y, 3))
    assert not np.isclose(many[6:12], x).all(axis=(1, 2)).any()
    assert not np.isclose(many[12:], many[6:12]).all(axis=(1, 2)).any()


def test_the_same_seed_gives_the_same_windows():
    x, y = windows()
    np.testing.assert_array_equal(classical(x, y, 1, seed=3)[0], classical(x, y, 1, seed=3)[0])
    assert not np.array_equal(classical(x, y, 1, seed=3)[0], classical(x, y, 1, seed=4)[0])


def test_nothing_changes_when_every_range_is_nothing():
    x, y = windows()
    np.testing.assert_allclose(classical(x, y, 1, 0, STILL)[0][6:], x, atol=1e-3)


def test_only_windows_of_one_gesture_are_mixed():
    y = np.arange(40) % 2
    x = np.zeros((40, 8, 2), np.float32)
    x[:, :, 0] = np.arange(40)[:, np.newaxis] + 1
    x[np.arange(40), :, 1] = y[:, np.newaxis]
    mixing = Classical(STILL.gain_and_noise, warp=0.0, mix=0.5, mixed=1.0)
    made = classical(x, y, 1, 0, mixing)[0][40:]
    assert (made[y == 0, :, 1] == 0).all()
    assert (made[y == 1, :, 1] > 0.5).all()
    assert (np.abs(made[:, 0, 0] - x[:, 0, 0]) > 0.1).mean() > 0.5


def test_time_runs_unevenly_between_fixed_ends_and_keeps_fast_waves():
    torch.manual_seed(0)
    t = torch.arange(200.0)
    wave = torch.sin(2 * torch.pi * 0.25 * t).reshape(1, -1, 1).expand(64, -1, -1)  # a quarter of the rate
    moved = warped(wave, 0.1)
    assert moved.shape == wave.shape
    torch.testing.assert_close(moved[:, 0], wave[:, 0], atol=1e-3, rtol=0)
    torch.testing.assert_close(moved[:, -1], wave[:, -1], atol=1e-3, rtol=0)
    strength = moved[:, 20:-20].square().mean() / wave[:, 20:-20].square().mean()
    assert 0.9 < strength < 1.05
    assert (moved - wave).abs().amax(dim=(1, 2)).median() > 0.3


def test_rings_turn_where_there_are_some():
    x = np.broadcast_to(np.arange(8, dtype=np.float32), (200, 4, 8)).copy()
    turning = Classical(STILL.gain_and_noise, Rotation.of([range(8)]), warp=0.0, mixed=0.0)
    made = classical(x, np.zeros(200, np.int64), 1, 0, turning)[0][200:]
    assert set(made[:, 0, 0].round().tolist()) == {7, 0, 1}
