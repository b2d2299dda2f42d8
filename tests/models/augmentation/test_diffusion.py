from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from models.augmentation.diffusion import (
    Averaged,
    Denoising,
    Diffusion,
    DiffusionTraining,
    fourier_term,
    one_hot,
    scheduler,
    train_diffusion,
)
from models.errors import DatasetError, ModelMismatch
from models.networks.diffusion_unet import DiffusionUNet, UNetConfig

HOW = DiffusionTraining("label", widths=(8, 8), epochs=4, batch=32, rate=2e-3)


class Oracle(nn.Module):
    """Knows the clean signal, whatever it is shown."""

    def __init__(self, clean):
        super().__init__()
        self.clean = clean

    def forward(self, x, time, condition):
        assert x.shape == self.clean.shape
        return self.clean


@pytest.mark.parametrize("steps", [1, 8, 50])
def test_with_a_perfect_guess_the_drawing_is_the_signal(steps):
    clean = torch.randn(5, 2, 40)
    diffusion = Diffusion(Oracle(clean), np.array([1, 3], np.float32), 40)
    made = diffusion.sample(np.zeros((5, 4), np.float32), steps)
    np.testing.assert_allclose(made, clean.transpose(1, 2).numpy() * [1, 3], atol=1e-5)


def test_steps_must_be_equal():
    diffusion = Diffusion(Oracle(torch.zeros(1, 2, 40)), np.ones(2, np.float32), 40)
    with pytest.raises(ModelMismatch, match="1000 times are not crossed in 7 equal steps: choose 20, 25, 50 or 100"):
        diffusion.sample(np.zeros((1, 4), np.float32), 7)


def test_a_drawing_begins_with_pure_noise():
    schedule = scheduler()
    schedule.set_timesteps(50)
    times = schedule.timesteps.tolist()
    assert (times[0], len(times)) == (999, 50)
    assert schedule.alphas_cumprod[999] < 1e-6


def test_the_fourier_term_is_nothing_for_equal_signals_and_its_slope_there_is_finite():
    clean = torch.randn(2, 3, 50)
    guess = clean.clone().requires_grad_()
    term = fourier_term(clean, guess)
    term.backward()
    assert term == 0
    assert torch.isfinite(guess.grad).all()


def test_the_fourier_term_is_not_the_squared_error_once_more():
    clean = torch.zeros(1, 1, 64)
    wave = torch.sin(2 * torch.pi * 8 * torch.arange(64) / 64).reshape(1, 1, 64)
    click = torch.zeros(1, 1, 64)
    click[0, 0, 0] = wave.square().sum().sqrt()  # as much energy, spread over all frequencies
    assert (click.square().sum() - wave.square().sum()).abs() < 1e-4
    assert fourier_term(clean, click) > 4 * fourier_term(clean, wave)


@pytest.mark.parametrize(("condition", "some"), [("semantic", True), ("label", False)])
def test_features_are_dropped_one_by_one_labels_never(condition, some):
    seen = []

    class Network(nn.Module):
        def forward(self, x, time, condition):
            seen.append(condition)
            return x

    torch.manual_seed(0)
    how = DiffusionTraining(condition, element_dropout=0.2, condition_dropout=0.3)
    Denoising(Network(), how)(torch.randn(1000, 1, 8), torch.ones(1000, 20))
    whole = (seen[0] == 0).all(dim=1)
    assert 0.25 < whole.float().mean() < 0.35
    rest = (seen[0][~whole] == 0).float().mean()
    assert (0.17 < rest < 0.23) if some else rest == 0


def test_the_loss_has_no_fourier_term_when_told_so():
    class Nothing(nn.Module):
        def forward(self, x, time, condition):
            return torch.zeros_like(x)

    clean, conditions = torch.randn(8, 2, 32), torch.zeros(8, 3)
    plain, both = (Denoising(Nothing(), DiffusionTraining(fourier=weight))(clean, conditions) for weight in (0, 0.1))
    torch.testing.assert_close(plain, clean.square().mean())
    torch.testing.assert_close(both, plain + 0.1 * fourier_term(clean, torch.zeros_like(clean)))


@pytest.fixture(scope="module")
def trained(windows, tmp_path_factory):
    seen = []
    work = tmp_path_factory.mktemp("diffusion")
    return train_diffusion(windows, one_hot(windows.y, 3), HOW, work, seen.append), seen


def test_it_learns_and_tells_its_progress(trained):
    _, seen = trained
    assert [progress.epoch for progress in seen] == [1, 2, 3, 4]
    assert seen[-1].loss < seen[0].loss


def test_windows_are_in_microvolts_and_depend_on_the_seed_alone(trained, windows):
    diffusion, _ = trained
    asked = one_hot(np.repeat([0, 1, 2], 50), 3)
    made, again, other = (diffusion.sample(asked, 4, seed) for seed in (1, 1, 2))
    assert made.shape == (150, 64, 2)
    assert made.dtype == np.float32
    np.testing.assert_array_equal(made, again)
    assert not np.allclose(made, other)
    assert 0.05 < made.std() / windows.x.std() < 2
    np.testing.assert_allclose(diffusion.sample(asked[:10], 4, 1).shape, (10, 64, 2))


def test_guidance_follows_the_condition_further(trained):
    diffusion, _ = trained
    fist = one_hot(np.zeros(8, np.int64), 3)
    plain, free, twice = (diffusion.sample(x, 1, 0, g) for x, g in ((fist, 1.0), (0 * fist, 1.0), (fist, 2.0)))
    np.testing.assert_allclose(twice - free, 2 * (plain - free), atol=1e-3)


def test_a_training_that_was_stopped_goes_on_to_the_same_windows(trained, windows, tmp_path):
    class Stop(Exception):
        pass

    def stop(progress):
        if progress.epoch == 2:
            raise Stop

    conditions, seen = one_hot(windows.y, 3), []
    with pytest.raises(Stop):
        train_diffusion(windows, conditions, HOW, tmp_path, stop)
    parts = train_diffusion(windows, conditions, HOW, tmp_path, seen.append)
    assert [progress.epoch for progress in seen] == [3, 4]
    np.testing.assert_array_equal(parts.sample(conditions[:4], 2), trained[0].sample(conditions[:4], 2))


def test_what_is_learned_so_far_can_be_looked_at(windows, tmp_path):
    looked = {}

    def look(epoch, so_far):
        looked[epoch] = so_far().sample(one_hot(np.zeros(2, np.int64), 3), 2)

    final = train_diffusion(windows, one_hot(windows.y, 3), replace(HOW, epochs=2), tmp_path, on_epoch=look)
    assert set(looked) == {1, 2}
    assert not np.allclose(looked[1], looked[2])
    np.testing.assert_array_equal(looked[2], final.sample(one_hot(np.zeros(2, np.int64), 3), 2))


def test_other_conditions_are_another_training(windows, tmp_path):
    train_diffusion(windows, one_hot(windows.y, 3), replace(HOW, epochs=1), tmp_path)
    with pytest.raises(ModelMismatch):
        train_diffusion(windows, 2 * one_hot(windows.y, 3), replace(HOW, epochs=1), tmp_path)


@pytest.mark.parametrize(
    ("rate_hz", "window", "fold"), [(4000, 1000, 8), (2048, 512, 4), (1000, 250, 2), (200, 50, 1), (2000, 401, 1)]
)
def test_the_small_size_folds_what_divides_the_window(rate_hz, window, fold):
    assert DiffusionTraining.small(rate_hz, window).fold == fold


def test_windows_must_divide_by_the_fold(windows, tmp_path):
    with pytest.raises(DatasetError, match="windows of 64 samples do not divide by 5: choose another fold"):
        train_diffusion(windows, one_hot(windows.y, 3), replace(HOW, fold=5), tmp_path)


def test_what_draws_is_the_average_of_the_weights():
    learns = Averaged(DiffusionUNet(UNetConfig(1, 2, (8, 8))), decay=0.5)
    before = learns.averaged().leave[2].bias.clone()
    for _ in range(2):
        with torch.no_grad():
            learns.network.leave[2].bias += 1
        learns.average.step(learns.network.parameters())
    # the first average is the weights themselves; at the second step the decay is min(0.5, 2 / 11)
    torch.testing.assert_close(learns.averaged().leave[2].bias, before + 2 - 2 / 11)
