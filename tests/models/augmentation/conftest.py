"""A generator small enough to be trained in tests, and the windows that it learned from."""

from collections.abc import Callable

import pytest

from models.augmentation.diffusion import DiffusionTraining
from models.augmentation.ladder import Generator, GeneratorTraining, train_generator
from models.augmentation.task_encoder import TaskTraining
from models.training.windows import Cut, Windows, cut

LABELS = ("fist", "point", "rest")
ENCODER = TaskTraining(features=6, epochs=8, batch=16)


@pytest.fixture(scope="session")
def windows(synthetic_trials) -> Windows:
    """90 windows of 64 samples at 1 kHz, two subjects, three gestures."""
    return cut(synthetic_trials(subjects=2, repetitions=1, seconds=1.0), LABELS, Cut(64, 30))


@pytest.fixture(scope="session")
def tiny_generator(windows, tmp_path_factory) -> Callable[[str], Generator]:
    """One of those that know semantic conditions or labels, trained once."""
    trained: dict[str, Generator] = {}

    def generator(condition: str) -> Generator:
        if condition not in trained:
            diffusion = DiffusionTraining(condition, widths=(8, 8), epochs=2, batch=32, rate=2e-3)
            how = GeneratorTraining(LABELS, ENCODER, diffusion, simulated=True)
            trained[condition] = train_generator(windows, how, tmp_path_factory.mktemp(condition))
        return trained[condition]

    return generator
