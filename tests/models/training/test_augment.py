import numpy as np
import torch

from models.training.augment import STILL as NOT_TURNED
from models.training.augment import Augmentation, Rotation, augment, batches, turned
from models.training.windows import Windows

STILL = Augmentation(gain=1.0, jitter=0, noise_db=(200.0, 200.0))


def ramp(windows: int, length: int) -> torch.Tensor:
    """Sample number in channel 0, window number in channel 1."""
    t = torch.arange(length, dtype=torch.float32).expand(windows, length)
    return torch.stack([t, torch.arange(windows).float().unsqueeze(1).expand(windows, length)], dim=-1)


def test_jitter_moves_a_window_and_keeps_its_samples_in_order():
    torch.manual_seed(0)
    moved = augment(ramp(500, 120), Augmentation(gain=1.0, jitter=10, noise_db=(200.0, 200.0)))
    assert moved.shape == (500, 100, 2)
    starts = moved[:, 0, 0].round()
    assert set(starts.tolist()) == set(range(21))
    torch.testing.assert_close(moved[:, :, 0], starts.unsqueeze(1) + torch.arange(100))
    torch.testing.assert_close(moved[:, 0, 1], torch.arange(500).float())


def test_gain_is_one_number_per_channel_and_stays_in_its_range():
    torch.manual_seed(0)
    ratio = augment(torch.ones(2000, 5, 2), Augmentation(gain=1.25, jitter=0, noise_db=(200.0, 200.0)))
    assert torch.equal(ratio[:, 0], ratio[:, 4])
    assert 0.8 <= ratio.min() < 0.81
    assert 1.24 < ratio.max() <= 1.25
    assert ratio[:, 0].T.corrcoef()[0, 1].abs() < 0.1


def test_noise_keeps_its_distance_from_the_signal():
    torch.manual_seed(0)
    x = 50 * torch.randn(200, 1000, 2)
    noise = augment(x, Augmentation(gain=1.0, jitter=0, noise_db=(20.0, 40.0))) - x
    decibel = 20 * torch.log10(x.square().mean(1).sqrt() / noise.square().mean(1).sqrt())
    assert 19 < decibel.min() < 22
    assert 38 < decibel.max() < 41


def test_an_epoch_shows_each_window_once_with_its_label():
    x = ramp(10, 4).numpy()
    epoch = batches(Windows(x, np.arange(10), np.zeros(10, np.int64), ()), STILL, 4)
    shown = [(part[:, 0, 1].round().tolist(), y.tolist()) for part, y in epoch()]
    assert [len(y) for _, y in shown] == [4, 4, 2]
    assert sorted(label for _, y in shown for label in y) == list(range(10))
    assert all(part == y for part, y in shown)


def test_a_lone_last_window_is_left_out():
    x = ramp(9, 4).numpy()
    epoch = batches(Windows(x, np.arange(9), np.zeros(9, np.int64), ()), STILL, 4)
    assert [len(y) for _, y in epoch()] == [4, 4]


def test_a_ring_turns_as_one_and_keeps_its_order():
    """Each channel holds its own number; channel 6 is no electrode of the rings."""
    rings = Rotation(((0, 2, 4), (5, 3, 1)), 1)
    torch.manual_seed(0)
    shown = {tuple(window[0].tolist()) for window in turned(torch.arange(7.0).expand(200, 5, 7), rings)}
    assert shown == {(0, 1, 2, 3, 4, 5, 6), (2, 5, 4, 1, 0, 3, 6), (4, 3, 0, 5, 2, 1, 6)}


def test_a_ring_turns_by_an_eighth_at_most_either_way():
    assert Rotation.of([range(16)]).most == 2
    assert Rotation.of([range(8), range(8, 16)]).most == 1
    assert Rotation.of([]) == NOT_TURNED
    torch.manual_seed(0)
    heard = turned(torch.arange(16.0).expand(500, 1, 16), Rotation.of([range(16)]))[:, 0, 0]
    assert set(heard.tolist()) == {14, 15, 0, 1, 2}


def test_epochs_turn_windows_anew():
    x = np.broadcast_to(np.arange(16, dtype=np.float32), (40, 4, 16))
    windows = Windows(x.copy(), np.arange(40), np.zeros(40, np.int64), ())
    epoch = batches(windows, STILL, 40, Rotation.of([range(16)]))
    torch.manual_seed(0)
    ((first, _),), ((second, _),) = epoch(), epoch()
    assert len(set(first[:, 0, 0].round().tolist())) == 5
    assert not torch.allclose(first, second, atol=0.5)
