"""A user's tensors in the frozen graph: what is served is what torch computes with them, and odd ones are refused."""

import numpy as np
import pytest
import torch
from tiny_grid import GRID, LABELS, images_of, write_tiny_grid, write_tiny_network
from tiny_model import write_tiny_model

from models.errors import ModelMismatch, ModelUnreadable
from models.grid_graph import grid_tensors
from models.head_graph import head_graph, head_tensors, own_tensors
from models.own_tensors import packed, unpacked
from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import load_recognizer
from models.runtime import Head, load_model
from models.training.rebuilt import rebuilt
from models.training.transfer import reestimate

torch.set_num_threads(1)
MEAN = "blocks.3.1.running_mean"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_model(str(write_tiny_network(tmp_path_factory.mktemp("network"))))


@pytest.fixture(scope="module")
def weak():
    """Images of a day on which the electrodes hear a fifth."""
    return np.concatenate([images_of(label, 100, seed=1) for label in LABELS]) / 5


@pytest.fixture(scope="module")
def own(model, weak):
    network = rebuilt(model.encoder.content)
    reestimate(network, weak)
    return {name: values for name, values in grid_tensors(network).items() if "running" in name}


def head_with(model, own):
    spec, tensors = head_tensors(model.head.content)
    return Head(head_graph(spec, tensors, own), "own.head.onnx")


def test_the_served_graph_is_the_torch_network_with_these_tensors(model, own, weak):
    dressed = model.with_head(head_with(model, own))
    with torch.no_grad():
        features = rebuilt(model.encoder.content, own)(torch.from_numpy(weak)).numpy()
    np.testing.assert_allclose(dressed.encoder.images(weak), features, atol=1e-4)
    assert np.abs(model.encoder.images(weak) - features).max() > 0.1  # not so without them


def test_the_way_back_is_everybodys_graph_bit_for_bit(model, own, weak):
    dressed = model.with_head(head_with(model, own))
    back = dressed.with_head(model.head)
    assert back.encoder is model.encoder
    assert (
        model.with_head(head_with(model, own)).encoder.images(weak).tobytes() == dressed.encoder.images(weak).tobytes()
    )


def test_a_days_statistics_bring_the_gestures_back(model, own, weak):
    truth = np.repeat(range(3), 100)
    right = [
        (each.head.batch(each.encoder.images(weak)).argmax(axis=1) == truth).mean()
        for each in (model, model.with_head(head_with(model, own)))
    ]
    assert right[0] < 0.5
    assert right[1] > 0.9


def test_they_are_changed_between_two_windows_and_nothing_of_before_is_kept(model, own, weak):
    """The first answer with other tensors is the one that a recogniser gives that had them from the beginning."""
    samples = np.random.default_rng(0).normal(0, 30, (400, 16)).astype(np.float32)
    dressed = model.with_head(head_with(model, own))
    recognizer = load_recognizer(model, DecisionSpec())
    list(recognizer.feed(samples[:200], 0))
    recognizer.use(dressed)
    after = list(recognizer.feed(samples[200:], 200))
    theirs = {p.index: p for p in load_recognizer(dressed, DecisionSpec()).feed(samples, 0)}
    assert [p.probabilities for p in after] == [theirs[p.index].probabilities for p in after]
    recognizer.use(dressed.with_head(model.head))
    again = list(recognizer.feed(samples, 400))
    plain = load_recognizer(model, DecisionSpec())
    list(plain.feed(samples, 0))
    assert [p.probabilities for p in again] == [p.probabilities for p in plain.feed(samples, 400)]


def test_an_image_is_told_with_the_features_that_were_made_of_it(model):
    recognizer = load_recognizer(model, DecisionSpec())
    recognizer.arrange(GRID[::-1])
    samples = np.random.default_rng(0).normal(0, 30, (200, 16)).astype(np.float32)
    told = list(recognizer.feed(samples, 0))
    again = model.encoder.images(np.stack([p.image for p in told]))
    np.testing.assert_allclose(again, [p.features for p in told], atol=1e-4)


@pytest.mark.parametrize(
    ("own", "reason"),
    [
        ({"blocks.9.1.running_mean": np.zeros(16, np.float32)}, "no tensor 'blocks.9.1.running_mean'"),
        ({MEAN: np.zeros(3, np.float32)}, r"of shape \(16,\), the user's is float32 of shape \(3,\)"),
        ({MEAN: np.zeros(16)}, "the user's is float64"),
        ({MEAN: np.full(16, np.nan, np.float32)}, "numbers that no signal has"),
        ({MEAN.replace("mean", "var"): np.full(16, -1, np.float32)}, "numbers that no signal has"),
    ],
)
def test_tensors_that_cannot_be_there_are_refused(model, own, reason):
    with pytest.raises(ModelMismatch, match=f"{reason}.*: calibrate again on this model"):
        model.with_head(head_with(model, own))


@pytest.mark.parametrize("write", [write_tiny_model, write_tiny_grid])
def test_models_without_such_tensors_take_none(write, tmp_path):
    model = load_model(str(write(tmp_path)))
    with pytest.raises(ModelMismatch, match="has no tensor"):
        model.with_head(head_with(model, {MEAN: np.zeros(16, np.float32)}))


def test_they_travel_in_the_heads_file(model, own):
    head = head_with(model, own)
    for kept in (own_tensors(head.content), head.own, unpacked(packed(own))):
        assert kept.keys() == own.keys()
        assert all(kept[name].tobytes() == own[name].tobytes() for name in own)
    assert model.head.own == own_tensors(model.head.content) == {}
    assert all((values == tensors_of_head(model)[name]).all() for name, values in head_tensors(head.content)[1].items())


def tensors_of_head(model):
    return head_tensors(model.head.content)[1]


@pytest.mark.parametrize("text", ["", "!", "AAAA", packed({"a": np.zeros(3, np.float32)})[:-8]])
def test_damaged_ones_are_refused(text):
    with pytest.raises(ModelUnreadable, match="calibrate again"):
        unpacked(text)
