"""A network of images moves to another day with a few labelled trials."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_grid import GRID, LABELS, write_tiny_network
from tiny_model import write_tiny_model

from models.datasets.trials import Trial
from models.errors import DatasetError, ModelMismatch
from models.export import export_model
from models.grid_graph import grid_tensors
from models.runtime import load_model
from models.training.evaluate import evaluate
from models.training.fine_tuned import fine_tuned
from models.training.rebuilt import rebuilt
from models.training.transfer import Plan

torch.set_num_threads(1)
HALVES = {"left": np.s_[:, :2], "right": np.s_[:, 2:]}
"""Of the columns: the model has learned rows."""


def a_trial(label: str, number: int) -> Trial:
    size = np.full((4, 4), 5.0)
    if label in HALVES:
        size[HALVES[label]] = 60
    noise = np.random.default_rng([number, LABELS.index(label)]).standard_normal((1500, 16)) * size.ravel()
    return Trial(noise.astype(np.float32), 1000.0, label, "9", "2", number)


TRIALS = [a_trial(label, number) for label in LABELS for number in (1, 2)]
FRESH = [a_trial(label, 3) for label in LABELS]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_model(str(write_tiny_network(tmp_path_factory.mktemp("network"))))


@pytest.fixture(scope="module")
def tuned(model, tmp_path_factory):
    trained = fine_tuned(model, TRIALS, "tuned", GRID, Plan(rate=3e-3, epochs=10))
    return load_model(str(export_model(trained, tmp_path_factory.mktemp("tuned"))[0]))


def test_it_learns_the_new_day_and_keeps_its_lower_layers(model, tuned):
    assert evaluate(model, FRESH).accuracy < 0.7
    assert evaluate(tuned, FRESH).accuracy > 0.9
    assert (tuned.spec.name, tuned.head.spec.labels) == ("tuned", LABELS)
    before, after = (grid_tensors(rebuilt(each.encoder.content)) for each in (model, tuned))
    weights = [name for name in before if name.endswith(".0.weight")]
    same = [name for name in weights if before[name].tobytes() == after[name].tobytes()]
    assert same == [f"blocks.{layer}.0.weight" for layer in range(3)]


def test_without_an_epoch_it_is_the_network_with_todays_statistics(model):
    """The classifier survives the way from the head and back."""
    trained = fine_tuned(model, TRIALS, "same", GRID, Plan(frozen=7, epochs=0))
    images = torch.from_numpy(trained.examples)
    with torch.no_grad():
        ours = trained.head(trained.encoder(images))
        network = rebuilt(model.encoder.content, {k: v for k, v in grid_tensors(trained.encoder).items() if "run" in k})
        theirs = model.head.batch(network(images).numpy())
    np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_what_does_not_fit_is_refused(model, tmp_path):
    plan = Plan(epochs=0)
    with pytest.raises(DatasetError, match="no trial of right: its upper layers would forget it"):
        fine_tuned(model, [trial for trial in TRIALS if trial.label != "right"], "t", GRID, plan)
    with pytest.raises(DatasetError, match="does not know wave"):
        fine_tuned(model, [*TRIALS, replace(TRIALS[0], label="wave")], "t", GRID, plan)
    with pytest.raises(ModelMismatch, match="wants 16 channels at 1000 Hz"):
        fine_tuned(model, [replace(trial, rate_hz=500.0) for trial in TRIALS], "t", GRID, plan)
    with pytest.raises(ModelMismatch, match="wants a grid of 4 x 4"):
        fine_tuned(model, TRIALS, "t", (tuple(range(8)), tuple(range(8, 16))), plan)
    windows = load_model(str(write_tiny_model(tmp_path)))
    two = [replace(trial, samples=trial.samples[:, :2]) for trial in TRIALS]
    with pytest.raises(ModelMismatch, match="model tiny is one of windows"):
        fine_tuned(windows, two, "t", GRID, plan)
