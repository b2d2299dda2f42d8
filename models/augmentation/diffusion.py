"""Conditional diffusion of windows: train it, draw from it (SYSTEMS 4.2).

    "SASG-DA: Sparse-Aware Semantic-Guided Diffusion Augmentation for Myoelectric Gesture Recognition".

The source fixes: the network predicts the clean window (x0), a Fourier term joins the loss, the semantic condition is
dropped out in training (SRG), and sampling is DDIM. Ours: 1000 times on a cosine schedule, the average of the weights
(EMA), whole conditions dropped now and then so that guidance is possible, and that the Fourier term takes absolute
differences: squared ones of an orthonormal transform would by Parseval be the first term once more, and do nothing.

B batch, T time, C channel, D condition, f frequency.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.augmentation.gaussians import Features, Labels
from models.errors import DatasetError, ModelMismatch
from models.extras import require
from models.networks.diffusion_unet import DiffusionUNet, UNetConfig
from models.training.loop import Batches, OnProgress, Progress, Stage, claim, fit
from models.training.windows import Windows

Condition = Literal["semantic", "label"]
TIMES: Final = 1000
CLIP: Final = 1.0
"""Longest gradient."""
PART: Final = 128
"""Windows that are drawn together."""


@dataclass(frozen=True, slots=True)
class DiffusionTraining:
    """How to train; all epochs are run, nothing is validated."""

    condition: Condition = "semantic"
    """What the conditions are: features of the task encoder, or labels as ``one_hot`` has them."""
    widths: tuple[int, ...] = (32, 64, 128, 128)
    fold: int = 1
    """Samples that become one step of the network."""
    epochs: int = 300
    batch: int = 256
    rate: float = 2e-4
    """Learning rate of Adam at the start; from there it falls along a cosine."""
    fourier: float = 0.1
    """Weight of the Fourier term; 0: none."""
    element_dropout: float = 0.15
    """Share of a semantic condition's features that is dropped; labels are never taken apart."""
    condition_dropout: float = 0.1
    """Share of conditions that is dropped whole."""
    decay: float = 0.999
    """Of the average of the weights."""
    seed: int = 0

    @classmethod
    def small(cls, rate_hz: float, window: int) -> "DiffusionTraining":
        """For one user on a CPU: fewer levels and features, and steps of up to 2 ms."""
        fold = next(size for size in range(max(1, int(0.002 * rate_hz)), 0, -1) if window % size == 0)
        return cls(widths=(16, 32, 64), fold=fold, epochs=100, batch=32, rate=1e-3)


@dataclass(frozen=True, slots=True, eq=False)
class Diffusion:
    """What draws windows."""

    network: nn.Module
    """(B, C, T) noisy, (B,) times, (B, D) conditions -> (B, C, T) clean."""
    scale: npt.NDArray[np.float32]
    """(channel,) microvolts that the network calls 1."""
    window: int
    """T, samples."""

    def sample(self, conditions: Features, steps: int = 50, seed: int = 0, guidance: float = 1.0) -> Features:
        """Conditions (n, D) -> windows (n, T, C) in filtered microvolts, by DDIM with eta 0.

        The same arguments give the same windows. ``guidance`` above 1 follows conditions further than it was learned.

        Raises:
            ModelMismatch: ``steps`` does not divide the 1000 times.
        """
        if TIMES % steps:
            raise ModelMismatch(f"{TIMES} times are not crossed in {steps} equal steps: choose 20, 25, 50 or 100")
        generator = torch.Generator().manual_seed(seed)
        noise = torch.randn(len(conditions), len(self.scale), self.window, generator=generator)
        parts = zip(noise.split(PART), torch.from_numpy(conditions).split(PART), strict=True)
        clean = torch.cat([self._denoised(*part, steps, guidance) for part in parts])  # (n, C, T)
        windows: Features = clean.transpose(1, 2).numpy() * self.scale
        return windows

    @torch.no_grad()
    def _denoised(self, x: Tensor, conditions: Tensor, steps: int, guidance: float) -> Tensor:
        schedule = scheduler()
        schedule.set_timesteps(steps)
        for time in schedule.timesteps:
            times = time.expand(len(x)).float()
            clean = self.network(x, times, conditions)
            if guidance != 1.0:
                free = self.network(x, times, torch.zeros_like(conditions))
                clean = free + guidance * (clean - free)
            x = schedule.step(clean, time, x, eta=0.0).prev_sample
        return x


OnEpoch = Callable[[int, Callable[[], Diffusion]], None]
"""Told after each epoch its number, and how to get what has been learned so far."""


def train_diffusion(
    windows: Windows,
    conditions: Features,
    how: DiffusionTraining,
    work: Path,
    on_progress: OnProgress = lambda _: None,
    on_epoch: OnEpoch | None = None,
) -> Diffusion:
    """Learn windows under their conditions (n, D); checkpoints lie in ``work``, the same call goes on from them.

    Raises:
        DatasetError: windows do not divide by ``fold``.
        ModelMismatch: ``work`` holds a training of other settings or data, or the extra ``augment`` is not installed.
        ModelUnreadable: a checkpoint is damaged.
    """
    _, length, channels = windows.x.shape
    if length % how.fold:
        raise DatasetError(f"windows of {length} samples do not divide by {how.fold}: choose another fold")
    folder = work / how.condition
    claim(folder, (how, hashlib.sha256(conditions.tobytes()).hexdigest()), windows)
    scale = windows.x.astype(np.float64).std(axis=(0, 1)).astype(np.float32) + np.float32(1e-6)
    learns = _averaged(UNetConfig(channels, conditions.shape[1], how.widths, how.fold), how)

    def so_far() -> Diffusion:
        return Diffusion(learns.averaged(), scale, length)

    def told(progress: Progress) -> None:
        on_progress(progress)
        if on_epoch is not None:
            on_epoch(progress.epoch, so_far)

    stage = Stage(
        "diffusion", learns, Denoising(learns.network, how), None, how.epochs, how.epochs, how.rate, clip=CLIP
    )
    fit(stage, _batches(windows.x / scale, conditions, learns, how.batch), how.seed, folder, told)
    return so_far()


def one_hot(labels: Labels, gestures: int) -> Features:
    """(n,) -> (n, K), conditions that say the gesture and nothing else."""
    return np.eye(gestures, dtype=np.float32)[labels]


def fourier_term(clean: Tensor, guess: Tensor) -> Tensor:
    """Mean absolute difference of the spectra, over real and imaginary parts, of two (B, C, T)."""
    spectrum = torch.fft.rfft(guess - clean, norm="ortho")  # (B, C, f)
    return torch.view_as_real(spectrum).abs().mean()


def scheduler() -> Any:
    """Times from noise to signal, on a cosine schedule; the first of a drawing is pure noise."""
    diffusers = require("diffusers", "augment", ModelMismatch)
    return diffusers.DDIMScheduler(
        TIMES,
        beta_schedule="squaredcos_cap_v2",
        prediction_type="sample",
        clip_sample=False,
        timestep_spacing="trailing",
    )


class Denoising:
    """The loss: noise of a random time is laid over each window, and the network says what is under it."""

    def __init__(self, network: nn.Module, how: DiffusionTraining) -> None:
        self._network = network
        self._how = how
        self._schedule = scheduler()

    def __call__(self, clean: Tensor, conditions: Tensor) -> Tensor:  # (B, C, T), (B, D)
        """(B, C, T), (B, D) -> scalar."""
        times = torch.randint(0, TIMES, (len(clean),))
        noisy = self._schedule.add_noise(clean, torch.randn_like(clean), times)
        guess = self._network(noisy, times.float(), self._dropped(conditions))
        return F.mse_loss(guess, clean) + self._how.fourier * fourier_term(clean, guess)

    def _dropped(self, conditions: Tensor) -> Tensor:
        """Some features, and some conditions whole (SRG)."""
        if self._how.condition == "semantic":
            conditions = F.dropout(conditions, self._how.element_dropout)
        return conditions * (torch.rand(len(conditions), 1) >= self._how.condition_dropout)


class Averaged(nn.Module):
    """A network that learns, and the moving average of its weights (EMA), which is what draws."""

    def __init__(self, network: DiffusionUNet, decay: float) -> None:
        super().__init__()
        self.network = network
        diffusers = require("diffusers", "augment", ModelMismatch)
        self.average = diffusers.EMAModel(network.parameters(), decay=decay, foreach=True)

    def averaged(self) -> DiffusionUNet:
        """A network of its own with the average as weights."""
        network = DiffusionUNet(self.network.config)
        self.average.copy_to(network.parameters())
        return network.eval()

    def get_extra_state(self) -> dict[str, Any]:
        """For checkpoints."""
        state: dict[str, Any] = self.average.state_dict()
        return state

    def set_extra_state(self, state: dict[str, Any]) -> None:
        """From a checkpoint."""
        self.average.load_state_dict(state)


def _averaged(config: UNetConfig, how: DiffusionTraining) -> Averaged:
    with torch.random.fork_rng():
        torch.manual_seed(how.seed)
        return Averaged(DiffusionUNet(config), how.decay)


def _batches(x: Features, conditions: Features, learns: Averaged, size: int) -> Callable[[], Batches]:
    """Epochs of shuffled batches (B, C, T) and (B, D)."""
    clean, asked = torch.from_numpy(x).transpose(1, 2).contiguous(), torch.from_numpy(conditions)

    def epoch() -> Iterator[tuple[Tensor, Tensor]]:
        for part in torch.randperm(len(clean)).split(size):
            yield clean[part], asked[part]
            learns.average.step(learns.network.parameters())  # the loop asks for the next batch after its step

    return epoch
