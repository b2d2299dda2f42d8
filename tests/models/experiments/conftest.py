"""A small data set in Khushaba's layout: gestures differ in the strength of each channel, people in their gains."""

from pathlib import Path

import numpy as np
import pytest

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
