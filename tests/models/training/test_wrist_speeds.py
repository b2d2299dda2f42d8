"""Speeds of a wrist: out of the angles of a recording, learned, exported, and answered by a stream."""

from dataclasses import replace

import numpy as np
import pytest

from models.datasets.sequences import Sequence
from models.errors import DatasetError
from models.networks.neuromotor import WristLSTM
from models.sequence_export import export_sequence
from models.sequence_runtime import SequenceModel
from models.training.sequence_recipes import recipe
from models.training.train_sequence import SequenceTraining, train_sequence
from models.training.wrist_speeds import score_speeds, speeds

TINY = replace(
    recipe("wrist"),
    length=2000,
    past=400,
    batch=4,
    epochs=40,
    warm_up=0,
    rate=1e-2,
    build=lambda freedoms, _: WristLSTM(freedoms, hidden=16),
)


def bending(seconds=4.0, seed=0):
    """A wrist that turns to and fro: the faster, the louder; two electrodes for each way. Made up, no person."""
    rng, time = np.random.default_rng(seed), np.arange(int(2000 * seconds)) / 2000
    turns = np.array([2.0, 3.1]) + rng.uniform(-0.2, 0.2, 2)
    angles = (np.sin(turns * time[:, None]) * (15.0, 10.0)).sum(axis=1)
    speed = np.gradient(angles, 1 / 2000)
    loud = np.full((len(time), 16), 2.0)
    loud[:, 2:4] += np.maximum(speed, 0)[:, None]
    loud[:, 9:11] += np.maximum(-speed, 0)[:, None]
    signal = (loud * rng.standard_normal(loud.shape)).astype(np.float32)
    at = np.arange(0, len(time), 80)
    return Sequence(signal, 2000.0, tuple(f"{angles[one]:.2f}" for one in at), at, f"user {seed}", "1")


def test_the_speed_is_that_of_the_angle_over_the_last_hop():
    steady = Sequence(np.zeros((2000, 16), np.float32), 2000.0, ("-5.0", "15.0"), np.array([0, 2000]), "u", "1")
    found = speeds(steady, first=199, hop=40, answers=10)
    assert found.shape == (10, 1)
    np.testing.assert_allclose(found, 20.0, rtol=1e-4)  # 20 degrees in a second
    with pytest.raises(DatasetError, match="is no angle: record with"):
        speeds(replace(steady, keys=("a", "b")), 199, 40, 10)


def test_speeds_are_learned_and_answered_by_a_stream(tmp_path):
    """Much better than to say nothing: targets, loss, export and stream agree on when the wrist turned and where."""
    config = SequenceTraining("wrist", TINY, ("flexion",), simulated=True)
    trained = train_sequence([bending(6.0), bending(6.0, seed=1)], [], config, tmp_path / "work")
    model = SequenceModel(export_sequence(trained.network, trained.spec, trained.prior, tmp_path))
    errors = score_speeds(model, [bending(seed=2)])
    assert errors.answers == (8000 - model.spec.window) // 40 + 1
    assert errors.mean_absolute_error < 0.7 * errors.of_who_answers_nothing
