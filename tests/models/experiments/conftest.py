"""A small data set in Khushaba's layout: gestures differ in the strength of each channel, people in their gains."""

from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from models.datasets.khushaba import GESTURES
from models.experiments.catalogue import experiment
from models.experiments.experiment import FoldResult
from models.experiments.runner import run_folds


def _subject(number: int, seconds: float) -> np.ndarray:
    rng = np.random.default_rng(number)
    strength = np.geomspace(40, 400, len(GESTURES))
    sizes = np.stack([strength, rng.permutation(strength)], axis=-1) * rng.uniform(0.7, 1.4, 2)
    noise = rng.standard_normal((len(GESTURES), 6, round(4000 * seconds), 2))
    return np.round(np.cumsum(noise, axis=2) * 0.2 * sizes[:, None, None]).clip(-32000, 32000).astype(np.int16)


@pytest.fixture(scope="session")
def small_khushaba(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three subjects x ten gestures x six trials of one second."""
    folder = tmp_path_factory.mktemp("khushaba")
    for number in (1, 2, 3):
        x, classes = _subject(number, 1.0), np.array(list(GESTURES))
        np.savez(folder / f"S{number:02}.npz", x=x, classes=classes, fs=4000, uV_per_lsb=0.2)
    return folder


@pytest.fixture(scope="session")
def quick_results(small_khushaba: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[FoldResult]]:
    """The experiment user-heads in its quick size, computed in two processes, and the folder it lies in."""
    out = tmp_path_factory.mktemp("user-heads")
    folds = experiment("user-heads").folds(small_khushaba, True)
    return out, run_folds("user-heads", small_khushaba, out, 2, folds, lambda _: None)


def _flexemg(seed: int, trials: int) -> dict[str, np.ndarray]:
    """Rest and each gesture strong in a row of its own, 1 s each, as differences of counts."""
    rng, orders = np.random.default_rng(seed), np.array([[1, 2, 3, 4], [3, 1, 4, 2]] * trials, np.uint8)[:trials]
    sizes = np.full((5, 16), 20.0)
    for gesture in range(1, 5):
        sizes[gesture, 4 * (gesture - 1) : 4 * gesture] = 400
    held = np.concatenate([np.zeros((trials, 1), int), orders, np.zeros((trials, 1), int)], axis=1)
    noise = rng.standard_normal((trials, 6, 1000, 16)) * sizes[held][:, :, np.newaxis]
    counts = noise.reshape(trials, -1, 16).transpose(0, 2, 1).round().astype(np.int64) + 2**15
    dx = np.diff(counts, axis=-1, prepend=0).astype(np.uint16).view(np.int16)
    return {"dx": dx, "seq": orders}


@pytest.fixture(scope="session")
def small_flexemg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """S1 on two days and S2 on one, five recordings each, in flexemg's layout, with 4x4 electrodes."""
    folder = tmp_path_factory.mktemp("flexemg")
    facts = {"labels": np.array(["Rest", "Fist", "Raise", "Lower", "Open"]), "fs": 1000.0, "uV_per_lsb": 1.0}
    for seed, (name, trials) in enumerate({"S1_1Train": 3, "S1_1Test": 2, "S1_3Test": 5, "S2_1Train": 5}.items()):
        np.savez(folder / f"{name}.npz", **_flexemg(seed, trials), **facts, timerest=1000, timegest=1000)
    savemat(folder / "arraymap.mat", {"arraymap": 1 + np.arange(16, dtype=np.uint8).reshape(4, 4)})
    return folder
