"""A network of images from a few trials to its files: what it learns from, what is served, what is refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from models.datasets.trials import Trial
from models.errors import DatasetError, GridUnusable, ModelMismatch, ModelUnreadable
from models.export import export_model
from models.networks.grid_net import FrozenGrid, GridNet
from models.runtime import load_model
from models.training.baseline import lda_beside
from models.training.evaluate import evaluate
from models.training.images import Exposure, expose
from models.training.publish import publish
from models.training.train_grid import NETWORKS, GridTraining, train_grid

torch.set_num_threads(1)
GRID = tuple(tuple(range(row * 4, row * 4 + 4)) for row in range(4))
LABELS = ("rest", "fist", "point")
CONFIG = GridTraining("g", LABELS, GRID, "embedded", 3, epochs=6, batch=32, rate=1e-2, simulated=True)


def trial(label: str, number: int, rate_hz: float = 1000.0) -> Trial:
    """1.5 s of noise; fist is strong in the upper half, point in the left half."""
    rng = np.random.default_rng([LABELS.index(label), number])
    size = np.full((4, 4), 20.0)
    if label == "fist":
        size[:2] = 400
    if label == "point":
        size[:, :2] = 400
    samples = rng.standard_normal((round(1.5 * rate_hz), 16)) * size.ravel() + 1e4  # electrodes have an offset
    return Trial(samples.astype(np.float32), rate_hz, label, "1", "1", number)


TRIALS = [trial(label, number) for label in LABELS for number in (1, 2, 3)]
FRESH = [trial(label, 4) for label in LABELS]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return train_grid(TRIALS, CONFIG, tmp_path_factory.mktemp("out"))


@pytest.fixture(scope="module")
def served(trained, tmp_path_factory):
    return load_model(str(export_model(trained, tmp_path_factory.mktemp("model"))[0]))


def test_the_spec_says_what_is_served(trained):
    spec = trained.spec
    assert (spec.kind, spec.rate_hz, spec.channels, spec.window, spec.hop) == ("frames", 1000, 16, 40, 20)
    assert (spec.images.grid, spec.images.step, spec.features) == (GRID, 4, 16)
    assert (spec.filters.low_hz, spec.filters.stop_hz) == (20, (45, 55))


@pytest.mark.parametrize(("rate_hz", "sizes"), [(2000.0, (8, 40, 80)), (2048.0, (8, 40, 80)), (500.0, (2, 10, 20))])
def test_other_rates_have_about_the_same_times(tmp_path, rate_hz, sizes):
    trials = [trial(label, number, rate_hz) for label in LABELS for number in (1, 2)]
    spec = train_grid(trials, replace(CONFIG, validation_trial=2, epochs=1), tmp_path).spec
    assert (spec.images.step, spec.hop, spec.window) == sizes


def test_what_is_served_is_what_was_trained(trained, served):
    """Images of the batch that is served, and others: torch and ONNX agree."""
    images = np.random.default_rng(0).normal(0, 0.1, (5, 4, 4)).astype(np.float32)
    with torch.no_grad():
        features = trained.encoder(torch.from_numpy(images))
        answers = trained.head(features).numpy()
    np.testing.assert_allclose(served.encoder.images(images), features.numpy(), atol=1e-4)
    np.testing.assert_allclose(served.head.batch(features.numpy()), answers, atol=1e-4)


def test_head_and_features_are_the_networks_answers(trained):
    """The standardisation of the features changes no answer."""
    images = torch.from_numpy(expose(FRESH, LABELS, Exposure(GRID, 50, CONFIG.filters)).x)
    vectors, standardise = FrozenGrid(trained.encoder, nn.Identity()), trained.encoder.standardise
    with torch.no_grad():
        features = trained.encoder(images)
        weight = trained.head.weight / standardise.deviation
        bias = trained.head.bias - weight @ standardise.mean
        logits = vectors(images) @ weight.T + bias
        np.testing.assert_allclose(trained.head(features), torch.log_softmax(logits, 1), atol=1e-4)


def test_gestures_are_told_apart_and_a_vote_knows_better_than_an_image(served):
    found = evaluate(served, FRESH)
    assert found.image_accuracy > 0.8
    assert found.accuracy > 0.95
    assert found.accuracy >= found.image_accuracy
    assert found.protocol.hop_s == 0.02
    assert found.windows == 3 * ((1500 - 500 - 40) // 20 + 1)


def test_channels_elsewhere_are_put_in_their_place(served):
    order = np.random.default_rng(3).permutation(16)
    moved = [replace(t, samples=t.samples[:, order]) for t in FRESH]
    where = np.argsort(order)
    grid = tuple(tuple(int(where[channel]) for channel in row) for row in GRID)
    assert evaluate(served, moved, grid=grid) == evaluate(served, FRESH)
    with pytest.raises(ModelMismatch, match="that of the source has 2 x 8"):
        evaluate(served, FRESH, grid=(tuple(range(8)), tuple(range(8, 16))))


def test_nothing_of_the_validation_or_test_trials_is_learned_from(trained):
    how = Exposure(GRID, 10, CONFIG.filters)
    images = {image.tobytes() for image in expose(TRIALS[:2] + TRIALS[3:5] + TRIALS[6:8], LABELS, how).x}
    assert len(images) == 6 * 100
    assert {image.tobytes() for image in trained.examples} <= images
    vectors, standardise = FrozenGrid(trained.encoder, nn.Identity()), trained.encoder.standardise
    with torch.no_grad():
        features = vectors(torch.from_numpy(expose([t for t in TRIALS if t.trial < 3], LABELS, how).x))
    np.testing.assert_allclose(standardise.mean, features.mean(dim=0), atol=1e-5)


def test_a_training_that_is_repeated_or_resumed_gives_the_same_weights(trained, tmp_path):
    train_grid(TRIALS, replace(CONFIG, epochs=6), tmp_path)
    again = train_grid(TRIALS, CONFIG, tmp_path)  # from the last checkpoint
    ours, theirs = trained.encoder.state_dict(), again.encoder.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    with pytest.raises(ModelMismatch, match="other settings"):
        train_grid(TRIALS, replace(CONFIG, seed=1), tmp_path)


def test_it_stops_early_on_the_whole_trial_that_was_held_out(tmp_path):
    seen = []
    config = replace(CONFIG, epochs=30, patience=1, rate=0.1)
    train_grid(TRIALS, config, tmp_path, seen.append)
    assert 1 < len(seen) < 30
    assert seen[-1].score >= min(epoch.score for epoch in seen[:-1])


def test_files_scores_and_the_card(trained, tmp_path):
    baseline = lda_beside(TRIALS, FRESH, LABELS)
    publish(trained, "simulated", FRESH, tmp_path, ("palmaris train all-convnet",), baseline=baseline)
    card = (tmp_path / "g.md").read_text()
    assert "an average over 10 images of 4 x 4 electrodes" in card
    assert "| Accuracy of a single image, mean over subjects | " in card
    assert (
        f"LDA, windows of 250 ms, on the same trials | {baseline.macro_f1:.3f}, accuracy {baseline.accuracy:.3f} |"
        in card
    )
    assert "7,5" in card  # weights of the embedded network, of this grid and three gestures


def test_a_dead_electrode_in_a_trial_is_filled():
    broken = replace(FRESH[0], samples=FRESH[0].samples.copy())
    broken.samples[:, 5] = 7
    whole, filled = (expose([t], LABELS, Exposure(GRID, 10, CONFIG.filters)).x for t in (FRESH[0], broken))
    around = [whole[:, r, c] for r in range(3) for c in range(3) if (r, c) != (1, 1)]
    np.testing.assert_allclose(filled[:, 1, 1], np.mean(around, axis=0), atol=1e-6)
    np.testing.assert_array_equal(filled[:, 0], whole[:, 0])


@pytest.mark.parametrize(
    ("changes", "error", "reason"),
    [
        ({"network": "resnet"}, DatasetError, "no network 'resnet'; known: all-convnet"),
        ({"grid": ((0, 1, 2, 3),) * 4}, GridUnusable, "stands at two places"),
        ({"grid": (tuple(range(8)), tuple(range(8, 16)))}, ModelMismatch, "2 x 8 electrodes makes no image"),
        ({"validation_trial": 9}, DatasetError, "a side of the split is empty"),
    ],
)
def test_what_cannot_be_trained_is_refused(tmp_path, changes, error, reason):
    with pytest.raises(error, match=reason):
        train_grid(TRIALS, replace(CONFIG, **changes), tmp_path)


def test_trials_that_are_over_before_the_hand_is_there_are_refused():
    short = [replace(t, samples=t.samples[:400]) for t in FRESH]
    with pytest.raises(DatasetError, match="no trial is longer than 0.5 s"):
        expose(short, LABELS, Exposure(GRID, 10, CONFIG.filters))


@pytest.mark.parametrize("name", ["all-convnet", "s-convnet-c2", "geng-net"])
def test_other_networks_can_be_served(name, tmp_path):
    config = replace(CONFIG, network=name, epochs=1, validation_trial=None, train_step_s=0.1)
    file = export_model(train_grid(TRIALS, config, tmp_path), tmp_path)[0]
    assert load_model(str(file)).spec.features == GridNet(NETWORKS[name], 3, (4, 4)).head.in_features


def test_a_graph_of_other_images_is_no_such_model(trained, tmp_path):
    spec = trained.spec.model_copy(update={"features": 17})
    file = export_model(replace(trained, spec=spec), tmp_path)[0]
    with pytest.raises(ModelUnreadable, match=r"does not turn float32 of shapes \[\(4, 4\)\] into \[\(17,\)\]"):
        load_model(str(file))
