"""Is an encoder worth anything on recordings of another laboratory? Learned on Khushaba, frozen, used on UCI's grasps.

One fold is one seed. The hybrid encoder and the CSAE (autoencoder, then context) learn from all trials and all ten
finger gestures of Khushaba's seven subjects. Each person of the UCI set then fits a head on the first n trials of each
grasp, and trials 16 to 30 are scored; nothing learns from those. Controls with the same windows and heads: classical
features at the set's own 500 Hz and after resampling; and both networks untrained, with the weights that training began
with and a batch normalisation that has seen Khushaba's windows.

How the two sets are bridged:

- Rate: the encoders want 4 kHz, UCI has 500 Hz. Each trial is resampled by a windowed sinc (``resample_poly``), which
  brings nothing back: from 250 to 450 Hz, where Khushaba has 6 % of its power, the encoders find silence. Unlike
  everything after it, it reaches 20 ms ahead; live that would be a delay. The band-pass follows, 20 to 450 Hz; at
  500 Hz it ends at 240 Hz.
- Unit: UCI's is unknown. Each channel of a person is scaled to the root mean square of that channel of Khushaba, by
  their first trial of each grasp, which every calibration has.
- Onset: UCI's trials begin with the hand at rest. The first second is dropped, not half of it as elsewhere: in trials 1
  to 15 the mean envelope of one person is at 0.8 of its mean from 0.5 to 0.75 s, and by 1 s all are near their peak.
- Gestures: fingers there, grasps here. Only features can be shared, so without calibration there is no score.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
import torch
from scipy.signal import resample_poly
from torch import nn

from models.datasets import khushaba, uci_hand
from models.datasets.trials import Trial
from models.errors import DatasetError
from models.experiments.experiment import Experiment, Fold, Outcome, Score, Settings
from models.experiments.protocol import HOP_S, WINDOW_S, Array, Labels, mark
from models.networks.csae import CSAE, CSAEConfig
from models.networks.hybrid import HybridEncoder
from models.networks.time_domain import TimeDomain
from models.spec import FilterSpec
from models.training.gaussian_head import fit_gaussians
from models.training.splits import Split, by_trial
from models.training.train_csae import CSAETraining, train_csae
from models.training.train_hybrid import HybridTraining, train_hybrid
from models.training.train_lda import fit_head
from models.training.windows import Cut, Windows, cut, shape_of

KHUSHABA: Final = "khushaba2012-2ch"
UCI: Final = "uci-basic-hand-2ch"
"""The folders that ``data`` holds."""
SEEDS: Final = range(5)
CALIBRATION_TRIALS: Final = (1, 2, 4, 8, 15)
TEST_TRIALS: Final = frozenset(range(16, 31))
USER_HOP_S: Final = 0.124
"""Whole samples at 500 Hz and at 4 kHz, so that both rates have the same windows."""
ONSET_S: Final = 1.0
NATIVE_BAND: Final = FilterSpec(high_hz=240.0)
HEADS: Final[dict[str, Callable[[Array, Labels], nn.Module]]] = {"Gaussians": fit_gaussians, "LDA": fit_head}
LEARNED, TIME_DOMAIN, CLASSICAL = slice(0, 130), slice(130, 159), slice(130, None)
"""Columns of the hybrid encoder's features, of two channels."""
SETTLING: Final = 32
"""Batches that an untrained network's batch normalisation sees."""


class CrossDataset:
    """Folds over seeds; the same people in each."""

    question = "Is an encoder of one laboratory's recordings worth anything on another's?"

    def folds(self, data: Path, quick: bool) -> list[Fold]:
        """One per seed. Raises ``DatasetError`` if ``data`` does not hold both sets."""
        for name in (KHUSHABA, UCI):
            _part(data, name)
        epochs = {"hybrid": 1, "autoencoder": 1, "head": 1} if quick else {"hybrid": 10, "autoencoder": 3, "head": 8}
        return [Fold(f"seed{seed}", {"seed": seed, **epochs}) for seed in (SEEDS[:1] if quick else SEEDS)]

    def compute(self, fold: Fold, data: Path, work: Path) -> Outcome:
        """Train the encoders, then score everybody."""
        others, trials = khushaba.load(_part(data, KHUSHABA)), uci_hand.load(_part(data, UCI))
        encoders = _train(others, fold.settings, work)
        seed = int(fold.settings["seed"])
        people = sorted({trial.subject for trial in trials})
        users = (User.of([trial for trial in trials if trial.subject == person], encoders) for person in people)
        return Outcome(tuple(score for user in users for score in _scores(user, seed)))


@dataclass(frozen=True, slots=True)
class Encoders:
    """Frozen networks, (B, T, C) microvolts -> (B, F), and what they learned from."""

    rate_hz: float
    microvolts: Array
    """(channel,) root mean square of the filtered training windows."""
    hybrid: nn.Module
    csae: nn.Module
    untrained_hybrid: nn.Module
    untrained_csae: nn.Module


@dataclass(frozen=True, slots=True)
class User:
    """One person's windows, by each kind of features."""

    windows: Windows
    """At the set's own rate."""
    features: dict[str, Array]
    """Arm -> (window, F), in the order of the windows."""

    @classmethod
    def of(cls, trials: list[Trial], encoders: Encoders) -> "User":
        """Scaled as the encoders expect it, heard at both rates."""
        gain = encoders.microvolts / strength(_cut([trial for trial in trials if trial.trial == 1]))
        trials = [replace(trial, samples=trial.samples * gain) for trial in trials]
        windows = _cut(trials)
        fast = _cut([resampled(trial, encoders.rate_hz) for trial in trials])
        return cls(windows, _features(windows.x, fast.x, encoders))

    def split(self, count: int) -> Split:
        """Calibrate on the first ``count`` trials of each grasp, score the last fifteen."""
        split = by_trial(self.windows.trials, TEST_TRIALS)
        return Split(tuple(trial for trial in split.train if trial.trial <= count), split.test)

    def windows_of(self, trials: Sequence[Trial]) -> Labels:
        """Indices of their windows."""
        chosen = np.array([trial in trials for trial in self.windows.trials])
        return np.flatnonzero(chosen[self.windows.source])


def resampled(trial: Trial, rate_hz: float) -> Trial:
    """The same trial at another rate; nothing is added above half of its own."""
    ratio = Fraction(rate_hz) / Fraction(trial.rate_hz)
    samples = resample_poly(trial.samples, ratio.numerator, ratio.denominator, axis=0, padtype="edge")
    return replace(trial, samples=samples.astype(np.float32), rate_hz=rate_hz)


def strength(windows: Windows) -> Array:
    """Root mean square of each channel: (channel,)."""
    power = np.square(windows.x).mean(axis=(0, 1), dtype=np.float64)
    return np.asarray(np.sqrt(power), np.float32)


def _part(data: Path, name: str) -> Path:
    if not (data / name).is_dir():
        raise DatasetError(f"no folder {name} in {data}: give the folder that holds {KHUSHABA} and {UCI}")
    return data / name


def _cut(trials: Sequence[Trial]) -> Windows:
    """Windows of grasps, without their onset."""
    rate_hz, _ = shape_of(trials)
    band = FilterSpec() if rate_hz > 2 * FilterSpec().top_hz else NATIVE_BAND
    return cut(
        trials, uci_hand.GRASPS, Cut(round(WINDOW_S * rate_hz), round(USER_HOP_S * rate_hz), band, skip_s=ONSET_S)
    )


def _train(trials: Sequence[Trial], settings: Settings, work: Path) -> Encoders:
    rate_hz, channels = shape_of(trials)
    seed, names = int(settings["seed"]), ("hybrid", "autoencoder", "head")
    hybrid_epochs, autoencoder_epochs, head_epochs = (int(settings[name]) for name in names)
    windows = cut(trials, khushaba.TEN, Cut(round(WINDOW_S * rate_hz), round(HOP_S * rate_hz)))
    microvolts = strength(windows)
    csae = CSAETraining(
        "cross-dataset", khushaba.TEN, None, seed,
        autoencoder_epochs=autoencoder_epochs, head_epochs=head_epochs, train_hop_s=HOP_S, shared=False,
    )  # fmt: skip
    return Encoders(
        rate_hz,
        microvolts,
        train_hybrid(trials, HybridTraining(khushaba.TEN, seed, hybrid_epochs), work / "hybrid"),
        train_csae(trials, csae, work / "csae").encoder,
        _settled(_fresh(seed, lambda: HybridEncoder(rate_hz, channels)), windows.x),
        _settled(_fresh(seed, lambda: _frozen_csae(rate_hz, microvolts)), windows.x),
    )


def _fresh(seed: int, make: Callable[[], nn.Module]) -> nn.Module:
    """With the weights that the training of this seed begins with."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return make()


def _frozen_csae(rate_hz: float, microvolts: Array) -> nn.Module:
    network = CSAE(CSAEConfig.at(rate_hz, len(khushaba.TEN), len(microvolts)))
    network.scale.microvolts.copy_(torch.from_numpy(microvolts))
    return network.frozen()


@torch.no_grad()
def _settled(network: nn.Module, x: Array) -> nn.Module:
    """Let batch normalisation see windows (window, T, C) of all trials in each batch; no weight changes."""
    network.train()
    every = max(SETTLING, len(x) // 64)
    for first in range(SETTLING):
        network(torch.from_numpy(x[first::every]))
    return network.eval()


def _features(slow: Array, fast: Array, encoders: Encoders) -> dict[str, Array]:
    """Arm -> (window, F), of windows at the set's own rate and at the encoders'."""
    native = TimeDomain(slow.shape[1] / WINDOW_S, slow.shape[2])
    hybrid, untrained = _through(encoders.hybrid, fast), _through(encoders.untrained_hybrid, fast)
    return {
        "control: 29 time-domain, own 500 Hz": _through(native, slow),
        "29 time-domain, resampled": hybrid[:, TIME_DOMAIN],
        "55 classical, resampled": hybrid[:, CLASSICAL],
        "130 learned": hybrid[:, LEARNED],
        "130 untrained": untrained[:, LEARNED],
        "learned and classical": hybrid,
        "untrained and classical": untrained,
        "64 of the CSAE": _through(encoders.csae, fast),
        "64 of an untrained CSAE": _through(encoders.untrained_csae, fast),
    }


@torch.no_grad()
def _through(network: nn.Module, x: Array) -> Array:
    return torch.cat([network(part) for part in torch.from_numpy(x).split(256)]).numpy()


def _scores(user: User, seed: int) -> Iterator[Score]:
    for count in CALIBRATION_TRIALS:
        split = user.split(count)
        learn, test = user.windows_of(split.train), user.windows_of(split.test)
        condition = f"{count} trial" + "s" * (count > 1)
        for head in HEADS:
            for arm in user.features:
                yield _score(user, (learn, test), (head, arm, condition, split.test[0].subject, seed))


def _score(user: User, parts: tuple[Labels, Labels], cell: tuple[str, str, str, str, int]) -> Score:
    (learn, test), x, y = parts, user.features[cell[1]], user.windows.y
    start = time.perf_counter()
    head = HEADS[cell[0]](x[learn], y[learn])
    seconds = time.perf_counter() - start
    marks = mark(_through(head, x[test]), y[test], user.windows.source[test])
    return Score(*cell, marks.macro_f1, marks.smoothed_macro_f1, marks.accuracy, seconds)


EXPERIMENT: Experiment = CrossDataset()
