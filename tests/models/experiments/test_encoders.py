from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from models.datasets.khushaba import TEN, load
from models.experiments.encoders import encoder_for, features_of
from models.experiments.protocol import NewUser
from models.training.train_hybrid import HybridTraining
from models.training.windows import Cut

torch.set_num_threads(1)

TRAINING = HybridTraining(TEN, epochs=1)


@pytest.fixture(scope="module")
def user(small_khushaba):
    return NewUser.of(load(small_khushaba), TEN, "S02")


@pytest.fixture(scope="module")
def out(small_khushaba, user, tmp_path_factory):
    """Where the encoder without S02 lies."""
    out = tmp_path_factory.mktemp("out")
    encoder_for(user.others, TRAINING, small_khushaba, out / "folds" / "first.work")
    return out


def checkpoints(out):
    return {path: path.stat().st_mtime_ns for path in (out / "encoders").glob("*/*.pt")}


def test_a_fold_of_another_experiment_finds_the_encoder(small_khushaba, user, out):
    before = checkpoints(out)
    first, second = (
        encoder_for(user.others, TRAINING, small_khushaba, out / "folds" / name) for name in ("first.work", "b.work")
    )
    assert checkpoints(out) == before
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))


def test_other_people_seeds_and_windows_are_other_encoders(small_khushaba, user, tmp_path):
    for others, training in (
        (user.others, TRAINING),
        (NewUser.of(load(small_khushaba), TEN, "S01").others, TRAINING),
        (user.others, HybridTraining(TEN, 1, 1)),
        (user.others, HybridTraining(TEN, 0, 1, window_s=0.1)),
    ):
        encoder_for(others, training, small_khushaba, tmp_path / "folds" / "a.work")
    assert len(checkpoints(tmp_path)) == 4


def test_two_that_want_the_same_encoder_at_once_do_not_harm_each_other(small_khushaba, user, out, tmp_path):
    """The lock is the kernel's and of the open file: threads meet it as processes do."""

    def train(name):
        return encoder_for(user.others, TRAINING, small_khushaba, tmp_path / "folds" / name)

    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(train, "ab"))
    (found,) = checkpoints(tmp_path)
    assert len(found.with_suffix(".jsonl").read_text().splitlines()) == TRAINING.epochs
    alone = encoder_for(user.others, TRAINING, small_khushaba, out / "folds" / "a.work")
    for encoder in both:
        assert all(torch.equal(a, b) for a, b in zip(encoder.parameters(), alone.parameters(), strict=True))


def test_features_are_those_of_each_window(small_khushaba, user, out):
    encoder = encoder_for(user.others, TRAINING, small_khushaba, out / "folds" / "first.work")
    features = features_of(encoder, user.test[0], Cut(1000, 250))
    assert features.shape == (5, encoder.features)
    np.testing.assert_allclose(features[::2], features_of(encoder, user.test[0], Cut(1000, 500)), rtol=1e-4, atol=1e-4)
