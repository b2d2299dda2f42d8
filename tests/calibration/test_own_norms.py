"""The statistics of a user's own images: whose they are on which day, and what each head sees with them."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_grid import LABELS, images_of, write_tiny_network

from calibration.fitting import FitOrder, LabelledTrial
from calibration.head import fit_user_head
from calibration.own_norms import reestimated, statistics_of, views
from models.errors import DatasetError
from models.head_graph import own_tensors
from models.own_tensors import Tensors
from models.runtime import load_model
from models.training.rebuilt import rebuilt
from models.training.transfer import reestimate

torch.set_num_threads(1)
RATE_HZ = 1000.0
EVERY = 64
"""Samples between two images: all of them are kept."""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_model(str(write_tiny_network(tmp_path_factory.mktemp("network"))))


def a_trial(gesture: str, repetition: int, *, old: bool = False, gain: float = 1.0) -> LabelledTrial:
    """Forty images, and features that nobody may use."""
    images = gain * images_of(gesture, 40, seed=repetition + 10 * old)
    at = EVERY * np.arange(40)
    return LabelledTrial(gesture, repetition, np.full((40, 16), np.nan, np.float32), at, old, images)


def trials(*labels: str, **how) -> list[LabelledTrial]:
    return [a_trial(label, number, **how) for label in labels for number in (1, 2)]


@pytest.fixture(scope="module")
def order(model):
    return FitOrder(
        LABELS, model.encoder.fingerprint, RATE_HZ, model.head.content, network=model.encoder.content, simulated=True
    )


def statistics(model, made: list[LabelledTrial]) -> Tensors:
    network = rebuilt(model.encoder.content)
    reestimate(network, np.concatenate([trial.images for trial in made]))
    return statistics_of(network)


def close(ours: Tensors, theirs: Tensors) -> bool:
    return ours.keys() == theirs.keys() and all(np.allclose(ours[name], theirs[name], rtol=1e-4) for name in ours)


def features(model, own: Tensors, trial: LabelledTrial) -> np.ndarray:
    with torch.no_grad():
        return rebuilt(model.encoder.content, own)(torch.from_numpy(trial.images)).numpy()


def test_all_images_of_a_first_calibration_give_the_statistics(model, order):
    made = trials(*LABELS, gain=0.2)
    seen = views(made, order)
    assert close(seen.own, statistics(model, made))
    for new, everybodys in zip(seen.new, seen.population, strict=True):
        np.testing.assert_allclose(new.features, features(model, seen.own, new), atol=1e-4)
        np.testing.assert_allclose(everybodys.features, features(model, {}, everybodys), atol=1e-4)
    assert seen.previous is seen.population


def test_every_day_has_its_own_statistics_and_todays_are_served(model, order):
    today, before = trials(*LABELS, gain=0.2), trials(*LABELS, old=True)
    seen = views(before + today, order)
    assert close(seen.own, statistics(model, today))
    old = statistics(model, before)
    assert [trial.old for trial in seen.new] == [False] * 6 + [True] * 6
    for trial in seen.new:
        np.testing.assert_allclose(trial.features, features(model, old if trial.old else seen.own, trial), atol=1e-3)


def test_gestures_that_were_not_made_today_keep_all_days_together(model, order):
    made = trials("left", "right", old=True) + trials("rest")
    assert close(views(made, order).own, statistics(model, made))


def test_the_head_before_sees_with_its_own_statistics(model, order):
    first = fit_user_head(trials(*LABELS, gain=0.2), order)
    own = own_tensors(first.onnx)
    seen = views(trials(*LABELS, gain=0.2), replace(order, previous=first.onnx))
    for trial in seen.previous:
        np.testing.assert_allclose(trial.features, features(model, own, trial), atol=1e-4)
    report = fit_user_head(trials(*LABELS, gain=0.2), replace(order, previous=first.onnx)).report
    assert report.previous.macro_f1.value > 0.95 > 0.6 > report.population.macro_f1.value


def test_the_order_of_the_trials_changes_no_byte(order):
    made = trials(*LABELS, gain=0.2)
    assert fit_user_head(made, order).onnx == fit_user_head(made[::-1], order).onnx


def test_trials_without_images_and_models_of_windows_stay_as_they_are(order):
    made = trials(*LABELS)
    some = [*made[1:], replace(made[0], images=None)]
    for given, how in ((some, order), (made, replace(order, network=None))):
        seen = views(given, how)
        assert seen.new is seen.population is seen.previous is given
        assert seen.own == {}


def test_other_tensors_of_the_user_outlive_new_statistics(model):
    weight = 2 * rebuilt(model.encoder.content).state_dict()["blocks.5.0.weight"].numpy()
    made = trials(*LABELS, gain=0.2)
    images = np.concatenate([trial.images for trial in made])
    own = reestimated(model.encoder.content, {"blocks.5.0.weight": weight}, images)
    assert own["blocks.5.0.weight"] is weight
    assert own.keys() - {"blocks.5.0.weight"} == statistics(model, made).keys()
    assert not np.allclose(own["blocks.5.1.running_var"], statistics(model, made)["blocks.5.1.running_var"])
    with pytest.raises(DatasetError, match="no images"):
        reestimated(model.encoder.content, {}, images[:0])
